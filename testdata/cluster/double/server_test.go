package main

import (
	"bufio"
	"net/http"
	"net/http/httptest"
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
