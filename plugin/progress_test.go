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
		end := line.begin("reading https://example")
		line.say("deployments: 500")
		<-time.After(patience / 2)
		synctest.Wait()
		if out.Len() > 0 {
			t.Errorf("said %q before a second was over", out.String())
		}
		<-time.After(patience)
		synctest.Wait()
		if !strings.Contains(out.String(), "deployments: 500") {
			t.Errorf("said %q after a second", out.String())
		}
		line.say("pods: \x1b[31m7")
		if strings.Contains(out.String(), "\x1b[31m") {
			t.Error("a control character reached the terminal")
		}
		end()
		if !strings.HasSuffix(out.String(), "\r\x1b[K") {
			t.Errorf("the line is still there: %q", out.String())
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
