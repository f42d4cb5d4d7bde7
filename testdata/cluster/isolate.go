//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// A real node changes more of a system than a network: it mounts, has files at
// fixed places, tunes the kernel. With --kubelet the bed is in a mount and a
// process namespace too, so that all of it ends when the bed does.

// nodeFolders are the fixed places; the bed's own folders lie over them.
var nodeFolders = []string{"/var/lib/kubelet", "/var/lib/cni", "/var/log/pods", "/var/log/containers"}

// tunables are kernel settings a kubelet insists on. It is shown them as it
// wants them, and leaves the real ones alone.
var tunables = map[string]string{
	"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
	"kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
}

// isolate makes the mount namespace ready for a real node.
func (b *bed) isolate() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	if err := syscall.Mount("run", "/run", "tmpfs", 0, "mode=755"); err != nil {
		return fmt.Errorf("mounting /run: %w", err)
	}
	for _, folder := range nodeFolders {
		own := filepath.Join(b.node(), "system", folder)
		if err := errors.Join(os.MkdirAll(own, 0o755), os.MkdirAll(folder, 0o755)); err != nil {
			return err
		}
		if err := syscall.Mount(own, folder, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", folder, err)
		}
	}
	for name, value := range tunables {
		own, real := filepath.Join(b.node(), "system", name), filepath.Join("/proc/sys", name)
		if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(own, []byte(value+"\n"), 0o644); err != nil {
			return err
		}
		if err := syscall.Mount(own, real, "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", real, err)
		}
	}
	return nil
}

// watchesLeft tells whether the node's programs can watch their files: each
// user has a number of inotify instances for all programs together, and
// containerd serves no pods without one.
func watchesLeft() error {
	const needed = 16
	for range needed {
		fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC)
		if err != nil {
			return &unsupportedErr{fmt.Errorf("fewer than %d inotify instances left for a real node (%w); "+
				"end other programs, or: sysctl -w fs.inotify.max_user_instances=1024", needed, err)}
		}
		defer syscall.Close(fd)
	}
	return nil
}

// cgroupName is the control group of a bed's containers, by its data folder.
func cgroupName(data string) string {
	sum := sha256.Sum256([]byte(data))
	return "infscale-bed-" + hex.EncodeToString(sum[:6])
}

// cgroupRoots are the hierarchies of this system: one, or one per controller.
func cgroupRoots() []string {
	const root = "/sys/fs/cgroup"
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err == nil {
		return []string{root}
	}
	roots, err := filepath.Glob(root + "/*")
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(roots, func(dir string) bool {
		// Names of joint controllers are links to the same hierarchy.
		about, err := os.Lstat(dir)
		return err != nil || !about.IsDir()
	})
}

// makeCgroups makes a control group of this name in every hierarchy.
func makeCgroups(name string) error {
	for _, root := range cgroupRoots() {
		if err := os.Mkdir(filepath.Join(root, name), 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}

// removeCgroups removes a bed's control groups, the innermost first. Those who
// were in them have ended.
func removeCgroups(name string) error {
	var all []error
	for _, root := range cgroupRoots() {
		var dirs []string
		err := filepath.WalkDir(filepath.Join(root, name), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				dirs = append(dirs, path)
			}
			return err
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = append(all, err)
		}
		slices.Reverse(dirs)
		for _, dir := range dirs {
			if err := syscall.Rmdir(dir); err != nil {
				all = append(all, &fs.PathError{Op: "rmdir", Path: dir, Err: err})
			}
		}
	}
	return errors.Join(all...)
}

// discard removes what a bed that has ended leaves behind.
func discard(data string) error {
	return errors.Join(removeCgroups(cgroupName(data)), os.RemoveAll(data))
}
