package tui

import (
	"context"
	"strings"
	"testing"

	"github.com/creack/pty"

	"github.com/infscale/kubectl-infscale/checks"
)

// A check or a feed that panics must not leave a terminal in which nothing can be
// typed any more.
func TestPanic(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Skip(err) // no pseudo-terminals on this system
	}
	defer master.Close()
	written := make(chan string)
	go func() {
		var all strings.Builder
		buffer := make([]byte, 1<<16)
		for {
			n, err := master.Read(buffer)
			all.Write(buffer[:n])
			if err != nil {
				break
			}
		}
		written <- all.String()
	}()
	closed := false
	o := testOptions(&frames{all: lunch(t)[:1]})
	o.Judge = func(checks.Frame) checks.Report { panic("no such check") }
	o.Close = func() { closed = true }
	err = Run(context.Background(), tty, tty, o)
	tty.Close()
	if err == nil || !strings.Contains(err.Error(), "a bug worth reporting") {
		t.Errorf("error %v", err)
	}
	out := <-written
	if enter, leave := strings.LastIndex(out, "\x1b[?1049h"), strings.LastIndex(out, "\x1b[?1049l"); leave < enter {
		t.Errorf("the alternate screen is entered at byte %d and left at %d", enter, leave)
	}
	if hide, show := strings.LastIndex(out, "\x1b[?25l"), strings.LastIndex(out, "\x1b[?25h"); show < hide {
		t.Errorf("the cursor is hidden at byte %d and shown at %d", hide, show)
	}
	if !closed {
		t.Error("the session is still open")
	}
}
