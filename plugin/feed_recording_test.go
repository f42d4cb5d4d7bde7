package plugin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/sim"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// peak are frames of the demo, a minute apart.
func peak(t *testing.T, n int) []checks.Frame {
	t.Helper()
	world, err := sim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	var all []checks.Frame
	for range n {
		world.Advance(time.Minute)
		frame, err := world.Load(context.Background(), checks.Needs{})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, frame)
	}
	return all
}

// What the key r writes is what --from reads, frame by frame, in any order; also
// when the program was killed before it closed the file.
func TestRecorderAndRecording(t *testing.T) {
	frames := peak(t, 3)
	for _, ended := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "frames.jsonl.gz")
		recorder, err := newRecorder(path, Build{Version: "v1"})
		if err != nil {
			t.Fatal(err)
		}
		for _, frame := range frames {
			if err := recorder.Write(frame); err != nil {
				t.Fatal(err)
			}
		}
		if ended {
			if err := recorder.Close(); err != nil {
				t.Fatal(err)
			}
		}
		again, err := openFrames(path)
		if err != nil {
			t.Fatal(err)
		}
		defer again.close()
		recording := again.recording()
		if recording.Len != len(frames) {
			t.Fatalf("%d frames read, %d written; closed: %v", recording.Len, len(frames), ended)
		}
		for _, i := range []int{2, 0, 1} {
			got, err := recording.At(context.Background(), i)
			if err != nil || !got.At.Equal(frames[i].At) || len(got.Objects.Workloads()) != len(frames[i].Objects.Workloads()) {
				t.Errorf("frame %d: %v, of %s", i, err, got.At)
			}
			if len(got.Signals.All()) != len(frames[i].Signals.All()) {
				t.Errorf("frame %d: %d numbers of %d", i, len(got.Signals.All()), len(frames[i].Signals.All()))
			}
		}
	}
}

// A recording holds a cluster's names: nobody else may read it, and none is
// overwritten.
func TestRecorderIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "frames.jsonl.gz")
	recorder, err := newRecorder(path, Build{})
	if err != nil {
		t.Fatal(err)
	}
	recorder.Close()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	if _, err := newRecorder(path, Build{}); err == nil || !strings.Contains(err.Error(), "file exists") {
		t.Errorf("error %v for a file that is there", err)
	}
}

func TestDamagedRecordings(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "whole.jsonl.gz")
	recorder, err := newRecorder(whole, Build{})
	if err != nil {
		t.Fatal(err)
	}
	for _, frame := range peak(t, 2) {
		recorder.Write(frame)
	}
	recorder.Close()
	text, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text, want string
		frames           int
	}{
		{"cut off in the second", string(text[:len(text)*3/4]), "", 1},
		{"cut off in the first", string(text[:len(text)/4]), "is cut off: it ends in the middle", 0},
		{"cut off in its head", string(text[:5]), "is cut off: it ends in the middle", 0},
		{"cut off behind its head", string(text[:12]), "is cut off: it ends in the middle", 0},
		{"damaged", string(text[:2]) + "xx" + string(text[4:]), "is damaged: gzip: invalid header", 0},
	} {
		path := filepath.Join(t.TempDir(), "frames")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		frames, err := openFrames(path)
		var bad *source.BadRecording
		switch {
		case c.want == "" && err == nil:
			if len(frames.at) != c.frames {
				t.Errorf("%s: %d frames, want %d", c.name, len(frames.at), c.frames)
			}
			frames.close()
		case !errors.As(err, &bad) || bad.Reason != c.want:
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

// A recording is replayed by its own time, and ends by saying so.
func TestWatchRecording(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lunch.jsonl.gz")
	recorder, err := newRecorder(path, Build{})
	if err != nil {
		t.Fatal(err)
	}
	for _, frame := range peak(t, 12) {
		recorder.Write(frame)
	}
	recorder.Close()
	term := watchTerminal(t, 100, 30, nil, "--from", path)
	term.expect(t, `lunch.jsonl.gz  7 workloads`)
	term.press("++++++") // sixty-four times as fast: a frame a second
	term.expect(t, `12/12 ⏸ paused`)
	term.press("[[")
	term.expect(t, `10/12 ⏸ paused`)
	term.press("fFu") // nothing of it can be changed
	term.expect(t, `10/12 ⏸ paused`)
	term.press("q")
	if err := term.end(); err != nil {
		t.Error(err)
	}
}
