//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// insideVerb is the verb of the driver's copy inside the namespace.
const insideVerb = "inside-the-namespace"

// Numbers package syscall does not name.
const (
	capNetAdmin          = 12
	prSetChildSubreaper  = 36
	prCapAmbient         = 47
	prCapAmbientClearAll = 4
)

// unsupportedErr says that this system cannot run the bed, and why.
type unsupportedErr struct{ cause error }

func (e *unsupportedErr) Error() string { return e.cause.Error() }

func (e *unsupportedErr) Unwrap() error { return e.cause }

// noNamespace says that this system does not let us make one.
func noNamespace(cause error) error {
	return &unsupportedErr{fmt.Errorf("no user and network namespace to be had (%w); %s", cause, remedy())}
}

// remedy names the switch that is off, as far as it shows.
func remedy() string {
	switches := []struct{ path, off, on string }{
		{"kernel/unprivileged_userns_clone", "0", "1"},
		{"user/max_user_namespaces", "0", "15000"},
		{"kernel/apparmor_restrict_unprivileged_userns", "1", "0"},
	}
	for _, s := range switches {
		text, err := os.ReadFile("/proc/sys/" + s.path)
		if err == nil && strings.TrimSpace(string(text)) == s.off {
			return fmt.Sprintf("run as root, or: sysctl -w %s=%s", strings.ReplaceAll(s.path, "/", "."), s.on)
		}
	}
	if os.Geteuid() == 0 {
		return "root here lacks CAP_SYS_ADMIN: in a container, allow it or switch off the seccomp filter"
	}
	return "run as root; in a container, switch off the seccomp filter (sysctl kernel.unprivileged_userns_clone, " +
		"user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns look fine)"
}

// startInside starts the driver's copy in new namespaces; prepare finishes the
// command. Root falls back to a network namespace alone where user namespaces
// are switched off. A real node takes root, and the namespaces of isolate.
func startInside(cfg config, prepare func(*exec.Cmd)) (*exec.Cmd, error) {
	cfg.UserNS = !cfg.Kubelet
	cmd, err := tryInside(cfg, prepare)
	if err != nil && cfg.UserNS && os.Geteuid() == 0 {
		cfg.UserNS = false
		cmd, err = tryInside(cfg, prepare)
	}
	if err != nil {
		return nil, noNamespace(err)
	}
	return cmd, nil
}

func tryInside(cfg config, prepare func(*exec.Cmd)) (*exec.Cmd, error) {
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("/proc/self/exe", insideVerb, string(text))
	cmd.Args[0] = "bed"
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if cfg.UserNS {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		if err := mapUsers(attr); err != nil {
			return nil, err
		}
	}
	if cfg.Kubelet {
		attr.Cloneflags |= syscall.CLONE_NEWNS | syscall.CLONE_NEWPID
	}
	cmd.SysProcAttr = attr
	prepare(cmd)
	return cmd, cmd.Start()
}

// mapUsers keeps every user what they are outside, so that files and programs
// behave the same. Root may map all users it knows, others only themselves;
// they get the one right needed for the routes.
func mapUsers(attr *syscall.SysProcAttr) error {
	if uid, gid := os.Getuid(), os.Getgid(); os.Geteuid() != 0 {
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		attr.AmbientCaps = []uintptr{capNetAdmin}
		return nil
	}
	var err error
	if attr.UidMappings, err = sameMap("/proc/self/uid_map"); err != nil {
		return err
	}
	attr.GidMappings, err = sameMap("/proc/self/gid_map")
	attr.GidMappingsEnableSetgroups = true
	return err
}

// sameMap reads an ID map of ours and maps the same IDs to themselves.
func sameMap(path string) ([]syscall.SysProcIDMap, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var maps []syscall.SysProcIDMap
	for line := range strings.Lines(string(text)) {
		var first, outside, size int
		if _, err := fmt.Sscan(line, &first, &outside, &size); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		maps = append(maps, syscall.SysProcIDMap{ContainerID: first, HostID: first, Size: size})
	}
	return maps, nil
}

// enterNetwork finishes the namespace from inside, then gives up the right to
// change it: no program started later inherits that.
func enterNetwork(own ...string) error {
	err := setupNetwork(own...)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		return noNamespace(err)
	}
	if err != nil {
		return err
	}
	// Kernels without ambient capabilities have none to clear.
	_ = prctl(prCapAmbient, prCapAmbientClearAll)
	return nil
}

// adoptOrphans makes this process the parent of every descendant whose own
// parent ends, so that none escapes killDescendants.
func adoptOrphans() error { return prctl(prSetChildSubreaper, 1) }

// endWithGo ends us when "go run" ends: it does not pass on the signals that
// end it. Other parents may leave us running, as with nohup.
func endWithGo() error {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid()))
	if err != nil || strings.TrimSpace(string(name)) != "go" {
		return nil
	}
	return prctl(syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGTERM))
}

func prctl(option, value uintptr) error {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, option, value, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("prctl %d: %w", option, errno)
	}
	return nil
}
