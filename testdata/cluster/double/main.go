// Command engine-double stands in for inference servers: it answers for every
// address of the bed at once, and serves what vLLM, SGLang, TGI or a
// dcgm-exporter would, by the port that is asked. Each address has numbers of
// its own.
//
//	GET /metrics           the exposition; GET /health answers ok
//	PUT /numbers           sets numbers: queue=15&running=3&kv=0.4&gpu=97&model=…
//	PUT /metrics           serves the body instead, word for word; an empty one is a 404
//	DELETE /metrics        serves the numbers again
//
// Called by any other name, it is the one server of a container, see server.go.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// engines are the listening ports and what is served there.
var engines = map[string]func(numbers) string{
	"8000":  vllm,
	"30000": sglang,
	"3000":  tgi,
	"9400":  dcgm,
}

// numbers are what a server measures, as text.
type numbers map[string]string

func idle() numbers {
	return numbers{"queue": "0", "running": "0", "kv": "0", "gpu": "0", "memory": "0", "model": "model", "pod": "", "namespace": ""}
}

// double holds what each address serves.
type double struct {
	sync.Mutex
	engines map[string]func(numbers) string // by port
	set     map[string]numbers              // by address and port
	bodies  map[string]string
}

func newDouble(engines map[string]func(numbers) string) *double {
	return &double{engines: engines, set: map[string]numbers{}, bodies: map[string]string{}}
}

func main() {
	if name := filepath.Base(os.Args[0]); name != "engine-double" {
		os.Exit(contained(name, os.Args[1:]))
	}
	d := newDouble(engines)
	failed := make(chan error)
	for port := range engines {
		server := &http.Server{Addr: ":" + port, Handler: d}
		go func() { failed <- server.ListenAndServe() }()
	}
	log.Fatal(<-failed)
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := localAddress(r.Context())
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	d.Lock()
	defer d.Unlock()
	switch r.Method + " " + r.URL.Path {
	case "GET /metrics":
		body, overridden := d.bodies[address]
		if !overridden {
			body = d.engines[port](d.at(address))
		}
		if body == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		io.WriteString(w, body)
	case "GET /health":
		fmt.Fprintln(w, "ok")
	case "PUT /numbers":
		for name, values := range r.URL.Query() {
			d.at(address)[name] = values[0]
		}
		d.set[address] = maps.Clone(d.at(address))
	case "PUT /metrics":
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		d.bodies[address] = string(body)
	case "DELETE /metrics":
		delete(d.bodies, address)
	default:
		http.NotFound(w, r)
	}
}

// at returns the numbers of an address, all zero at first.
func (d *double) at(address string) numbers {
	if d.set[address] == nil {
		d.set[address] = idle()
	}
	return d.set[address]
}

func localAddress(ctx context.Context) string {
	if address, ok := ctx.Value(http.LocalAddrContextKey).(net.Addr); ok {
		return address.String()
	}
	return ""
}

// series writes one series with its type.
func series(b *strings.Builder, kind, name, labels, value string) {
	fmt.Fprintf(b, "# TYPE %s %s\n%s%s %s\n", name, kind, name, labels, value)
}

func vllm(n numbers) string {
	var b strings.Builder
	labels := fmt.Sprintf("{engine=\"0\",model_name=%q}", n["model"])
	series(&b, "gauge", "vllm:num_requests_waiting", labels, n["queue"])
	series(&b, "gauge", "vllm:num_requests_running", labels, n["running"])
	series(&b, "gauge", "vllm:kv_cache_usage_perc", labels, n["kv"])
	return b.String()
}

func sglang(n numbers) string {
	var b strings.Builder
	labels := fmt.Sprintf("{model_name=%q}", n["model"])
	series(&b, "gauge", "sglang:num_queue_reqs", labels, n["queue"])
	series(&b, "gauge", "sglang:num_running_reqs", labels, n["running"])
	series(&b, "gauge", "sglang:token_usage", labels, n["kv"])
	return b.String()
}

func tgi(n numbers) string {
	var b strings.Builder
	series(&b, "gauge", "tgi_queue_size", "", n["queue"])
	series(&b, "gauge", "tgi_batch_current_size", "", n["running"])
	return b.String()
}

func dcgm(n numbers) string {
	var b strings.Builder
	labels := fmt.Sprintf("{gpu=\"0\",UUID=\"GPU-0\",modelName=\"NVIDIA H100\",namespace=%q,pod=%q,container=\"engine\"}", n["namespace"], n["pod"])
	series(&b, "gauge", "DCGM_FI_DEV_GPU_UTIL", labels, n["gpu"])
	series(&b, "gauge", "DCGM_FI_DEV_FB_USED", labels, n["memory"])
	return b.String()
}
