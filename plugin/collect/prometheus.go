package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	prometheus "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// window is what rates and quantiles are over: longer than four scrapes at the
// usual 60 s at most, short enough to be about now.
const window = "5m"

// Prometheus asks a server that speaks Prometheus' HTTP API.
type Prometheus struct {
	// Name says which one in reports: its address, or its Service.
	Name string
	// ProxyPath is its path at the API server; empty where it is reached directly.
	ProxyPath string
	api       prometheus.API
}

// NewPrometheus makes a client of the server at an address. The client carries
// the credentials; nil is the default one.
func NewPrometheus(name, address string, client *http.Client) (*Prometheus, error) {
	if client == nil {
		client = http.DefaultClient
	}
	transport := client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	made, err := api.NewClient(api.Config{Address: address, RoundTripper: onlyGets{transport}})
	if err != nil {
		return nil, err
	}
	return &Prometheus{Name: name, api: prometheus.NewAPI(made)}, nil
}

// onlyGets sends queries as GETs, since an API server's proxy asks for another
// right for a POST, and gives up on answers that are far too large.
type onlyGets struct{ http.RoundTripper }

func (o onlyGets) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodPost {
		form, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		request = request.Clone(request.Context())
		request.Method, request.Body, request.ContentLength = http.MethodGet, nil, 0
		request.URL.RawQuery = string(form)
		request.Header.Del("Content-Type")
	}
	response, err := o.RoundTripper.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	response.Body = &limited{response.Body, maxAnswer}
	return response, nil
}

type limited struct {
	io.ReadCloser
	left int
}

func (l *limited) Read(b []byte) (int, error) {
	n, err := l.ReadCloser.Read(b)
	if l.left -= n; l.left < 0 {
		return 0, fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	}
	return n, err
}

// query asks for one expression, now.
func (p *Prometheus) query(ctx context.Context, expr string) (model.Value, error) {
	value, warnings, _, err := p.api.Query(ctx, expr, time.Time{})
	switch {
	case err != nil:
		return nil, queryError(err)
	case value == nil:
		return nil, errors.New("no Prometheus answers there: the answer has no result")
	case len(warnings) > 0:
		return value, partial(strings.Join(warnings, "; "))
	}
	return value, nil
}

// partial is an answer that the server itself calls incomplete.
type partial string

func (p partial) Error() string { return "a partial answer: " + firstLine(string(p)) }

func queryError(err error) error {
	var answered *prometheus.Error
	if !errors.As(err, &answered) {
		return plain(err)
	}
	text := answered.Msg
	switch answered.Type {
	case prometheus.ErrBadResponse:
		return fmt.Errorf("no Prometheus answers there: %s", firstLine(text))
	case prometheus.ErrClient, prometheus.ErrServer:
		return fmt.Errorf("answers %s", strings.TrimPrefix(strings.TrimPrefix(firstLine(text), "client error: "), "server error: "))
	}
	return errors.New(firstLine(text))
}

// Answers says whether a Prometheus is there.
func (p *Prometheus) Answers(ctx context.Context) error {
	_, err := p.query(ctx, "vector(1)")
	return err
}

// Collect asks for the engines' numbers of every pod, for the GPUs' that are
// told by pod, for the health of the scrapes, and runs the queries of the
// autoscalers.
func (p *Prometheus) Collect(ctx context.Context, objects *inventory.Snapshot) *signals.Set {
	c := &collection{Prometheus: p, ctx: ctx, set: new(signals.Set), objects: objects, pods: map[inventory.Ref]*inventory.Workload{}}
	namespaces := map[string]bool{}
	for _, w := range objects.Workloads() {
		for _, pod := range objects.Pods(w) {
			c.pods[podRef(pod)] = w
			namespaces[pod.Namespace] = true
		}
	}
	if len(c.pods) > 0 {
		c.within = namespaceMatcher(namespaces)
		c.engines()
		c.hardware()
		c.health()
		c.starts()
	}
	c.triggers()
	return c.set
}

func namespaceMatcher(namespaces map[string]bool) string {
	var quoted []string
	for ns := range namespaces {
		quoted = append(quoted, regexp.QuoteMeta(ns))
	}
	slices.Sort(quoted)
	return strings.Join(quoted, "|")
}

