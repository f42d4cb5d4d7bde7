package plugin

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/render"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// loader makes frames. A live cluster, manifests and a recording are the same
// thing to every verb.
type loader interface {
	Load(context.Context, checks.Needs) (checks.Frame, error)
}

// site is what inspect looks at: manifests, a recording or a cluster.
type site struct {
	context string // set where several clusters are looked at
	known   string // the context by which a baseline of several clusters knows it
	from    loader
	only    selection
	err     error // why it cannot even be asked
}

// look is what came of looking at a place.
type look struct {
	site
	frame  checks.Frame
	report checks.Report
}

// inspect is what doctor and lint do: load, judge, render, and choose the exit
// code. Of several clusters one that cannot be looked at does not hide the
// others: it is a problem of the report.
func inspect(ctx context.Context, places []site, o options, streams Streams, build Build) error {
	looks, err := lookAt(ctx, places, o, streams)
	if err != nil {
		return err
	}
	var uses []ignoreUse
	for i := range looks {
		uses = append(uses, suppress(&looks[i].report, o, time.Now()))
	}
	for _, text := range ignoreNotes(o, time.Now(), unreached(looks), uses) {
		note(streams.Err, text)
	}
	if err := compareLooks(looks, o, streams); err != nil {
		return err
	}
	if err := o.write(looks, o.renderOptions(looks, streams, build), streams); err != nil {
		return err
	}
	return worst(looks, o)
}

// lookAt loads and judges the places, side by side.
func lookAt(ctx context.Context, places []site, o options, streams Streams) ([]look, error) {
	looks := make([]look, len(places))
	if len(places) > 1 {
		defer newProgress(streams).begin("reading " + together(places))()
	}
	var done sync.WaitGroup
	for i, p := range places {
		done.Go(func() { looks[i] = p.look(ctx, o.checks) })
	}
	done.Wait()
	for i := range looks {
		err := looks[i].err
		if err == nil {
			continue
		}
		var exit *exitError
		if len(looks) == 1 || ctx.Err() != nil || errors.As(err, &exit) && exit.code == exitUsage {
			return nil, err
		}
		looks[i].report = checks.Report{Live: true, Problems: []inventory.Problem{{Reason: err.Error()}}}
	}
	return looks, nil
}

func (p site) look(ctx context.Context, list []*checks.Check) look {
	l := look{site: p}
	if l.err != nil {
		return l
	}
	frame, err := p.from.Load(ctx, checks.NeedsOf(list))
	var partial *source.Incomplete
	if err != nil && !errors.As(err, &partial) {
		l.err = loadError(err)
		return l
	}
	if l.err = p.only.verify(frame.Objects); l.err != nil {
		return l
	}
	l.frame, l.report = frame, checks.Run(frame, list)
	if partial != nil {
		l.report.Problems = partial.Problems
	}
	p.only.keep(&l.report, frame.Objects)
	return l
}

// compareLooks writes and reads baselines, and leaves out what did not change.
func compareLooks(looks []look, o options, streams Streams) error {
	switch {
	case o.writeBaseline == "":
	case unreached(looks):
		note(streams.Err, o.writeBaseline+" is not written: not every cluster could be looked at")
	default:
		if err := writeBaseline(o.writeBaseline, looks); err != nil {
			return err
		}
	}
	known, err := readBaseline(o.baseline)
	if err != nil {
		return err
	}
	for i := range looks {
		known.apply(&looks[i])
		if said := o.changed.keep(&looks[i].report); said != "" {
			note(streams.Err, said)
		}
	}
	return nil
}

// unreached says whether a place could not be looked at at all.
func unreached(looks []look) bool {
	for _, l := range looks {
		if l.err != nil {
			return true
		}
	}
	return false
}

// loadError tells a place that could not be looked at from wrong usage.
func loadError(err error) error {
	var unreachable *source.Unreachable
	var notFound *source.NotFound
	var bad *source.BadRecording
	if errors.As(err, &unreachable) || errors.As(err, &notFound) || errors.As(err, &bad) || errors.Is(err, context.Canceled) {
		return couldNot(err)
	}
	return &exitError{exitUsage, err}
}

func (o options) renderOptions(looks []look, streams Streams, build Build) render.Options {
	failOn := o.failOn
	if failOn == 0 {
		failOn = checks.Error + 1 // never
	}
	root, err := os.Getwd()
	if err != nil {
		root = ""
	}
	var at time.Time // of the oldest of them
	for _, l := range looks {
		if l.frame.Objects != nil && l.frame.Objects.IsLive() && (at.IsZero() || l.frame.At.Before(at)) {
			at = l.frame.At
		}
	}
	return render.Options{
		Show: o.show, FailOn: failOn, Color: colorful(streams), Width: streams.Width, ASCII: o.ascii || asciiOnly(streams),
		ToolVersion: build.Version, Command: "kubectl infscale", Root: root, At: at,
	}
}

// parts are the looks as the formats take them.
func parts(looks []look) []render.Part {
	var all []render.Part
	for _, l := range looks {
		part := render.Part{Context: l.context, Report: l.report, Unreached: l.err != nil}
		if l.frame.Objects != nil {
			part.Scalers = render.Scalers(l.frame.Objects)
		}
		all = append(all, part)
	}
	return all
}

// worst is the exit code of the worst of the reports, which are printed already.
func worst(looks []look, o options) error {
	code := exitClean
	for _, l := range looks {
		code = max(code, verdict(l.report, o))
	}
	if code == exitClean {
		return nil
	}
	return &exitError{code: code}
}

// verdict turns a report into an exit code.
func verdict(report checks.Report, o options) int {
	if len(report.Problems) > 0 || report.Coverage < o.minCoverage {
		return exitCouldNot
	}
	for _, skip := range report.Skipped {
		if skip.Errored {
			return exitCouldNot
		}
	}
	for _, f := range report.Findings {
		if f.Suppression == nil && o.failOn != 0 && f.Severity >= o.failOn {
			return exitFindings
		}
	}
	return exitClean
}
