package plugin

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/plugin/collect"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// prometheusPatience is how long Prometheus may take to say that it is there.
const prometheusPatience = 5 * time.Second

// newTracer looks for Prometheus: the one that the flag names, else the one
// that the autoscaler's triggers name, else a well-known Service.
func newTracer(ctx context.Context, cluster *clusterFlags, config *rest.Config, objects *inventory.Snapshot, w *inventory.Workload, clock func() time.Time) (*tracer, error) {
	api, err := collect.NewAPIServer(config)
	if err != nil {
		return nil, err
	}
	t := &tracer{objects: objects, workload: w, api: api, scraper: &collect.Scraper{API: api, Now: clock}, clock: clock, now: clock()}
	if cluster.numbers.prometheus == prometheusAuto {
		for _, a := range objects.AutoscalersOf(w) {
			for _, m := range a.Metrics {
				if p, ok := collect.InCluster(api, m.Metadata["serverAddress"]); ok && t.prometheus == nil {
					t.prometheus = p
				}
			}
		}
	}
	// One that hangs shall leave the other hops their time.
	soon, cancel := context.WithTimeout(ctx, prometheusPatience)
	defer cancel()
	if t.prometheus == nil {
		t.prometheus, err = cluster.numbers.client(soon, api)
	}
	if err == nil && t.prometheus != nil {
		err = t.prometheus.Answers(soon)
	}
	switch {
	case err != nil:
		t.prometheus, t.why = nil, err.Error()
	case t.prometheus == nil:
		t.why = "--prometheus none"
	default:
		t.proxy = t.prometheus.ProxyPath
	}
	return t, nil
}

// metric follows one metric. The reading is what the controller gets.
func (t *tracer) metric(ctx context.Context, a *inventory.Autoscaler, hpa *autoscalingv2.HorizontalPodAutoscaler, index int) (metricTrace, sim.Reading) {
	m := a.Metrics[index]
	trace, query := metricTrace{Path: m.Path.String(), Asks: a.Formula()}, hop{}
	if m.Name != inventory.CompositeMetric {
		trace, query = t.source(ctx, a, m)
	}
	api, reading := t.apiHop(ctx, a, hpa, index)
	if t.disagree(ctx, a, promql.ReadingOf(t.objects, m), query, api) {
		api.State, api.Says = hopBroken, fmt.Sprintf("%s, and the query returns %s before and after", api.Says, inventory.Decimal(*query.Value))
	}
	trace.Hops = append(trace.Hops, t.blamed(a, m, api, t.hpaHop(a, hpa, index))...)
	return trace, reading
}

// engineHop asks the pods themselves. Not ok where the number is not theirs: a
// gateway's, a GPU exporter's, or one that nobody knows.
func (t *tracer) engineHop(ctx context.Context, r promql.Reading) (h hop, pages []collect.PodPage, ok bool) {
	names := engineSeries(r)
	if len(names) == 0 {
		return hop{}, nil, false
	}
	h = hop{Hop: "engine", Where: "/metrics of the pods", State: hopOK}
	pages, known := t.scraper.Pages(ctx, t.objects, t.workload, names)
	switch {
	case !known:
		h.State, h.Says = hopUnknown, "it is not known where the engine serves its metrics"
		return h, nil, true
	case len(pages) == 0:
		h.State, h.Says = hopBroken, "no pod runs"
		h.Proof = fmt.Sprintf("kubectl get pods -n %s", t.workload.Object.Namespace)
		return h, nil, true
	}
	h.Where = fmt.Sprintf("%s of %s", pages[0].Path, inventory.Count(int32(len(pages)), "pod"))
	sum, oldest := 0.0, pages[0].At
	var each []string
	var labels []map[string]string
	for _, page := range pages {
		proof := fmt.Sprintf("kubectl get --raw /api/v1/namespaces/%s/pods/%s:%d/proxy%s", t.workload.Object.Namespace, page.Pod, page.Port, page.Path)
		if page.Err != "" {
			h.State, h.Says, h.Proof = hopBroken, "pod "+page.Pod+": "+page.Err, proof
			if strings.Contains(page.Err, "forbidden") {
				h.State = hopUnknown
			}
			return h, nil, true
		}
		for _, name := range names {
			if _, there := page.Values[name]; !there {
				h.State, h.Says, h.Proof = hopBroken, fmt.Sprintf("%s is not among the metrics of pod %s", name, page.Pod), proof+" | grep "+shellQuote(name)
				return h, nil, true
			}
		}
		sum += page.Values[names[0]]
		labels = append(labels, page.Labels[names[0]]...)
		each = append(each, inventory.Decimal(page.Values[names[0]]))
		if page.At.Before(oldest) {
			oldest = page.At
		}
	}
	h.Says = fmt.Sprintf("%s %s (%s)", names[0], inventory.Decimal(sum), strings.Join(each, ", "))
	return h.with(sum).labelled(labels...).aged(t.clock().Sub(oldest)), pages, true
}