// collection is one run of Collect.
type collection struct {
	*Prometheus
	ctx     context.Context
	set     *signals.Set
	objects *inventory.Snapshot
	pods    map[inventory.Ref]*inventory.Workload
	within  string // a regular expression of the namespaces
	dead    bool   // the server does not answer: no more questions
}

func (c *collection) source() string { return "prometheus " + c.Name }

// vector asks, and notes what went wrong. Nothing is asked of a server that is
// not there.
func (c *collection) vector(expr string) model.Vector {
	if c.dead {
		return nil
	}
	value, err := c.query(c.ctx, expr)
	if err != nil {
		c.set.Miss(signals.Gap{Source: c.source(), Reason: err.Error()})
		var incomplete partial
		if !errors.As(err, &incomplete) {
			c.dead = true
		}
	}
	got, _ := value.(model.Vector)
	return got
}

// engines asks once for each term of each engine that runs.
func (c *collection) engines() {
	fleets := map[*inventory.Workload]*fleet{}
	asked := map[inventory.EngineID]bool{}
	for _, w := range c.objects.Workloads() {
		engine := w.EngineID()
		if asked[engine] {
			continue
		}
		asked[engine] = true
		told := map[told]bool{}
		for _, t := range dialect(engine) {
			for _, name := range t.series {
				c.term(engine, t, name, told, fleets)
			}
		}
	}
	for _, f := range fleets {
		f.source = c.source()
		f.tell(c.set)
	}
}

// told is a number that an earlier term of the metric brought already.
type told struct {
	metric signals.Metric
	pod    inventory.Ref
}

func (c *collection) term(engine inventory.EngineID, t term, name string, done map[told]bool, fleets map[*inventory.Workload]*fleet) {
	amounts := map[inventory.Ref]amount{}
	at := map[inventory.Ref]time.Time{}
	for _, sample := range c.vector(t.expr(name, c.within)) {
		pod, ok := podOf(sample.Metric)
		if w := c.pods[pod]; !ok || w == nil || w.EngineID() != engine || math.IsNaN(float64(sample.Value)) {
			continue
		}
		got := amounts[pod]
		if t.read == quantile {
			if got.buckets == nil {
				got.buckets = buckets{}
			}
			bound, err := parseBound(string(sample.Metric[model.BucketLabel]))
			if err != nil {
				continue
			}
			got.buckets[bound] += float64(sample.Value)
		} else {
			got.value = float64(sample.Value) * t.factor()
		}
		amounts[pod], at[pod] = got, sample.Timestamp.Time()
	}
	for pod, got := range amounts {
		if done[told{t.metric, pod}] || t.read == quantile && got.buckets.total() == 0 {
			continue
		}
		done[told{t.metric, pod}] = true
		w := c.pods[pod]
		if fleets[w] == nil {
			fleets[w] = &fleet{of: w.Ref(), sums: map[signals.Metric]*total{}}
		}
		fleets[w].add(t, got, at[pod])
		if value, ok := got.number(t); ok {
			c.set.Add(signals.Sample{Metric: t.metric, Of: pod, Value: value, At: at[pod], Source: c.source()})
		}
	}
}

// expr is the term as a question about every pod of some namespaces.
func (t term) expr(name, within string) string {
	matchers := fmt.Sprintf("namespace=~%q", within)
	if t.label != "" {
		matchers += fmt.Sprintf(",%s=%q", t.label, t.value)
	}
	switch t.read {
	case quantile:
		return fmt.Sprintf("sum by (namespace, pod, le) (rate(%s_bucket{%s}[%s]))", name, matchers, window)
	case rate:
		return fmt.Sprintf("sum by (namespace, pod) (rate(%s{%s}[%s]))", name, matchers, window)
	case share:
		return fmt.Sprintf("max by (namespace, pod) (%s{%s})", name, matchers)
	}
	return fmt.Sprintf("sum by (namespace, pod) (%s{%s})", name, matchers)
}

