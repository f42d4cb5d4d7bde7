package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// server is an inference server in a container. Variables of its environment
// shape its life; the first four hold durations, and those of a start that finds
// more or less of an earlier one are in start.go:
//
//	LISTEN   it does not listen before
//	LOAD     the model is loaded after: until then /health and generations answer 503
//	STALL    how long /health waits once a generation has begun while none ran
//	DRAIN    how long it goes on after SIGTERM while requests run; without it they are cut off at once
//	SIGTERM  "ignore": it goes on as if nothing had been said
//	ENGINE   vllm (without it), sglang or tgi: whose /metrics and whose port
//	PORT     what it listens on, unless the arguments have --port
//
// vLLM's own --shutdown-timeout stands for DRAIN, and SGLang has no /metrics
// without its --enable-metrics.
//
// A generation takes as long as it is asked to: /v1/completions?seconds=30. It
// streams ten events a second and ends with "data: [DONE]".
type server struct {
	port    string
	loaded  time.Time // when it will be
	listen  time.Duration
	stall   time.Duration
	drain   time.Duration
	deaf    bool // to SIGTERM
	start   start
	running atomic.Int64
	stalled atomic.Pointer[time.Time] // until when
	double  *double
}

// profiles are what a container can be: the port and the page of each engine.
var profiles = map[string]struct {
	port string
	page func(numbers) string
}{
	"vllm":   {"8000", vllm},
	"sglang": {"30000", sglang},
	"tgi":    {"80", tgi},
}

// contained runs the program of a container by its name and returns its exit code.
func contained(name string, args []string) int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	if name == "pause" {
		<-signals
		return 0
	}
	s, err := newServer(args, os.Getenv, time.Now())
	if err != nil {
		fmt.Printf("ERROR %v\n", err)
		return 2
	}
	return s.run(signals)
}

func newServer(args []string, env func(string) string, now time.Time) (*server, error) {
	name := cmp.Or(env("ENGINE"), "vllm")
	engine, known := profiles[name]
	if !known {
		return nil, fmt.Errorf("no engine is called %q", name)
	}
	s := &server{port: cmp.Or(argument(args, "--port"), env("PORT"), engine.port), deaf: env("SIGTERM") == "ignore"}
	var load time.Duration
	var err error
	if s.start, err = newStart(args, env); err != nil {
		return nil, err
	}
	if seconds := argument(args, "--shutdown-timeout"); seconds != "" {
		if s.drain, err = time.ParseDuration(seconds + "s"); err != nil {
			return nil, fmt.Errorf("--shutdown-timeout: %w", err)
		}
	}
	if err := durations(env, map[string]*time.Duration{"LISTEN": &s.listen, "LOAD": &load, "STALL": &s.stall, "DRAIN": &s.drain}); err != nil {
		return nil, err
	}
	s.loaded = now.Add(load + s.start.takes())
	// SGLang has no /metrics unless it is told to (srt/entrypoints/http_server.py).
	silent := name == "sglang" && !slices.Contains(args, "--enable-metrics")
	s.double = newDouble(map[string]func(numbers) string{s.port: func(n numbers) string {
		if silent {
			return ""
		}
		return engine.page(s.measured(n))
	}})
	return s, nil
}

// durations reads variables that hold one; those that are not set stay as they
// are.
func durations(env func(string) string, variables map[string]*time.Duration) error {
	for name, into := range variables {
		text := env(name)
		if text == "" {
			continue
		}
		var err error
		if *into, err = time.ParseDuration(text); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// argument finds the value of a flag among the engine's own arguments.
func argument(args []string, flag string) string {
	for i, arg := range args {
		if value, found := strings.CutPrefix(arg, flag+"="); found {
			return value
		}
		if arg == flag && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

// measured adds the requests that do run to the numbers that were set.
func (s *server) measured(n numbers) numbers {
	n = maps.Clone(n)
	if set, err := strconv.ParseInt(n["running"], 10, 64); err == nil {
		n["running"] = strconv.FormatInt(set+s.running.Load(), 10)
	}
	return n
}

// run serves until a signal ends it.
func (s *server) run(signals chan os.Signal) int {
	s.start.announce()
	fmt.Printf("INFO loading the model takes until %s\n", s.loaded.Format(time.TimeOnly))
	web := &http.Server{Addr: ":" + s.port, Handler: s}
	failed := make(chan error, 2)
	time.AfterFunc(s.listen, func() { failed <- web.ListenAndServe() })
	time.AfterFunc(time.Until(s.loaded), func() {
		if err := s.start.leave(); err != nil {
			failed <- err
			return
		}
		fmt.Println("INFO Application startup complete.")
	})
	for {
		select {
		case err := <-failed:
			fmt.Printf("ERROR %v\n", err)
			return 1
		case sig := <-signals:
			if s.deaf && sig == syscall.SIGTERM {
				fmt.Println("INFO SIGTERM ignored")
				continue
			}
			return s.end(web)
		}
	}
}

// end lets what runs come to its end for as long as DRAIN says.
func (s *server) end(web *http.Server) int {
	fmt.Printf("INFO Shutting down, %d requests running, %s for them\n", s.running.Load(), s.drain)
	ctx, cancel := context.WithTimeout(context.Background(), s.drain)
	defer cancel()
	if err := web.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		fmt.Printf("WARNING %d requests cut off\n", s.running.Load())
	}
	return 0
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Path
	generation := slices.Contains([]string{"/v1/completions", "/v1/chat/completions", "/generate", "/generate_stream"}, asked)
	switch loading := time.Now().Before(s.loaded); {
	case loading && (generation || asked == "/health"):
		http.Error(w, "loading the model", http.StatusServiceUnavailable)
	case generation:
		s.generate(w, r)
	case asked == "/health":
		s.answerLate(r.Context())
	case asked == "/v1/models":
		fmt.Fprintln(w, `{"object":"list","data":[{"id":"model","object":"model"}]}`)
	default:
		s.double.ServeHTTP(w, r)
	}
}

// answerLate waits while the server is too busy to answer, or until the caller
// has given up.
func (s *server) answerLate(ctx context.Context) {
	until := s.stalled.Load()
	if until == nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Until(*until)):
	}
}

// generate streams a generation until its time is over or the client is gone.
func (s *server) generate(w http.ResponseWriter, r *http.Request) {
	seconds, err := strconv.ParseFloat(cmp.Or(r.URL.Query().Get("seconds"), "1"), 64)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if s.running.Add(1) == 1 {
		until := time.Now().Add(s.stall)
		s.stalled.Store(&until)
	}
	defer s.running.Add(-1)
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	over := time.After(time.Duration(seconds * float64(time.Second)))
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-over:
			fmt.Fprint(w, "data: [DONE]\n\n")
			return
		case <-tick.C:
			fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"text\":\" token\"}]}\n\n")
			if flush.Flush() != nil {
				return
			}
		}
	}
}
