package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// start is what a start does besides loading, and can spare itself if an earlier
// one has left its work where this one looks:
//
//	DOWNLOAD  how long the weights take to come from the hub
//	WEIGHTS   their size in MiB
//	COMPILE   how long the kernels take to compile
//	SHM       how much shared memory the processes of several devices need, in MiB
//	MEMORY    how much memory the process keeps, in MiB
//
// The weights are kept in --download-dir, else HF_HUB_CACHE, else HF_HOME, else
// /root/.cache/huggingface; what was compiled in VLLM_CACHE_ROOT, else
// /root/.cache/vllm.
type start struct {
	steps  []step
	shared int // MiB
	kept   int // MiB
}

// step is work with a result that lies in a file.
type step struct {
	doing, result string // "downloading the weights", "the weights"
	file          string
	takes         time.Duration
	size          int // MiB
}

func newStart(args []string, env func(string) string) (start, error) {
	home := cmp.Or(env("HF_HOME"), "/root/.cache/huggingface")
	hub := cmp.Or(argument(args, "--download-dir"), env("HF_HUB_CACHE"), filepath.Join(home, "hub"))
	weights := step{doing: "downloading the weights", result: "the weights", file: filepath.Join(hub, "model.safetensors")}
	kernels := step{doing: "compiling the kernels", result: "compiled kernels", file: filepath.Join(cmp.Or(env("VLLM_CACHE_ROOT"), "/root/.cache/vllm"), "compiled")}
	if err := durations(env, map[string]*time.Duration{"DOWNLOAD": &weights.takes, "COMPILE": &kernels.takes}); err != nil {
		return start{}, err
	}
	var s start
	shared := 0
	for name, into := range map[string]*int{"WEIGHTS": &weights.size, "SHM": &shared, "MEMORY": &s.kept} {
		if text := env(name); text != "" {
			var err error
			if *into, err = strconv.Atoi(text); err != nil {
				return s, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if devices := argument(args, "--tensor-parallel-size"); devices != "" && devices != "1" {
		s.shared = shared
	}
	for _, one := range []step{weights, kernels} {
		if one.takes > 0 {
			s.steps = append(s.steps, one)
		}
	}
	return s, nil
}

func (s step) done() bool {
	_, err := os.Stat(s.file)
	return !errors.Is(err, fs.ErrNotExist)
}

// takes is how long the steps take that nobody has done before.
func (s start) takes() (sum time.Duration) {
	for _, one := range s.steps {
		if !one.done() {
			sum += one.takes
		}
	}
	return sum
}

func (s start) announce() {
	for _, one := range s.steps {
		if one.done() {
			fmt.Printf("INFO found %s in %s\n", one.result, filepath.Dir(one.file))
		} else {
			fmt.Printf("INFO %s into %s takes %s\n", one.doing, filepath.Dir(one.file), one.takes)
		}
	}
}

// leave writes what the steps made for the next start, and takes memory that is
// kept, and shared as the processes of several devices do. Where there is too
// little of the shared, the system ends the program by a bus error.
func (s start) leave() error {
	for _, one := range s.steps {
		if one.done() {
			continue
		}
		if err := one.write(); err != nil {
			return err
		}
	}
	if s.kept > 0 {
		if err := occupy(-1, s.kept<<20, syscall.MAP_PRIVATE|syscall.MAP_ANON); err != nil {
			return err
		}
	}
	if s.shared == 0 {
		return nil
	}
	return share("/dev/shm/engine", s.shared<<20)
}

// write puts the file under its name when it is whole.
func (s step) write() error {
	if err := os.MkdirAll(filepath.Dir(s.file), 0o755); err != nil {
		return err
	}
	part, err := os.Create(s.file + ".part")
	if err != nil {
		return err
	}
	megabyte := make([]byte, 1<<20)
	for range s.size {
		if _, err := part.Write(megabyte); err != nil {
			return errors.Join(err, part.Close())
		}
	}
	if err := part.Close(); err != nil {
		return err
	}
	return os.Rename(part.Name(), s.file)
}

func share(path string, size int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := file.Truncate(int64(size)); err != nil {
		return err
	}
	return occupy(int(file.Fd()), size, syscall.MAP_SHARED)
}

// occupy maps memory and writes to each of its pages, so that they are really
// there. It stays mapped until the program ends.
func occupy(file, size, flags int) error {
	memory, err := syscall.Mmap(file, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, flags)
	if err != nil {
		return err
	}
	for page := 0; page < size; page += os.Getpagesize() {
		memory[page] = 1
	}
	return nil
}
