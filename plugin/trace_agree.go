package plugin

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
	"github.com/infscale/kubectl-infscale/plugin/collect"
)

func labelSets(series []collect.Series) []map[string]string {
	var all []map[string]string
	for _, s := range series {
		all = append(all, s.Labels)
	}
	return all
}

// differences names the labels by which series differ: ": they differ in pod".
func differences(series []collect.Series) string {
	values := map[string]map[string]bool{}
	for _, s := range series {
		for name := range s.Labels {
			values[name] = map[string]bool{}
		}
	}
	for name, seen := range values {
		for _, s := range series {
			seen[s.Labels[name]] = true
		}
		if len(seen) == 1 {
			delete(values, name)
		}
	}
	if len(values) == 0 {
		return ""
	}
	return ": they differ in " + strings.Join(slices.Sorted(maps.Keys(values)), ", ")
}

// whereItIs says whether a series is there under other labels, and which matcher
// none of them meets.
func (t *tracer) whereItIs(ctx context.Context, r promql.Reading) string {
	for _, u := range r.Uses {
		if u.ByPattern || strings.ContainsAny(u.Name, "{}\"") {
			continue
		}
		named := fmt.Sprintf("{__name__=%q}", u.Name)
		found, err := t.prometheus.Query(ctx, "count("+named+")")
		switch {
		case err != nil:
		case found.Series == 0:
			return fmt.Sprintf(": Prometheus has no series %s", u.Name)
		default:
			return fmt.Sprintf(": %s has %.0f series, none with %s", u.Name, found.Value, t.unmet(ctx, u, named))
		}
	}
	return ""
}

// unmet is the matcher that no series meets, with what they have instead.
func (t *tracer) unmet(ctx context.Context, u promql.Use, named string) string {
	for _, m := range u.Selector.Matchers {
		if m.Name == model.MetricNameLabel {
			continue
		}
		series, err := t.prometheus.Series(ctx, fmt.Sprintf("count by (%s) (%s)", m.Name, named))
		if err != nil || len(series) == 0 || slices.ContainsFunc(series, func(s collect.Series) bool { return m.Matches(s.Labels[m.Name]) }) {
			continue
		}
		return m.String() + theirs(m.Name, series)
	}
	return "these labels"
}

// theirs lists a few of the values that a label has.
func theirs(label string, series []collect.Series) string {
	const most = 3
	var values []string
	for _, s := range series {
		values = append(values, fmt.Sprintf("%q", s.Labels[label]))
	}
	slices.Sort(values)
	if values[0] == `""` && len(values) == 1 {
		return ": they have no label " + label
	}
	if more := len(values) - most; more > 0 {
		values = append(values[:most], fmt.Sprintf("%d more", more))
	}
	return ", only with " + strings.Join(values, ", ")
}

// stray says what a query counts besides the workload's own series, each once:
// series of other pods, or more of a pod than its page has, as where two monitors
// scrape one port. Empty where it counts nothing else, or nobody can tell.
func (t *tracer) stray(ctx context.Context, r promql.Reading, pages []collect.PodPage) string {
	if len(pages) == 0 || r.Query == nil || r.Rule.Location.Object != nil || len(r.Uses) != 1 || r.Uses[0].ByPattern {
		return ""
	}
	u := r.Uses[0]
	series, err := t.prometheus.Series(ctx, fmt.Sprintf("count by (namespace, pod) (%s)", u.Selector))
	if err != nil {
		return ""
	}
	own := map[string]bool{}
	for _, pod := range t.objects.Pods(t.workload) {
		own[pod.Name] = true
	}
	var others []string
	for _, s := range series {
		namespace, pod := s.Labels["namespace"], s.Labels["pod"]
		if pod == "" {
			return ""
		}
		if namespace != t.workload.Object.Namespace || !own[pod] && !collect.NamedAfter(t.workload, pod) {
			others = append(others, namespace+"/"+pod)
			continue
		}
		at := slices.IndexFunc(pages, func(p collect.PodPage) bool { return p.Pod == pod })
		if at < 0 {
			continue
		}
		if has := len(pages[at].Labels[u.Name]); has > 0 && int(s.Value) > has {
			return fmt.Sprintf("pod %s more than once: Prometheus has %.0f series of it, its page %d", pod, s.Value, has)
		}
	}
	if len(others) == 0 {
		return ""
	}
	slices.Sort(others)
	return fmt.Sprintf("%s of others, such as %s", inventory.Count(int32(len(others)), "pod"), others[0])
}

// disagree says whether the metrics API tells another number than what it is made
// of. The query is run again: a number that has moved meanwhile proves nothing, and
// neither does what it was a moment ago, since KEDA asks Prometheus for the value
// at the last whole second (pkg/scalers/prometheus_scaler.go).
func (t *tracer) disagree(ctx context.Context, a *inventory.Autoscaler, r promql.Reading, query, api hop) bool {
	if query.State != hopOK || api.State != hopOK || query.Value == nil || api.Value == nil || alike(*query.Value, *api.Value) {
		return false
	}
	asked := strings.TrimSpace(r.ScalingMetric.Query)
	cached, _, _ := r.CachedFor(a)
	if a.KEDA == nil || asked == "" || a.Formula() != "" || cached > 0 {
		return false
	}
	again, err := t.prometheus.Query(ctx, asked)
	if err != nil || again.Series != 1 || !alike(again.Value, *query.Value) {
		return false
	}
	for back := range time.Duration(3) {
		past, err := t.prometheus.QueryAt(ctx, asked, again.At.Truncate(time.Second).Add(-back*time.Second))
		if err != nil || past.Series == 1 && alike(past.Value, *api.Value) {
			return false
		}
	}
	return true
}

// alike leaves room for the thousandths in which metrics APIs count.
func alike(a, b float64) bool {
	const share, least = 0.01, 0.002
	return math.Abs(a-b) <= max(least, share*max(math.Abs(a), math.Abs(b)))
}
