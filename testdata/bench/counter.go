package main

import (
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/infscale/kubectl-infscale/testdata/bench/load"
)

// counter passes requests on to the API server of $KUBECONFIG, with its
// credentials, and counts them.
type counter struct {
	*httptest.Server
	kubeconfig string // leads here

	mu     sync.Mutex
	counts map[string]int // by verb: list, watch, get, proxy
}

// newCounter has numbers answer for the Service of a Prometheus.
func newCounter(folder string, numbers http.Handler) (*counter, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	to, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	c := &counter{counts: map[string]int{}, kubeconfig: filepath.Join(folder, "counted.kubeconfig")}
	prometheus := fmt.Sprintf("/api/v1/namespaces/%s/services/%s:%d/proxy/", load.PrometheusNamespace, load.PrometheusName, load.PrometheusPort)
	proxy := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport:     transport,
		FlushInterval: -1, // a watch's events are not kept back
	}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.count(r)
		if strings.HasPrefix(r.URL.Path, prometheus) {
			numbers.ServeHTTP(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	c.EnableHTTP2 = true // as an API server does
	c.StartTLS()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate().Raw})
	return c, clientcmd.WriteToFile(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{"bench": {Server: c.URL, CertificateAuthorityData: authority}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{"bench": {Token: "none"}},
		Contexts:       map[string]*clientcmdapi.Context{"bench": {Cluster: "bench", AuthInfo: "bench"}},
		CurrentContext: "bench",
	}, c.kubeconfig)
}

func (c *counter) count(r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[verbOf(r)]++
}

// reset returns the counts since the last time.
func (c *counter) reset() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := maps.Clone(c.counts)
	clear(c.counts)
	return counts
}

// verbOf is a request's verb as RBAC has it; "discovery" for what is about no
// object.
func verbOf(r *http.Request) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case parts[0] == "api" && len(parts) > 2:
		parts = parts[2:]
	case parts[0] == "apis" && len(parts) > 3:
		parts = parts[3:]
	default:
		return "discovery"
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	query := r.URL.Query()
	switch {
	case r.Method != http.MethodGet:
		return fmt.Sprint(strings.ToLower(r.Method))
	case len(parts) > 2 && parts[2] == "proxy":
		return "proxy"
	case query.Get("watch") == "true" || query.Get("watch") == "1":
		return "watch"
	case len(parts) > 1:
		return "get"
	}
	return "list"
}
