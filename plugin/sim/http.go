package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// RoundTrip answers what follows a metric through a cluster: lists of Services,
// the pods' /metrics and Prometheus behind the API server's proxies, and the
// metrics APIs. Nothing leaves the process. What an API server would not know is
// answered with 404.
func (w *World) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer request.Body.Close()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	reply := w.answer(request.URL)
	if reply.body == nil {
		reply = refuse(http.StatusNotFound, "the server could not find the requested resource")
	}
	body, kind, status := reply.body, reply.kind, reply.status
	return &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: request,
	}, nil
}

const (
	jsonType = "application/json"
	pageType = "text/plain; version=0.0.4; charset=utf-8"
)

// The paths that are known.
var (
	servicesPath = regexp.MustCompile(`^/api/v1/(?:namespaces/([^/]+)/)?services$`)
	proxyPath    = regexp.MustCompile(`^/api/v1/namespaces/([^/]+)/(pods|services)/([^/:]+)(?::[^/]*)?/proxy(/.*)$`)
	metricsPath  = regexp.MustCompile(`^/apis/(external|custom)\.metrics\.k8s\.io/v1beta1/namespaces/([^/]+)/(?:pods/\*/)?([^/]+)$`)
)

// reply is an answer; one without a body is none.
type reply struct {
	status int
	kind   string
	body   []byte
}

func found(kind string, body []byte) reply { return reply{http.StatusOK, kind, body} }

func refuse(status int, message string) reply {
	body := encoded(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status})
	return reply{status, jsonType, body}
}

func (w *World) answer(u *url.URL) reply {
	if m := servicesPath.FindStringSubmatch(u.Path); m != nil {
		return found(jsonType, w.services(m[1], u.Query().Get("labelSelector")))
	}
	if m := metricsPath.FindStringSubmatch(u.Path); m != nil {
		return w.metricsAPI(m[1], m[2], m[3])
	}
	m := proxyPath.FindStringSubmatch(u.Path)
	switch {
	case m == nil:
		return reply{}
	case m[2] == "pods":
		return w.page(m[1], m[3])
	case !w.isPrometheus(m[1], m[3]):
		return reply{}
	}
	return found(jsonType, w.prometheus(m[4], u.Query()))
}

func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return text
}

func (w *World) services(namespace, selector string) []byte {
	wanted, err := labels.Parse(selector)
	if err != nil {
		return nil
	}
	items := []any{}
	for _, o := range w.static.List(inventory.Service) {
		if (namespace == "" || namespace == o.Namespace) && wanted.Matches(labels.Set(o.Meta.Labels)) {
			items = append(items, w.store.docs[o.Ref].fields)
		}
	}
	return encoded(map[string]any{"kind": "ServiceList", "apiVersion": "v1", "items": items})
}

// isPrometheus says whether a Service is a Prometheus' by its label.
func (w *World) isPrometheus(namespace, name string) bool {
	o, _ := w.static.Find(inventory.Ref{Kind: "Service", Namespace: namespace, Name: name})
	return o != nil && inventory.As[corev1.Service](o) != nil && o.Meta.Labels["app.kubernetes.io/name"] == "prometheus"
}

// page is a pod's /metrics; a pod that loads does not answer.
func (w *World) page(namespace, name string) reply {
	for _, f := range w.fleets {
		for _, p := range f.pods {
			switch {
			case f.ref.Namespace != namespace || p.name != name:
			case p.answers(w.now):
				return found(pageType, f.page(p, w.now))
			default:
				return refuse(http.StatusServiceUnavailable, fmt.Sprintf("error trying to reach service: dial tcp %s:8000: connect: connection refused", p.ip))
			}
		}
	}
	return reply{}
}

func (f *fleet) page(p *pod, now time.Time) []byte {
	copied := *p
	f.look(&copied, now)
	var b bytes.Buffer
	for i := range f.exports {
		e := &f.exports[i]
		if e.hardware || e.own || !copied.seen.has(e.of) {
			continue
		}
		kind := "gauge"
		switch {
		case e.of >= quantities:
			kind = "histogram"
		case e.of == qPrompt || e.of == qGenerated || e.of == qServed:
			kind = "counter"
		}
		if i == 0 || f.exports[i-1].name != e.name {
			fmt.Fprintf(&b, "# TYPE %s %s\n", e.name, kind)
		}
		for _, s := range e.series(&copied) {
			fmt.Fprintf(&b, "%s{", s.name)
			sep := ""
			for _, name := range append([]string{"model_name", "le"}, everySecond(e.extra)...) {
				if value := s.labels.Get(name); value != "" {
					fmt.Fprintf(&b, "%s%s=%q", sep, name, value)
					sep = ","
				}
			}
			fmt.Fprintf(&b, "} %s\n", strconv.FormatFloat(s.value(&copied.seen), 'g', -1, 64))
		}
	}
	return b.Bytes()
}

