package sim

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
)

// One frame each second while virtual time runs ahead; a pause holds it, a step
// makes one frame, and a new pace counts at once.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := Demo()
		if err != nil {
			t.Fatal(err)
		}
		began, at := time.Now(), w.Now()
		frame := next(t, w) // the first at once
		if took := time.Since(began); took != 0 || !frame.At.Equal(at.Add(20*time.Second)) {
			t.Errorf("the first frame comes after %s, of %s", took, frame.At)
		}
		for range 3 {
			frame = next(t, w)
		}
		if took := time.Since(began); took != 3*time.Second || !frame.At.Equal(at.Add(80*time.Second)) {
			t.Errorf("the fourth frame comes after %s, of %s", took, frame.At)
		}
		w.SetPace(Pace{Every: time.Second, Step: 20 * time.Second, Paused: true})
		frames := make(chan checks.Frame)
		go func() {
			for range 2 {
				f, _ := w.Next(context.Background())
				frames <- f
			}
		}()
		time.Sleep(time.Hour)
		select {
		case <-frames:
			t.Error("a frame while it is paused")
		default:
		}
		w.Step()
		if f := <-frames; !f.At.Equal(frame.At.Add(20 * time.Second)) {
			t.Errorf("a step leads to %s", f.At)
		}
		w.SetPace(Pace{Every: time.Second, Step: time.Minute})
		if f := <-frames; !f.At.Equal(frame.At.Add(80 * time.Second)) {
			t.Errorf("after the pause comes %s", f.At)
		}
	})
}

func TestNextEndsWithItsContext(t *testing.T) {
	w := demo(t)
	w.SetPace(Pace{Paused: true})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { _, err := w.Next(ctx); ended <- err }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Next ends with %v", err)
	}
	if _, err := w.Load(ctx, checks.Needs{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Load ends with %v", err)
	}
}