// engineSeries are the names of the engine's own series that a reading uses, as
// its page has them.
func engineSeries(r promql.Reading) []string {
	var names []string
	for _, u := range r.Uses {
		if u.Gateway || u.Device || u.Recorded || u.Engine == "" && !u.Known {
			continue
		}
		name := u.Name
		if u.Respelt || r.Rule.Location.Object != nil && u.Known {
			name = u.Metric.Name
		}
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, cut := strings.CutSuffix(name, suffix); cut && u.Metric.Name == base {
				name = base
			}
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// targetHop asks Prometheus whether it scrapes the pods.
func (t *tracer) targetHop(ctx context.Context) hop {
	h := hop{Hop: "prometheus", Where: "targets", State: hopBroken}
	if t.prometheus == nil {
		h.Says = t.why
		if t.why == "--prometheus none" {
			h.State = hopUnknown
		}
		return h
	}
	h.Where, h.Proof = "targets of "+t.prometheus.Name, t.promProof("/api/v1/targets", "state=active")
	targets, err := t.prometheus.Targets(ctx)
	if err != nil {
		h.State, h.Says = hopUnknown, err.Error() // Thanos and Mimir have no targets
		return h
	}
	latest := time.Time{}
	up, fresh := 0, 0
	for _, pod := range t.objects.Pods(t.workload) {
		if pod.Status.Phase != corev1.PodRunning {
			continue
		}
		i := targetOf(targets, pod)
		switch {
		case i < 0 && t.now.Sub(podStart(pod)) < discovery, i >= 0 && !targets[i].Up && targets[i].LastError == "":
			fresh++
			continue
		case i < 0:
			h.Says = fmt.Sprintf("pod %s is no target: no scrape configuration or monitor selects it", pod.Name)
			return h
		case !targets[i].Up:
			h.Says = fmt.Sprintf("the scrape of pod %s fails: %s", pod.Name, targets[i].LastError)
			return h
		}
		up++
		if targets[i].LastScrape.After(latest) {
			latest = targets[i].LastScrape
		}
	}
	h.State, h.Says = hopOK, fmt.Sprintf("%d up", up)
	if fresh > 0 {
		h.Says += fmt.Sprintf(", %d new", fresh)
	}
	if up == 0 {
		return h
	}
	return h.aged(t.clock().Sub(latest))
}

// targetOf is the place at which a pod's target stands, -1 for none. Of several,
// as where a sidecar is scraped too, one that is up counts.
func targetOf(targets []collect.Target, pod *corev1.Pod) int {
	found := -1
	for i, at := range targets {
		if at.Namespace == pod.Namespace && at.Pod == pod.Name && (found < 0 || at.Up && !targets[found].Up) {
			found = i
		}
	}
	return found
}

// discovery is how long a new pod may be unknown to Prometheus: its service
// discovery hands changes on every 5 s, and node and API server take their time.
const discovery = 15 * time.Second

func podStart(pod *corev1.Pod) time.Time {
	if pod.Status.StartTime == nil {
		return pod.CreationTimestamp.Time
	}
	return pod.Status.StartTime.Time
}

// promProof is a command that asks Prometheus the same.
func (t *tracer) promProof(path, query string) string {
	if t.proxy == "" {
		return fmt.Sprintf("curl -g '%s%s?%s'", t.prometheus.Name, path, query)
	}
	return fmt.Sprintf("kubectl get --raw '%s%s?%s'", t.proxy, path, query)
}

// queryHop runs what is asked, word for word.
func (t *tracer) queryHop(ctx context.Context, a *inventory.Autoscaler, r promql.Reading, pages []collect.PodPage) hop {
	h := hop{Hop: "query", Where: r.At().String(), State: hopUnknown}
	expr := strings.TrimSpace(r.ScalingMetric.Query)
	if a.KEDA == nil && r.Source != inventory.SourcePrometheus {
		rule := r.Rule.Location
		switch {
		case rule.Object != nil && r.Query != nil:
			expr = t.adapterQuery(r)
			h.Where = "rule of " + rule.Object.Short()
		case len(t.objects.AdapterRules()) > 0 && rule.Object == nil:
			h.State, h.Says = hopBroken, fmt.Sprintf("no rule of prometheus-adapter makes %s", r.Name)
			h.Where = "rules of " + t.objects.AdapterRules()[0].Location.Object.Short()
			h.Proof = "kubectl get --raw /apis/custom.metrics.k8s.io/v1beta1"
			return h
		}
	}
	if expr == "" {
		h.Says = "it is not known what is asked"
		return h
	}
	if t.prometheus == nil {
		h.Says = "no Prometheus to ask"
		return h
	}
	h.Proof = t.promProof("/api/v1/query", "query="+url.QueryEscape(expr))
	answer, err := t.prometheus.Query(ctx, expr)
	switch {
	case err != nil:
		h.State, h.Says = hopBroken, err.Error()
		return h
	case answer.Series == 0:
		h.State, h.Says = hopBroken, "finds nothing"+t.whereItIs(ctx, r)
		return h
	}
	series, _ := t.prometheus.Series(ctx, expr) // a scalar has none
	h = h.labelled(labelSets(series)...)
	if answer.Series > 1 && a.KEDA != nil {
		h.State, h.Says = hopBroken, fmt.Sprintf("returns %d series, and KEDA fails on more than one%s", answer.Series, differences(series))
		return h
	}
	h.State, h.Says = hopOK, fmt.Sprintf("%s in %d series", inventory.Decimal(answer.Value), answer.Series)
	if stray := t.stray(ctx, r, pages); stray != "" {
		h.State, h.Says = hopBroken, fmt.Sprintf("%s, which counts %s", inventory.Decimal(answer.Value), stray)
	}
	return h.with(answer.Value).aged(t.now.Sub(answer.At))
}

// adapterQuery fills an adapter's rule in as the adapter does for the pods of the
// target (pkg/naming/metrics_query.go).
func (t *tracer) adapterQuery(r promql.Reading) string {
	_, series, _ := promql.RuleOfMetric(t.objects, r.ScalingMetric)
	namespace, pod := r.Rule.Label("namespace"), r.Rule.Label("pod")
	var names []string
	for _, p := range t.objects.Pods(t.workload) {
		names = append(names, p.Name)
	}
	matchers := fmt.Sprintf("%s=%q", namespace, t.workload.Object.Namespace)
	if r.Source == inventory.SourcePods {
		matchers += fmt.Sprintf(",%s=~%q", pod, strings.Join(names, "|"))
	}
	return strings.NewReplacer("<<.Series>>", series, "<<.LabelMatchers>>", matchers, "<<.GroupBy>>", pod).Replace(r.Rule.MetricsQuery)
}
