package inventory

import (
	"strconv"
	"time"
)

// defaultGrace is core/v1's terminationGracePeriodSeconds.
const defaultGrace = 30 * time.Second

// Grace is how long the kubelet waits after it was told to stop a pod, preStop
// hook included, until it kills what is left. It is not chosen where it is the
// API's default; in a cluster's objects 30 s count as that.
func (s *Snapshot) Grace(w *Workload) (grace time.Duration, chosen bool) {
	if w.Template == nil || w.Template.Spec.TerminationGracePeriodSeconds == nil {
		return defaultGrace, false
	}
	grace = time.Duration(*w.Template.Spec.TerminationGracePeriodSeconds) * time.Second
	return grace, !s.IsLive() || grace != defaultGrace
}

// GracePath leads to the grace period, from the workload's object.
func (w *Workload) GracePath() Path {
	return w.TemplatePath.Join("spec", "terminationGracePeriodSeconds")
}

// Stopping is what the time goes to when a pod of the workload is stopped.
type Stopping struct {
	Grace  time.Duration
	Chosen bool
	PreStop
	Draining
	// At leads to the number that somebody chose: the grace period, else the
	// engine's limit, else the hook.
	At Path
}

// Stopping reads the grace period and what has to fit into it.
func (s *Snapshot) Stopping(w *Workload) Stopping {
	t := Stopping{PreStop: w.PreStop(), Draining: w.Draining(), At: w.GracePath()}
	t.Grace, t.Chosen = s.Grace(w)
	switch {
	case t.Chosen:
	case t.Set:
		t.At = w.ContainerPath.Join(t.Path...)
	case t.Hook:
		t.At = w.ContainerPath.Join("lifecycle", "preStop")
	}
	return t
}

// Lacks is how much longer the hook and the engine's wait may take than the
// grace period; negative where it leaves time. The engine's wait counts only
// where it has a limit.
func (t Stopping) Lacks() time.Duration {
	if t.OnTerm != TermWaits {
		return t.Sleep - t.Grace
	}
	return t.Sleep + t.Limit - t.Grace
}

// exitTime is what an engine needs between its last request and its end.
const exitTime = 10 * time.Second

// DrainTime proposes how long the engine may take to finish requests, and the
// grace period for that: the chosen one where it leaves half a minute after the
// preStop hook, else one with room for two minutes, which most generations fit in.
func (s *Snapshot) DrainTime(w *Workload) (limit, grace time.Duration) {
	const least, usual = 30 * time.Second, 2 * time.Minute
	pause := w.PreStop().Sleep
	grace, chosen := s.Grace(w)
	if left := grace - pause - exitTime; chosen && left >= least {
		return left, grace
	}
	return usual, GraceFor(pause, usual)
}

// GraceFor is the grace period that a preStop hook and a wait for requests need.
func GraceFor(pause, limit time.Duration) time.Duration { return pause + limit + exitTime }

// Draining is what the engine does with running requests on SIGTERM, with its
// flags and variables taken into account.
type Draining struct {
	// OnTerm is TermUnknown where the engine or its version leaves it open, or
	// where flags may be set that cannot be seen (Hidden).
	OnTerm TermAction
	Hidden bool
	// Limit ends the wait; 0 where only the kubelet does. Set says that it is
	// written and not the engine's default.
	Limit time.Duration
	Set   bool
	// By is the setting that decided, as it is written ("--shutdown-timeout=0"),
	// empty where none did. Path leads to it from the container, else to the
	// command line.
	By   string
	Path Path
}

// Draining reads the engine's row, and what the container says about it.
func (r *Recognition) Draining() Draining {
	row := r.Engine.Drain
	d := Draining{OnTerm: row.OnTerm, Limit: time.Duration(row.Default) * time.Second, Path: r.commandLine()}
	switch {
	case r.Engine.ID == SGLang:
		r.forcedShutdown(&d)
	case r.Engine.ID == LlamaCpp && r.Model != "":
		// tools/server: SIGTERM ends the loop that computes, and requests that
		// wait for its results end with it. Without a model it is a router.
		d.OnTerm = TermAborts
	}
	if row.Flag == "" {
		return d
	}
	value, written := r.Args.Get(row.Flag)
	if !written {
		return r.withoutFlag(d)
	}
	seconds, err := strconv.Atoi(value)
	if err != nil {
		return Draining{Hidden: true, Path: d.Path}
	}
	d = Draining{OnTerm: TermWaits, Path: d.Path, Limit: time.Duration(seconds) * time.Second, Set: true, By: row.Flag + "=" + value}
	if at, ok := r.Args.Where(row.Flag); ok {
		d.Path = at
	}
	if seconds <= 0 {
		d.OnTerm = TermAborts
	}
	return d
}

// commandLine is the list of the container that holds the engine's arguments.
func (r *Recognition) commandLine() Path {
	if len(r.Container.Args) == 0 && len(r.Container.Command) > 0 {
		return Path{"command"}
	}
	return Path{"args"}
}

// withoutFlag judges an engine whose flag is not written, as far as one sees.
func (r *Recognition) withoutFlag(d Draining) Draining {
	since := r.Engine.Drain.Since
	switch {
	case !r.Args.Complete:
		return Draining{Hidden: true, Path: d.Path}
	case since.Known && !r.Version.AtLeast(since):
		return Draining{Path: d.Path} // what it did before it had the flag, nobody wrote down
	}
	return d
}

// forcedShutdown reads the variables that make SGLang exit at once
// (python/sglang/srt/managers/tokenizer_manager.py, sigterm_watchdog).
func (r *Recognition) forcedShutdown(d *Draining) {
	for _, name := range [...]string{"SGL_FORCE_SHUTDOWN", "SGLANG_FORCE_SHUTDOWN"} {
		v, ok := r.env.get(name)
		switch {
		case !ok:
		case !v.known:
			*d = Draining{Hidden: true, Path: d.Path}
		case isTruth(v.value) && !isFalse(v.value):
			*d = Draining{OnTerm: TermAborts, By: name + "=" + v.value, Path: v.at}
		}
	}
}
