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
// shape its life; the first three hold durations:
//
//	LISTEN   it does not listen before
//	LOAD     the model is loaded after: until then /health and generations answer 503
//	DRAIN    how long it goes on after SIGTERM while requests run; without it they are cut off at once
//	SIGTERM  "ignore": it goes on as if nothing had been said
//	ENGINE   vllm (without it), sglang or tgi: whose /metrics and whose port
//	PORT     what it listens on, unless the arguments have --port
//
// A generation takes as long as it is asked to: /v1/completions?seconds=30. It
// streams ten events a second and ends with "data: [DONE]".
type server struct {
	port    string
	loaded  time.Time // when it will be
	listen  time.Duration
	drain   time.Duration
	deaf    bool // to SIGTERM
	running atomic.Int64
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
	s := &server{port: cmp.Or(portOf(args), env("PORT"), engine.port), deaf: env("SIGTERM") == "ignore"}
	var load time.Duration
	for variable, into := range map[string]*time.Duration{"LISTEN": &s.listen, "LOAD": &load, "DRAIN": &s.drain} {
		text := env(variable)
		if text == "" {
			continue
		}
		var err error
		if *into, err = time.ParseDuration(text); err != nil {
			return nil, fmt.Errorf("%s: %w", variable, err)
		}
	}
	s.loaded = now.Add(load)
	s.double = newDouble(map[string]func(numbers) string{s.port: func(n numbers) string {
		return engine.page(s.measured(n))
	}})
	return s, nil
}

// portOf finds the port among the engine's own arguments.
func portOf(args []string) string {
	for i, arg := range args {
		if value, found := strings.CutPrefix(arg, "--port="); found {
			return value
		}
		if arg == "--port" && i+1 < len(args) {
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
	fmt.Printf("INFO loading the model takes until %s\n", s.loaded.Format(time.TimeOnly))
	web := &http.Server{Addr: ":" + s.port, Handler: s}
	failed := make(chan error, 1)
	time.AfterFunc(s.listen, func() { failed <- web.ListenAndServe() })
	time.AfterFunc(time.Until(s.loaded), func() { fmt.Println("INFO Application startup complete.") })
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
	case asked == "/v1/models":
		fmt.Fprintln(w, `{"object":"list","data":[{"id":"model","object":"model"}]}`)
	default:
		s.double.ServeHTTP(w, r)
	}
}

// generate streams a generation until its time is over or the client is gone.
func (s *server) generate(w http.ResponseWriter, r *http.Request) {
	seconds, err := strconv.ParseFloat(cmp.Or(r.URL.Query().Get("seconds"), "1"), 64)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.running.Add(1)
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
