package plugin

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgress runs on a clock of its own.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		line := newProgress(Streams{Err: &out, ErrTerminal: true})
		said := func() string {
			line.mu.Lock() // as whoever draws
			defer line.mu.Unlock()
			return out.String()
		}
		end := line.begin("reading https://example")
		line.say("deployments: 500")
		<-time.After(patience / 2)
		synctest.Wait()
		if said() != "" {
			t.Errorf("said %q before a second was over", said())
		}
		<-time.After(patience)
		synctest.Wait()
		if !strings.Contains(said(), "deployments: 500") {
			t.Errorf("said %q after a second", said())
		}
		line.say("pods: \x1b[31m7")
		if strings.Contains(said(), "\x1b[31m") {
			t.Error("a control character reached the terminal")
		}
		end()
		if !strings.HasSuffix(said(), "\r\x1b[K") {
			t.Errorf("the line is still there: %q", said())
		}
	})
}

func TestProgressIsSilentWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	line := newProgress(Streams{Err: &out})
	line.begin("reading")()
	line.say("more")
	if out.Len() > 0 {
		t.Errorf("said %q", out.String())
	}
}