func everySecond(pairs []string) []string {
	var names []string
	for i := 0; i < len(pairs); i += 2 {
		names = append(names, pairs[i])
	}
	return names
}

// prometheus answers two questions of Prometheus' HTTP API.
func (w *World) prometheus(path string, query url.Values) []byte {
	switch path {
	case "/api/v1/query":
		points, err := w.instant(query.Get("query"))
		if err != nil {
			return encoded(map[string]any{"status": "error", "errorType": "bad_data", "error": err.Error()})
		}
		result := []any{}
		for _, p := range points {
			result = append(result, map[string]any{"metric": p.labels.Map(), "value": []any{float64(w.now.UnixMilli()) / milli, strconv.FormatFloat(p.value, 'f', -1, 64)}})
		}
		return encoded(map[string]any{"status": "success", "data": map[string]any{"resultType": "vector", "result": result}})
	case "/api/v1/targets":
		return encoded(map[string]any{"status": "success", "data": map[string]any{"activeTargets": w.targets(), "droppedTargets": []any{}}})
	}
	return nil
}

// targets are the pods that Prometheus scrapes: up once the engine answers.
func (w *World) targets() []any {
	all := []any{}
	for _, f := range w.fleets {
		for _, p := range f.pods {
			if !f.scraped || !p.isRunning(w.now) || p.seen.at.IsZero() {
				continue
			}
			health, failure := "up", ""
			if !p.answers(p.seen.at) {
				health, failure = "down", fmt.Sprintf("Get \"http://%s:8000/metrics\": connect: connection refused", p.ip)
			}
			all = append(all, map[string]any{
				"discoveredLabels": map[string]string{"__address__": p.ip + ":8000", "__meta_kubernetes_namespace": f.ref.Namespace, "__meta_kubernetes_pod_name": p.name},
				"labels":           p.series.Map(), "scrapePool": f.ref.Name, "scrapeUrl": "http://" + p.ip + ":8000/metrics",
				"health": health, "lastError": failure, "lastScrape": p.seen.at.Format(time.RFC3339Nano), "lastScrapeDuration": 0.01,
			})
		}
	}
	return all
}

// metricsAPI is what the HPA controller is told.
func (w *World) metricsAPI(group, namespace, metric string) reply {
	for _, s := range w.scalers {
		if s.hpa.Namespace != namespace {
			continue
		}
		for i, m := range s.hpa.Spec.Metrics {
			external := group == "external" && m.External != nil && m.External.Metric.Name == metric
			custom := group == "custom" && m.Pods != nil && m.Pods.Metric.Name == metric
			if external || custom {
				return w.metricItems(s, i, metric)
			}
		}
	}
	return reply{}
}

func (w *World) metricItems(s *scaler, i int, metric string) reply {
	var r Reading
	if s.keda != nil {
		before := append([]int32(nil), s.keda.failures...)
		r = w.reading(s, i)
		s.keda.failures = before // a look is no failure of KEDA's
	} else {
		r = w.reading(s, i)
	}
	if r.Err != "" {
		return refuse(http.StatusInternalServerError, r.Err)
	}
	at := w.now.Format(time.RFC3339)
	items := []any{}
	for _, p := range s.fleet.pods {
		if value, ok := r.PerPod[p.name]; ok {
			described := map[string]string{"kind": "Pod", "namespace": s.hpa.Namespace, "name": p.name, "apiVersion": "/v1"}
			items = append(items, map[string]any{"describedObject": described, "metricName": metric, "timestamp": at, "value": fmt.Sprintf("%dm", value)})
		}
	}
	if r.PerPod == nil {
		items = append(items, map[string]any{"metricName": metric, "timestamp": at, "value": fmt.Sprintf("%dm", r.Value), "metricLabels": map[string]string{}})
	}
	return found(jsonType, encoded(map[string]any{"kind": "MetricValueList", "items": items}))
}
