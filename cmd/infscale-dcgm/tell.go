//go:build linux && cgo

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// onceRounds is how often --once asks a GPU whose profiling field was watched
// only just now: the host engine has its first value an update later.
const onceRounds = 4

// sample is one line of output. What is not known is nil.
type sample struct {
	At          time.Time `json:"at"` // when the host engine measured it
	GPU         uint      `json:"gpu"`
	UUID        string    `json:"uuid,omitempty"`
	Host        string    `json:"host"`
	Utilisation *float64  `json:"utilisation,omitempty"` // percent
	MemoryUsed  *int64    `json:"memoryUsedMiB,omitempty"`
}

// tell prints samples until the context ends, or once.
func tell(ctx context.Context, o options, out, errOut io.Writer) error {
	e, err := connect(o)
	if err != nil {
		return err
	}
	defer e.close()
	t := &teller{engine: e, lines: json.NewEncoder(out)}
	if o.once {
		return t.once(ctx)
	}
	return t.stream(ctx, errOut)
}

type teller struct {
	*engine
	lines *json.Encoder
}

// once prints each GPU as soon as all is known of it that will be.
func (t *teller) once(ctx context.Context) error {
	left := t.gpus
	var failed error
	for round := range onceRounds {
		if round > 0 && !pause(ctx, t.interval) {
			return ctx.Err()
		}
		waiting, faults, err := t.round(ctx, left, round == onceRounds-1)
		if err != nil {
			return err
		}
		if failed = errors.Join(failed, faults.err()); len(waiting) == 0 {
			break
		}
		left = waiting
	}
	return oneLine(failed)
}

// stream prints every GPU at every interval. A GPU that cannot be read is said
// on errOut, once for as long as it stays so.
func (t *teller) stream(ctx context.Context, errOut io.Writer) error {
	tick := time.NewTicker(t.interval)
	defer tick.Stop()
	said := ""
	for {
		_, faults, err := t.round(ctx, t.gpus, true)
		if err != nil {
			return err
		}
		if len(faults) == len(t.gpus) {
			return oneLine(faults.err())
		}
		text := ""
		if err := oneLine(faults.err()); err != nil {
			text = err.Error()
		}
		if text != said && text != "" {
			fmt.Fprintf(errOut, "infscale-dcgm: %s: %s\n", t.host, text)
		}
		said = text
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// faults are what was wrong with single GPUs.
type faults []error

func (f faults) err() error { return errors.Join(f...) }

// round reads GPUs and prints them. Unless it is the last one, those that will
// tell more in a moment are returned instead. An error ends everything.
func (t *teller) round(ctx context.Context, gpus []*gpu, last bool) (waiting []*gpu, failed faults, err error) {
	for _, g := range gpus {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		s, err := t.read(g)
		switch {
		case lost(err):
			return nil, nil, err
		case err != nil:
			failed = append(failed, fmt.Errorf("gpu %d: %w", g.id, err))
		case g.profiled && s.Utilisation == nil && !last:
			waiting = append(waiting, g)
			continue
		}
		if err := t.lines.Encode(s); err != nil {
			return nil, nil, err
		}
	}
	return waiting, failed, nil
}

// pause waits, and says whether it was not interrupted.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
