package tui

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
)

func TestReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := lunch(t)
		recording := &Recording{Len: len(all), At: func(_ context.Context, i int) (checks.Frame, error) { return all[i], nil }}
		o := testOptions(nil)
		o.Recording = recording
		begun := time.Now()
		d := start(t, o, 100, 30) // plays to its end
		if d.at != len(all)-1 || !d.paused {
			t.Errorf("at frame %d of %d, paused %v", d.at, len(all), d.paused)
		}
		if took := time.Since(begun); took != longestGap*time.Duration(len(all)-1) {
			t.Errorf("took %s: a gap of ten seconds is waited for %s", took, longestGap)
		}
		d.expect(t, "the end of the recording", "20/20", "118")
		d.keys("[[")
		d.expect(t, "18/20", "paused", "106")
		if n := len(d.past.of[d.selected]); n != 18 {
			t.Errorf("%d moments remembered at frame 18", n)
		}
		d.keys("]")
		d.expect(t, "19/20")
		d.keys("++")
		d.expect(t, "speed 4×")
		begun = time.Now()
		d.keys("[[[p")
		if took := time.Since(begun); took != 4*10*time.Second/4 {
			t.Errorf("four frames took %s at four times the speed", took)
		}
		d.keys("p")
		d.expect(t, "20/20")
	})
}

// A late answer to a step does not overtake the newest one.
func TestLateFrame(t *testing.T) {
	all := lunch(t)
	o := testOptions(nil)
	o.Recording = &Recording{Len: len(all), At: func(_ context.Context, i int) (checks.Frame, error) { return all[i], nil }}
	m := New(context.Background(), o)
	slow := m.load(5, false)
	m.Update(m.load(7, false)())
	m.Update(slow())
	if m.at != 7 {
		t.Errorf("at frame %d", m.at)
	}
}

func TestRecord(t *testing.T) {
	var written []time.Time
	closed := 0
	d := startWorld(t, &world{}, func(o *Options) {
		o.Record = func() (Recorder, error) {
			return Recorder{
				Path:  "infscale.jsonl.gz",
				Write: func(f checks.Frame) error { written = append(written, f.At); return nil },
				Close: func() error { closed++; return nil },
			}, nil
		}
	})
	d.keys("r")
	d.expect(t, "recording to infscale.jsonl.gz", "● rec")
	d.oneFrame()
	d.oneFrame()
	d.keys("r")
	d.expect(t, "wrote 3 frames to infscale.jsonl.gz")
	d.oneFrame()
	if len(written) != 3 || closed != 1 || !written[0].Before(written[2]) {
		t.Errorf("written %v, closed %d times", written, closed)
	}
}

func TestRecordFails(t *testing.T) {
	d := startWorld(t, &world{}, func(o *Options) {
		o.Record = func() (Recorder, error) { return Recorder{}, errors.New("permission denied") }
	})
	d.keys("r")
	d.expect(t, "✖ recording: permission denied")
}
