//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// A bed keeps a file for each of its programs, by which "restart" finds it, and
// takes a file from "restart", which says how long it is to be gone.
func (c config) runs(name string) string { return filepath.Join(c.Data, "runs", name+".json") }
func (c config) gone(name string) string { return filepath.Join(c.Data, "runs", name+".gone") }

// verbRestart kills a program of the bed, as a crash does; the bed starts it
// again, with the same data.
func verbRestart(args []string) error {
	flags := newFlags("restart")
	pause := flags.Duration("for", 0, "how long it is gone")
	if err := parse(flags, args, 1); err != nil {
		return err
	}
	data, err := currentData()
	if err != nil {
		return err
	}
	c, name := config{Data: data}, flags.Arg(0)
	text, err := os.ReadFile(c.runs(name))
	if err != nil {
		return fmt.Errorf("no program of this bed is called %q: %w", name, err)
	}
	var id procID
	if err := json.Unmarshal(text, &id); err != nil {
		return err
	}
	if err := os.WriteFile(c.gone(name), []byte(pause.String()), 0o600); err != nil {
		return err
	}
	id.signal(syscall.SIGKILL)
	return nil
}

// note leaves the file by which "restart" finds the program.
func (b *bed) note(p *process) error {
	id, err := identify(p.name, p.cmd.Process.Pid)
	if err != nil {
		return err
	}
	text, err := json.Marshal(id)
	if err != nil {
		return err
	}
	return os.WriteFile(b.runs(p.name), text, 0o600)
}

// died reports the end of a program that nobody asked for, and has one that is
// to be restarted handed back when its time has come.
func (b *bed) died(p *process) {
	text, err := os.ReadFile(b.gone(p.name))
	if err == nil {
		err = os.Remove(b.gone(p.name))
	}
	pause, bad := time.ParseDuration(string(text))
	if err != nil || bad != nil {
		fmt.Fprintf(os.Stderr, "bed: %v\n", p.failure())
		return
	}
	time.AfterFunc(pause, func() { b.revived <- p })
}

// revive starts a program again, as it was. It must be called from the main
// goroutine, see init.
func (b *bed) revive(old *process) {
	p, err := startProcess(old.name, old.cmd.Path, old.cmd.Args[1:], old.cmd.Env, b.logs())
	if err == nil {
		err = b.note(p)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bed: restarting %s: %v\n", old.name, err)
		return
	}
	for i := range b.processes {
		if b.processes[i] == old {
			b.processes[i] = p
		}
	}
	b.watch(p)
}

// watch hands the process over when it ends.
func (b *bed) watch(p *process) {
	go func() {
		<-p.done
		b.deaths <- p
	}()
}
