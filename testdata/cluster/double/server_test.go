package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, found := strings.CutPrefix(pair, name+"="); found {
				return value
			}
		}
		return ""
	}
}

func TestNewServer(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		args []string
		env  []string
		port string
	}{
		{nil, nil, "8000"},
		{nil, []string{"ENGINE=sglang"}, "30000"},
		{nil, []string{"PORT=9000"}, "9000"},
		{[]string{"serve", "model", "--port", "9001"}, []string{"PORT=9000"}, "9001"},
		{[]string{"serve", "--port=9002"}, nil, "9002"},
	} {
		s, err := newServer(c.args, environment(c.env...), now)
		if err != nil || s.port != c.port {
			t.Errorf("%q %q: %+v, %v", c.args, c.env, s, err)
		}
	}
	for _, bad := range []string{"LOAD=8", "ENGINE=nosuch"} {
		if _, err := newServer(nil, environment(bad), now); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestServerMetrics(t *testing.T) {
	for _, c := range []struct {
		engine string
		args   []string
		code   int
	}{
		{"vllm", nil, http.StatusOK},
		{"sglang", []string{"--model-path=m"}, http.StatusNotFound},
		{"sglang", []string{"--model-path=m", "--enable-metrics"}, http.StatusOK},
	} {
		s, err := newServer(c.args, environment("ENGINE="+c.engine), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		web := httptest.NewServer(s)
		s.double.engines[portOf(web.URL)] = s.double.engines[s.port]
		answer, err := http.Get(web.URL + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		web.Close()
		if answer.StatusCode != c.code {
			t.Errorf("%s %q: %s", c.engine, c.args, answer.Status)
		}
	}
}

func portOf(address string) string { return address[strings.LastIndex(address, ":")+1:] }

func TestServerLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := newServer(nil, environment("LOAD=8s"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		health := func() int {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/health", nil))
			return w.Code
		}
		if code := health(); code != http.StatusServiceUnavailable {
			t.Errorf("at first: %d", code)
		}
		time.Sleep(8 * time.Second)
		if code := health(); code == http.StatusServiceUnavailable {
			t.Errorf("after the load: %d", code)
		}
	})
}

// TestServerStarts: what one start leaves behind spares the next one its time,
// where that looks for it.
func TestServerStarts(t *testing.T) {
	cache, now := t.TempDir(), time.Now()
	begin := func(home string) *server {
		t.Helper()
		s, err := newServer([]string{"serve", "model", "--shutdown-timeout=90"}, environment("LOAD=1s", "DOWNLOAD=10s", "WEIGHTS=2", "HF_HOME="+home), now)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := begin(cache)
	if took := first.loaded.Sub(now); took != 11*time.Second || first.drain != 90*time.Second {
		t.Errorf("the first start takes %s, and drains for %s", took, first.drain)
	}
	if err := first.start.leave(); err != nil {
		t.Fatal(err)
	}
	if took := begin(cache).loaded.Sub(now); took != time.Second {
		t.Errorf("with the weights in its cache a start takes %s", took)
	}
	if took := begin(t.TempDir()).loaded.Sub(now); took != 11*time.Second {
		t.Errorf("with an empty cache a start takes %s", took)
	}
}

func TestServerStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := newServer(nil, environment("STALL=20s"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		health := func() time.Duration {
			start := time.Now()
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/health", nil))
			return time.Since(start)
		}
		if took := health(); took != 0 {
			t.Errorf("idle, /health takes %s", took)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/v1/completions?seconds=30", nil))
		}()
		synctest.Wait()
		if took := health(); took != 20*time.Second {
			t.Errorf("busy, /health takes %s", took)
		}
		if took := health(); took != 0 {
			t.Errorf("later, /health takes %s", took)
		}
		<-ended
	})
}

func TestGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := newServer(nil, environment(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/completions?seconds=2", nil))
		events, last := 0, ""
		for lines := bufio.NewScanner(w.Body); lines.Scan(); {
			if lines.Text() != "" {
				events, last = events+1, lines.Text()
			}
		}
		if events < 20 || last != "data: [DONE]" || s.running.Load() != 0 {
			t.Errorf("%d events, the last %q, %d running", events, last, s.running.Load())
		}
	})
}

// TestStartKeepsMemory holds that the memory is taken, not just asked for.
func TestStartKeepsMemory(t *testing.T) {
	resident := func() (pages int) {
		t.Helper()
		text, err := os.ReadFile("/proc/self/statm")
		if err != nil {
			t.Skip(err)
		}
		var all int
		if _, err := fmt.Sscan(string(text), &all, &pages); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	s, err := newStart(nil, environment("MEMORY=64"))
	if err != nil {
		t.Fatal(err)
	}
	before := resident()
	if err := s.leave(); err != nil {
		t.Fatal(err)
	}
	if took := (resident() - before) * os.Getpagesize() >> 20; took < 48 {
		t.Errorf("%d MiB of 64 are resident", took)
	}
}