// podOf reads the pod that a series is about. Where a scrape's own labels won,
// the exporter's are in exported_pod and exported_namespace.
func podOf(labels model.Metric) (inventory.Ref, bool) {
	ref := inventory.Ref{Kind: inventory.Pod.String(), Namespace: string(labels["namespace"]), Name: string(labels["pod"])}
	if name := labels["exported_pod"]; name != "" {
		ref.Namespace, ref.Name = string(labels["exported_namespace"]), string(name)
	}
	return ref, ref.Name != ""
}

// hardware asks what dcgm-exporter tells of pods.
func (c *collection) hardware() {
	for _, t := range dcgmTerms() {
		sums := map[inventory.Ref][]float64{}
		var at time.Time
		expr := fmt.Sprintf("max by (namespace, pod, exported_namespace, exported_pod, gpu, GPU_I_ID) (%s)", t.series[0])
		for _, sample := range c.vector(expr) {
			if pod, ok := podOf(sample.Metric); ok && c.pods[pod] != nil {
				sums[pod] = append(sums[pod], float64(sample.Value)*t.factor())
				at = sample.Timestamp.Time()
			}
		}
		for pod, values := range sums {
			if _, known := c.set.Of(t.metric, pod); known {
				continue
			}
			c.set.Add(signals.Sample{Metric: t.metric, Of: pod, Value: mean(values), At: at, Source: c.source()})
		}
	}
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// health asks whether Prometheus scrapes the pods; a pod with several targets
// is well when one of them is.
func (c *collection) health() {
	for _, sample := range c.vector(fmt.Sprintf("max by (namespace, pod) (up{namespace=~%q})", c.within)) {
		if pod, ok := podOf(sample.Metric); ok && c.pods[pod] != nil {
			c.set.Add(signals.Sample{Metric: signals.ScrapeHealth, Of: pod, Value: float64(sample.Value), At: sample.Timestamp.Time(), Source: c.source()})
		}
	}
}

// triggers runs the queries of the autoscalers as KEDA does: one number is
// wanted, and how many series came back is told as well.
func (c *collection) triggers() {
	for _, a := range c.objects.Autoscalers() {
		for _, m := range a.Metrics {
			if m.Source != inventory.SourcePrometheus || m.Query == "" || c.dead {
				continue
			}
			value, err := c.query(c.ctx, m.Query)
			if err != nil {
				c.set.Miss(signals.Gap{Source: c.source(), Reason: fmt.Sprintf("%s of %s: %v", m.QueryPath, a.Object.Short(), err)})
				continue
			}
			c.trigger(a, m, value)
		}
	}
}

func (c *collection) trigger(a *inventory.Autoscaler, m inventory.ScalingMetric, value model.Value) {
	sample := signals.Sample{Of: a.Object.Ref, Part: m.Path.String(), Source: c.source()}
	var numbers []model.SampleValue
	switch got := value.(type) {
	case model.Vector:
		for _, s := range got {
			numbers = append(numbers, s.Value)
			sample.At = s.Timestamp.Time()
		}
	case *model.Scalar:
		numbers, sample.At = []model.SampleValue{got.Value}, got.Timestamp.Time()
	default:
		return
	}
	if len(numbers) == 0 {
		sample.At = time.Now()
	}
	sample.Metric, sample.Value = signals.TriggerSeries, float64(len(numbers))
	c.set.Add(sample)
	if len(numbers) == 1 && !math.IsNaN(float64(numbers[0])) {
		sample.Metric, sample.Value = signals.TriggerValue, float64(numbers[0])
		c.set.Add(sample)
	}
}

// parseBound reads a bucket's upper bound as exporters write it.
func parseBound(text string) (float64, error) {
	var value model.SampleValue
	err := value.UnmarshalJSON([]byte(`"` + text + `"`))
	return float64(value), err
}

// WithToken returns a client that sends a bearer token and keeps the rest.
func WithToken(client *http.Client, token string) *http.Client {
	if token == "" {
		return client
	}
	base := http.DefaultTransport
	if client != nil && client.Transport != nil {
		base = client.Transport
	}
	return &http.Client{Transport: bearer{base, token}}
}

type bearer struct {
	http.RoundTripper
	token string
}

func (b bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+b.token)
	return b.RoundTripper.RoundTrip(request)
}

// Address checks what a user or a manifest calls a Prometheus.
func Address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("not an address")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("an address begins with http:// or https://, found %q", text)
	}
	return u, nil
}
