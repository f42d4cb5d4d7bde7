//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// self is how to call this program from the root of the repository.
const self = "go run -C testdata/cluster ."

// prepareData makes the data folder of a new bed with all programs in it.
func prepareData(cfg *config, d dirs, name string) (lock *os.File, err error) {
	if cfg.Kubelet {
		if _, err := findNodeTools(); err != nil {
			return nil, err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), forwarded...)
	defer stop()
	cfg.Manifests = filepath.Join(d.source, "manifests")
	if cfg.Data, lock, err = newData(d.cache, name); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, discard(cfg.Data), lock.Close())
		}
	}()
	if err := os.Mkdir(cfg.bin(), 0o700); err != nil {
		return nil, err
	}
	b := &builder{dirs: d, out: os.Stderr}
	if err := b.ensure(ctx, cfg.bin(), *cfg); err != nil {
		return nil, err
	}
	for _, real := range cfg.realDefinitions() {
		if err := real.copy(ctx, b, cfg.Data); err != nil {
			return nil, err
		}
	}
	if err := copySelf(filepath.Join(cfg.bin(), "bed")); err != nil {
		return nil, err
	}
	if !cfg.Wipe {
		return lock, os.WriteFile(filepath.Join(cfg.Data, "keep"), nil, 0o600)
	}
	return lock, nil
}

// copySelf puts this program on the command's PATH; the file made by "go run"
// is on another file system more often than not, so it is not linked.
func copySelf(to string) error {
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Close())
}

// hostRun runs the command in a new bed and removes the bed.
func hostRun(cfg config) (code int, err error) {
	d, err := findDirs()
	if err != nil {
		return 0, err
	}
	if err := errors.Join(adoptOrphans(), endWithGo()); err != nil {
		return 0, err
	}
	lock, err := prepareData(&cfg, d, "")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, finish(cfg)) }()
	defer lock.Close()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, forwarded...)
	cmd, err := startInside(cfg, func(cmd *exec.Cmd) {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.ExtraFiles = []*os.File{lock}
		cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM // it then ends the bed in order
	})
	if err != nil {
		return 0, err
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the state tells more than the error
		close(done)
	}()
	forwardTo(cmd, done, signals)
	killDescendants()
	return stateCode(cmd.ProcessState), nil
}

// forwardTo passes signals on until the copy inside has ended; that one sees
// to it that the command ends.
func forwardTo(cmd *exec.Cmd, done chan struct{}, signals chan os.Signal) {
	for {
		select {
		case <-done:
			return
		case sig := <-signals:
			if (sig == syscall.SIGINT || sig == syscall.SIGQUIT) && inForeground() {
				continue
			}
			_ = cmd.Process.Signal(sig)
		}
	}
}

// finish removes the data, or says where it was left.
func finish(cfg config) error {
	if !cfg.Wipe {
		fmt.Fprintf(os.Stderr, "bed: data and logs are in %s\n", cfg.Data)
		return removeCgroups(cgroupName(cfg.Data))
	}
	return discard(cfg.Data)
}

// hostUp starts a bed that outlives us.
func hostUp(cfg config) error {
	d, err := findDirs()
	if err != nil {
		return err
	}
	lock, err := prepareData(&cfg, d, "up")
	if errors.Is(err, errInUse) {
		return errors.New("a bed is up already; end it with: " + self + " down")
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	cmd, report, err := startDetached(cfg, lock)
	if err != nil {
		return errors.Join(err, discard(cfg.Data))
	}
	ctx, stop := signal.NotifyContext(context.Background(), forwarded...)
	defer stop()
	context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	if _, err := io.Copy(os.Stderr, report); err != nil {
		return err
	}
	if s, err := loadState(cfg.Data); err == nil && s.Ready && ctx.Err() == nil {
		fmt.Printf("a bed is up; its data is in %s\n  %[2]s exec -- kubectl get nodes\n  %[2]s down\n", cfg.Data, self)
		return cmd.Process.Release()
	}
	_ = cmd.Wait() // its report has been shown
	return errors.Join(errors.New("the bed did not come up"), discard(cfg.Data))
}

// startDetached starts the copy inside without a terminal; what it reports
// until it is ready can be read from the pipe.
func startDetached(cfg config, lock *os.File) (*exec.Cmd, *os.File, error) {
	log, err := os.Create(filepath.Join(cfg.Data, "bed.log"))
	if err != nil {
		return nil, nil, err
	}
	defer log.Close()
	report, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer write.Close()
	cmd, err := startInside(cfg, func(cmd *exec.Cmd) {
		cmd.Stdout, cmd.Stderr = log, log
		cmd.ExtraFiles = []*os.File{lock, write}
		cmd.SysProcAttr.Setsid = true
	})
	return cmd, report, err
}

// hostExec becomes a command in the namespace of the bed in the background.
// Entering a user namespace takes a process of one thread, which no Go program
// is: nsenter does it.
func hostExec(dir string, command []string) error {
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	s, err := loadState(upData(cache))
	if err != nil || !s.Ready || !s.Driver.alive() {
		return errors.New("no bed is up; start one with: " + self + " up")
	}
	nsenter, err := exec.LookPath("nsenter")
	if err != nil {
		return errors.New("exec needs the program nsenter of util-linux, which is not installed")
	}
	args := []string{"nsenter", fmt.Sprintf("--target=%d", s.Driver.PID), "--net"}
	if s.UserNS {
		args = append(args, "--user", "--preserve-credentials")
	}
	if dir != "" {
		if err := os.Chdir(dir); err != nil {
			return err
		}
	}
	if s.Kubelet {
		here, err := os.Getwd()
		if err != nil {
			return err
		}
		args = append(args, "--mount", "--pid", "--", "env", "--chdir="+here)
	} else {
		args = append(args, "--")
	}
	args = append(args, command...)
	return syscall.Exec(nsenter, args, commandEnv(config{Data: s.Data}, os.Environ()))
}

// hostDown ends what "up" started, and nothing else.
func hostDown() error {
	cache, err := cacheDir()
	if err != nil {
		return err
	}
	data := upData(cache)
	s, err := loadState(data)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Println("no bed is up")
		return nil
	}
	if err != nil {
		return err
	}
	s.Driver.signal(syscall.SIGTERM)
	for deadline := time.Now().Add(15 * time.Second); s.Driver.alive() && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	for _, p := range append(s.Processes, s.Driver) {
		p.signal(syscall.SIGKILL)
	}
	if err := discard(data); err != nil {
		return err
	}
	fmt.Println("the bed is down")
	return nil
}
