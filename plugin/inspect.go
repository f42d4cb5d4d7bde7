package plugin

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/render"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// loader makes frames. A live cluster, manifests and a recording are the same
// thing to every verb.
type loader interface {
	Load(context.Context, checks.Needs) (checks.Frame, error)
}

// inspect is what doctor and lint do: load, judge, render, and choose the exit
// code.
func inspect(ctx context.Context, from loader, o options, only selection, streams Streams, build Build) error {
	frame, err := from.Load(ctx, checks.NeedsOf(o.checks))
	var partial *source.Incomplete
	if err != nil && !errors.As(err, &partial) {
		return loadError(err)
	}
	if err := only.verify(frame.Objects); err != nil {
		return err
	}
	report := checks.Run(frame, o.checks)
	if partial != nil {
		report.Problems = partial.Problems
	}
	only.keep(&report, frame.Objects)
	for _, text := range suppress(&report, o, time.Now()) {
		note(streams.Err, text)
	}
	if err := writeBaseline(report, o.writeBaseline); err != nil {
		return err
	}
	if err := applyBaseline(&report, o.baseline, frame.Objects, len(only.names) > 0 || only.selector != nil); err != nil {
		return err
	}
	if said := o.changed.keep(&report); said != "" {
		note(streams.Err, said)
	}
	if err := o.write(report, o.renderOptions(frame, streams, build), streams); err != nil {
		return err
	}
	return verdict(report, o)
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

func (o options) renderOptions(frame checks.Frame, streams Streams, build Build) render.Options {
	failOn := o.failOn
	if failOn == 0 {
		failOn = checks.Error + 1 // never
	}
	root, err := os.Getwd()
	if err != nil {
		root = ""
	}
	var at time.Time
	if frame.Objects.IsLive() {
		at = frame.At
	}
	return render.Options{
		Show: o.show, FailOn: failOn, Color: colorful(streams), Width: streams.Width, ASCII: o.ascii || asciiOnly(streams),
		ToolVersion: build.Version, Command: "kubectl infscale", Root: root, Scalers: render.Scalers(frame.Objects), At: at,
	}
}

// verdict turns a report into an exit code; the report is printed already.
func verdict(report checks.Report, o options) error {
	if len(report.Problems) > 0 || report.Coverage < o.minCoverage {
		return &exitError{code: exitCouldNot}
	}
	for _, skip := range report.Skipped {
		if skip.Errored {
			return &exitError{code: exitCouldNot}
		}
	}
	for _, f := range report.Findings {
		if f.Suppression == nil && o.failOn != 0 && f.Severity >= o.failOn {
			return &exitError{code: exitFindings}
		}
	}
	return nil
}
