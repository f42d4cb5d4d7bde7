//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// state is what "up" leaves behind for "exec" and "down".
type state struct {
	Ready     bool      `json:"ready"`
	Started   time.Time `json:"started"`
	Data      string    `json:"data"`
	UserNS    bool      `json:"userNamespace"`
	Kubelet   bool      `json:"kubelet"` // in a mount and a process namespace too
	Driver    procID    `json:"driver"`
	Processes []procID  `json:"processes"`
}

// procID names a process for good.
type procID struct {
	Name  string `json:"name"`
	PID   int    `json:"pid"`
	Start uint64 `json:"startTime"`
}

// identify looks a running process up.
func identify(name string, pid int) (procID, error) {
	start, err := startTime(pid)
	return procID{name, pid, start}, err
}

// alive tells whether this very process still runs.
func (p procID) alive() bool {
	start, err := startTime(p.PID)
	return err == nil && start == p.Start
}

// signal reaches this very process or none.
func (p procID) signal(sig syscall.Signal) {
	if p.alive() {
		_ = syscall.Kill(p.PID, sig)
	}
}

func statePath(data string) string { return filepath.Join(data, "state.json") }

// save replaces the state file in one step.
func (s state) save() error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temp := statePath(s.Data) + ".part"
	if err := os.WriteFile(temp, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, statePath(s.Data))
}

// saveState writes the state file of a bed in the background.
func (b *bed) saveState(ready bool) error {
	if !b.Background {
		return nil
	}
	s := state{Ready: ready, Started: time.Now(), Data: b.Data, UserNS: b.UserNS, Kubelet: b.Kubelet, Driver: b.driver}
	if b.Kubelet {
		return s.save() // the others end with the driver, and have other numbers outside
	}
	for _, p := range b.processes {
		id, err := identify(p.name, p.cmd.Process.Pid)
		if err != nil {
			return err
		}
		s.Processes = append(s.Processes, id)
	}
	return s.save()
}

// loadState reads the state in a data folder; without one the error is fs.ErrNotExist.
func loadState(data string) (state, error) {
	var s state
	text, err := os.ReadFile(statePath(data))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s: %w", statePath(data), err)
	}
	return s, nil
}

// upData is the data folder of the one bed in the background.
func upData(cache string) string { return filepath.Join(cache, "data", "up") }

// currentData is the data folder of the bed we are in, or of the one in the background.
func currentData() (string, error) {
	if data := os.Getenv("INFSCALE_BED_DATA"); data != "" {
		return data, nil
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	if _, err := loadState(upData(cache)); err != nil {
		return "", errors.New("INFSCALE_BED_DATA is not set, and no bed is up")
	}
	return upData(cache), nil
}

// errInUse says that a data folder has a living bed.
var errInUse = errors.New("in use")

// newData makes a data folder, and drops those whose bed was killed. The folder
// counts as in use while the returned lock file is open anywhere. With an empty
// name the folder gets a name of its own.
func newData(cache, name string) (string, *os.File, error) {
	root := filepath.Join(cache, "data")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", nil, err
	}
	// Held only here: it keeps others from taking a new folder for an abandoned one.
	guard, err := os.OpenFile(filepath.Join(root, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", nil, err
	}
	defer guard.Close()
	if err := syscall.Flock(int(guard.Fd()), syscall.LOCK_EX); err != nil {
		return "", nil, err
	}
	if err := sweep(root); err != nil {
		return "", nil, err
	}
	data := filepath.Join(root, name)
	if name == "" {
		data, err = os.MkdirTemp(root, "run-")
	} else if err = os.Mkdir(data, 0o700); errors.Is(err, fs.ErrExist) {
		err = errInUse
	}
	if err != nil {
		return "", nil, err
	}
	lock, err := lockData(data)
	return data, lock, err
}

// lockData marks a data folder as in use.
func lockData(data string) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(data, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errInUse
		}
		return nil, err
	}
	return file, nil
}

// sweep removes the data folders that no living bed holds, except those that
// were to be kept.
func sweep(root string) error {
	entries, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		data := filepath.Join(root, entry.Name())
		if _, err := os.Stat(filepath.Join(data, "keep")); err == nil || !entry.IsDir() {
			continue
		}
		lock, err := lockData(data)
		if errors.Is(err, errInUse) {
			continue
		}
		if err != nil {
			return err
		}
		err = discard(data)
		lock.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
