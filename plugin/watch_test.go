package plugin

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// In the demo, two keys repair what makes the queue grow, and it drains.
func TestWatchDemo(t *testing.T) {
	term := watchTerminal(t, 100, 30, nil, "--demo")
	term.expect(t, `infscale  demo  7 workloads`)
	if _, alternate, _ := term.text(); !alternate {
		t.Error("not on the alternate screen")
	}
	term.press("/llama3<enter>")
	term.expect(t, `1 of 7 workloads /llama3(?s:.*)keda-mean-with-averagevalue`)
	term.press("f")
	term.expect(t, `\+ +query: sum\(vllm:num_requests_waiting(?s:.*)y applies this`)
	term.press("y")
	term.expect(t, `the finding is gone; u undoes`)
	term.expect(t, `vllm-llama3 +inference +\d/8 (?s:.*)loading`)
	term.press("+")                                   // forty times as fast
	term.expect(t, `vllm-llama3 +inference +8/8 +0 `) // all replicas are there, and the queue is empty
	term.press("u")
	term.expect(t, `keda-mean-with-averagevalue`)
	term.press("q")
	if err := term.end(); err != nil {
		t.Error(err)
	}
	if text, alternate, _ := term.text(); alternate {
		t.Errorf("still on the alternate screen:\n%s", text)
	}
}

// However it ends, the terminal is what it was before.
func TestWatchLeavesTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(*terminal)
		code int
	}{
		{"q", func(term *terminal) { term.press("q") }, exitClean},
		{"ctrl-c", func(term *terminal) { term.press("<ctrl-c>") }, exitInterrupted},
		{"SIGTERM", func(term *terminal) { term.cmd.Process.Signal(syscall.SIGTERM) }, exitClean},
		{"SIGINT", func(term *terminal) { term.cmd.Process.Signal(syscall.SIGINT) }, exitInterrupted},
	} {
		t.Run(c.name, func(t *testing.T) {
			term := watchTerminal(t, 80, 24, nil, "--demo")
			term.expect(t, `demo  7 workloads`)
			c.end(term)
			code := exitClean
			var exit *exec.ExitError
			if errors.As(term.end(), &exit) {
				code = exit.ExitCode()
			}
			text, alternate, _ := term.text()
			if code != c.code || alternate || term.screen.CursorHidden() {
				t.Errorf("exit code %d, want %d; alternate screen %v, cursor hidden %v:\n%s", code, c.code, alternate, term.screen.CursorHidden(), text)
			}
		})
	}
}

// --frame-times tells of every screen what it was drawn for, and how long it took.
func TestWatchFrameTimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "times")
	term := watchTerminal(t, 100, 30, nil, "--demo", "--frame-times", path)
	term.expect(t, `demo  7 workloads`)
	term.press("/llama3<enter>")
	term.expect(t, `1 of 7 workloads`)
	term.press("q")
	if err := term.end(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`\A((key|frame|other) \d+\.\d{3}\n)+\z`).Match(text) {
		t.Errorf("found\n%s", text)
	}
	for cause, least := range map[string]int{"key ": len("/llama3") + 1, "frame ": 1, "other ": 1} {
		if got := strings.Count(string(text), cause); got < least {
			t.Errorf("%d screens for %s, want %d at least:\n%s", got, cause, least, text)
		}
	}
}

func TestWatchResize(t *testing.T) {
	term := watchTerminal(t, 140, 40, nil, "--demo")
	term.expect(t, `SCALER`)
	term.resize(80, 24)
	term.expectGone(t, `SCALER`)
	term.resize(30, 5)
	term.expect(t, `30×5 is too small`)
	term.resize(140, 40)
	term.expect(t, `SCALER`)
}

// A terminal without colours, and one that shows ASCII alone.
func TestWatchPlain(t *testing.T) {
	term := watchTerminal(t, 100, 30, []string{"NO_COLOR=yes", "LC_ALL=C"}, "--demo", "--read-only", "--no-mouse")
	text := term.expect(t, `demo  7 workloads`)
	for _, r := range text {
		if r > '~' {
			t.Fatalf("%q in a locale of ASCII:\n%s", r, text)
		}
	}
	term.mu.Lock()
	defer term.mu.Unlock()
	for y := range 30 {
		for x := range 100 {
			if cell := term.screen.CellAt(x, y); cell != nil && (cell.Style.Fg != nil || cell.Style.Bg != nil) {
				t.Fatalf("a colour at %d,%d although NO_COLOR is set", x, y)
			}
		}
	}
}
