package promql

import (
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Misspelt says whether no exporter has the name: it has an underscore where
// the engine has a colon. Names with Ray's prefix are left out, since Ray
// rewrites them itself.
func (u Use) Misspelt() bool {
	return u.Respelt && !strings.HasPrefix(u.Name, "ray_")
}

// Misspelt returns the series that the query reads by a misspelt name.
func (q *Query) Misspelt() []Use {
	var all []Use
	for _, u := range q.Uses() {
		if u.Misspelt() {
			all = append(all, u)
		}
	}
	return all
}

// Exported is the name that the engine gives a misspelt series.
func (u Use) Exported() string { return strings.Replace(u.Name, "_", ":", 1) }

// Respell returns the query with the names of Misspelt as the engines spell
// them; see Rename.
func (q *Query) Respell() (string, bool) {
	wrong := map[string]string{}
	for _, u := range q.Misspelt() {
		wrong[u.Name] = u.Exported()
	}
	return q.Rename(wrong)
}

// Rename returns the query with other names for some of its series, and every
// other byte as it was. It is false where a name is not written before the
// braces, and where none of them is there.
func (q *Query) Rename(names map[string]string) (string, bool) {
	text, changed := q.text, false
	list := selectors(q.expr)
	for i := len(list) - 1; i >= 0; i-- { // from the back, so that places stay
		written := Selector{Matchers: list[i].LabelMatchers}.names()
		if len(written) != 1 || names[written[0]] == "" {
			continue
		}
		at, ok := q.fill.origin(int(list[i].PosRange.Start))
		if !ok || !strings.HasPrefix(text[at:], list[i].Name) || list[i].Name == "" {
			return "", false
		}
		text, changed = text[:at]+names[written[0]]+text[at+len(list[i].Name):], true
	}
	return text, changed
}

// Successor is the name that took the place of a retired series, in the query's
// own spelling and with its suffix; empty where nothing did.
func (u Use) Successor() string {
	_, old, _ := strings.Cut(u.Metric.Name, ":")
	_, now, _ := strings.Cut(u.Metric.Replacement, ":")
	if now == "" {
		return ""
	}
	return strings.Replace(u.Name, old, now, 1)
}

// WrittenSeries is the one series that a rule of prometheus-adapter finds by
// its name, false where the rule finds series by a pattern.
func WrittenSeries(rule inventory.AdapterRule) (Use, bool) {
	q, err := Parse(rule.SeriesQuery)
	if err != nil {
		return Use{}, false
	}
	uses := q.Uses()
	if len(uses) != 1 || uses[0].ByPattern {
		return Use{}, false
	}
	return uses[0], true
}

// ColonsRewritten says whether something on the way to Prometheus may turn the
// colons of names into underscores: an OpenTelemetry collector is in the
// snapshot, or a query or an adapter rule goes by labels that only a collector
// writes.
func ColonsRewritten(s *inventory.Snapshot) bool {
	var texts []string
	for _, a := range s.Autoscalers() {
		for _, m := range a.Metrics {
			texts = append(texts, m.Query)
		}
	}
	for _, rule := range s.AdapterRules() {
		texts = append(texts, rule.SeriesQuery, rule.MetricsQuery, rule.Label("pod"))
	}
	for _, text := range texts {
		for _, label := range []string{"k8s_pod_name", "k8s_namespace_name", "k8s_container_name", "k8s_deployment_name", "otel_scope_", "service_instance_id"} {
			if strings.Contains(text, label) {
				return true
			}
		}
	}
	return s.OpenTelemetry()
}
