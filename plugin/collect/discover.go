package collect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Labels by which the charts and operators of Prometheus, Thanos,
// VictoriaMetrics and Mimir mark the Services that answer queries. What holds
// the whole fleet's numbers stands before what may hold a part of them.
var wellKnown = [...]struct{ key, value string }{
	{"app.kubernetes.io/name", "thanos-query-frontend"},
	{"app.kubernetes.io/component", "query-frontend"}, // Thanos and Mimir charts
	{"app.kubernetes.io/name", "thanos-query"},
	{"app.kubernetes.io/component", "query"},
	{"app.kubernetes.io/name", "vmselect"},
	{"app.kubernetes.io/name", "vmsingle"},
	{"app.kubernetes.io/name", "victoria-metrics-single"},
	{"app", "kube-prometheus-stack-prometheus"},
	{"app.kubernetes.io/name", "prometheus"},
	{"app.kubernetes.io/name", "kube-prometheus"},
	{"app", "prometheus"},
	{"operated-prometheus", "true"},
}

// usualNamespaces are looked in where Services may not be listed everywhere.
var usualNamespaces = [...]string{"monitoring", "prometheus", "observability"}

// paths before /api/v1 by what serves it, where it is not the root.
var prefixes = map[string]string{"vmselect": "/select/0/prometheus", "query-frontend-mimir": "/prometheus"}

// candidate is a Service that may answer PromQL.
type candidate struct {
	namespace, name, scheme string
	port                    int32
	prefix                  string
	rank                    int
}

func (c candidate) String() string { return c.namespace + "/" + c.name }

// path is the Service behind the API server's proxy.
func (c candidate) path() string {
	name := c.name + ":" + strconv.Itoa(int(c.port))
	if c.scheme == "https" {
		name = "https:" + name
	}
	return fmt.Sprintf("/api/v1/namespaces/%s/services/%s/proxy%s", url.PathEscape(c.namespace), url.PathEscape(name), c.prefix)
}

func (c candidate) client(api *APIServer) (*Prometheus, error) {
	p, err := NewPrometheus("service "+c.String(), api.URL(c.path(), nil), &http.Client{Transport: &reaching{api: api, service: c, proxy: worded(api.Client())}})
	if err == nil {
		p.ProxyPath = c.path()
	}
	return p, err
}

// worded makes the API server's own words an error, where it answers in the place
// of a Service that does not: "connection refused", "no endpoints available".
func worded(client *http.Client) http.RoundTripper {
	if client.Transport == nil {
		return wording{http.DefaultTransport}
	}
	return wording{client.Transport}
}

type wording struct{ http.RoundTripper }

// RoundTrip passes on what a Prometheus itself answers, good or bad.
func (w wording) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := w.RoundTripper.RoundTrip(request)
	if err != nil || response.StatusCode == http.StatusOK {
		return response, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxWords))
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	if words, ok := statusOf(response, body); ok {
		return nil, words
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// Discover finds a Prometheus by the well-known Services and reaches it through
// the API server. The error says what was found and why it did not answer.
func Discover(ctx context.Context, api *APIServer) (*Prometheus, error) {
	found, err := candidates(ctx, api)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no Service of Prometheus, Thanos, VictoriaMetrics or Mimir was found; --prometheus names one")
	}
	var failed []string
	for _, c := range found {
		p, err := c.client(api)
		if err == nil {
			if err = p.Answers(ctx); err == nil {
				return p, nil
			}
		}
		failed = append(failed, fmt.Sprintf("%s: %v", c, err))
	}
	return nil, fmt.Errorf("%s", strings.Join(failed, "; "))
}

// candidates lists the Services, the likeliest first.
func candidates(ctx context.Context, api *APIServer) ([]candidate, error) {
	var all []candidate
	add := func(path string) error {
		for _, selector := range selectors() {
			list, err := services(ctx, api, path, selector)
			if err != nil {
				return err
			}
			for i := range list {
				if c, ok := candidateOf(&list[i]); ok && !slices.Contains(all, c) {
					all = append(all, c)
				}
			}
		}
		return nil
	}
	err := add("/api/v1/services")
	if err != nil && strings.HasPrefix(err.Error(), "forbidden") {
		for _, ns := range usualNamespaces {
			if err = add("/api/v1/namespaces/" + ns + "/services"); err == nil && len(all) > 0 {
				break
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.String(), b.String()))
	})
	if len(all) > 0 {
		err = nil
	}
	return all, err
}

// selectors ask for each label key once.
func selectors() []string {
	values := map[string][]string{}
	var keys []string
	for _, l := range wellKnown {
		if values[l.key] == nil {
			keys = append(keys, l.key)
		}
		values[l.key] = append(values[l.key], l.value)
	}
	var all []string
	for _, key := range keys {
		all = append(all, fmt.Sprintf("%s in (%s)", key, strings.Join(values[key], ",")))
	}
	return all
}

func services(ctx context.Context, api *APIServer, path, selector string) ([]corev1.Service, error) {
	body, err := api.Get(ctx, path, url.Values{"labelSelector": {selector}})
	if err != nil {
		return nil, err
	}
	var list corev1.ServiceList
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("undecodable list of Services: %s", firstLine(err.Error()))
	}
	return list.Items, nil
}

// candidateOf ranks a Service; false for one without a port to ask, such as an
// exporter's that only shares a label.
func candidateOf(s *corev1.Service) (candidate, bool) {
	c := candidate{namespace: s.Namespace, name: s.Name, scheme: "http", rank: len(wellKnown)}
	for i, l := range wellKnown {
		if s.Labels[l.key] == l.value {
			c.rank = min(c.rank, i)
		}
	}
	if c.rank == len(wellKnown) || strings.Contains(s.Name, "alertmanager") || strings.Contains(s.Name, "exporter") {
		return c, false
	}
	switch name := s.Labels["app.kubernetes.io/name"]; {
	case name == "vmselect":
		c.prefix = prefixes[name]
	case name == "mimir":
		c.prefix = prefixes["query-frontend-mimir"]
	}
	for _, wanted := range []string{"web", "http-web", "http-query", "http", "http-metrics", "https", ""} {
		for _, p := range s.Spec.Ports {
			if p.Name == wanted || wanted == "" && len(s.Spec.Ports) == 1 {
				c.port = p.Port
				if wanted == "https" || p.Port == 443 {
					c.scheme = "https"
				}
				return c, true
			}
		}
	}
	return c, false
}

// InCluster reads an address as KEDA's triggers have it,
// http://prometheus-server.monitoring.svc:80/prefix, and reaches the Service
// through the API server; false for an address outside the cluster.
func InCluster(api *APIServer, address string) (*Prometheus, bool) {
	u, err := Address(address)
	if err != nil {
		return nil, false
	}
	labels := strings.Split(u.Hostname(), ".")
	if len(labels) < 2 || len(labels) > 2 && labels[2] != "svc" {
		return nil, false
	}
	port := 80
	if u.Scheme == "https" {
		port = 443
	}
	if text := u.Port(); text != "" {
		if port, err = strconv.Atoi(text); err != nil {
			return nil, false
		}
	}
	c := candidate{namespace: labels[1], name: labels[0], scheme: u.Scheme, port: int32(port), prefix: strings.TrimSuffix(u.Path, "/")}
	p, err := c.client(api)
	return p, err == nil
}
