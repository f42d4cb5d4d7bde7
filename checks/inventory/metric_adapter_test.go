package inventory

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

const adapterManifest = `apiVersion: v1
kind: ConfigMap
metadata: {name: prometheus-adapter, namespace: monitoring}
data:
  notes: mentions seriesQuery and is no configuration
  list: '["seriesQuery"]'
  config.yaml: |
    rules:
    - seriesQuery: 'vllm:num_requests_waiting{namespace!="",pod!=""}'
      seriesFilters: [{is: "^vllm:"}, {isNot: _by_reason$}]
      resources:
        overrides:
          namespace: {resource: namespace}
          kubernetes_pod: {resource: pods}
      name:
        matches: "^vllm:(.*)$"
        as: "vllm_${1}"
      metricsQuery: avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
    - seriesQuery: '{__name__=~"^container_.*"}'
      resources: {template: "kube_<<.Resource>>_name"}
      name: {matches: "^container_(.*)_total$"}
      metricsQuery: sum(<<.Series>>)
    externalRules:
    - seriesQuery: wva_desired_replicas
      metricsQuery: <<.Series>>{<<.LabelMatchers>>}
  quoted: "externalRules: [{seriesQuery: a, metricsQuery: b}]"
`

func adapterSnapshot(t *testing.T, text string) *Snapshot {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		t.Fatal(err)
	}
	o, fields, err := Read(&node, "adapter.yaml")
	if err != nil || len(fields) > 0 {
		t.Fatal(err, fields)
	}
	b := NewBuilder()
	b.Add(o)
	return b.Build()
}

func TestAdapterRules(t *testing.T) {
	var reads Reads
	rules := adapterSnapshot(t, adapterManifest).Recording(&reads).AdapterRules()
	want := []struct {
		path     string
		line     int
		external bool
		query    string
	}{
		{"data[config.yaml].rules[0]", 9, false, "avg(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)"},
		{"data[config.yaml].rules[1]", 19, false, "sum(<<.Series>>)"},
		{"data[config.yaml].externalRules[0]", 24, true, "<<.Series>>{<<.LabelMatchers>>}"},
		{"data.quoted.externalRules[0]", 26, true, "b"}, // a quoted string keeps no lines apart
	}
	if len(rules) != len(want) {
		t.Fatalf("%d rules, want %d", len(rules), len(want))
	}
	for i, w := range want {
		r := rules[i]
		if r.Location.Path.String() != w.path || r.Location.Line != w.line || r.Location.File != "adapter.yaml" {
			t.Errorf("rule %d at %s line %d, want %s line %d", i, r.Location.Path, r.Location.Line, w.path, w.line)
		}
		if r.External != w.external || r.MetricsQuery != w.query {
			t.Errorf("rule %d: external %v, query %s", i, r.External, r.MetricsQuery)
		}
	}
	if !reads[ConfigMap] {
		t.Error("reading the rules was not recorded as reading ConfigMaps")
	}
}

func TestAdapterMetricName(t *testing.T) {
	for _, test := range []struct {
		name   string
		rule   AdapterRule
		series string
		want   string // empty: passed over
	}{
		{"no name: the series' own, nothing stripped", AdapterRule{}, "http_requests_total", "http_requests_total"},
		{"one group is the name", AdapterRule{Matches: "^(.*)_total$"}, "http_requests_total", "http_requests"},
		{"matches filters", AdapterRule{Matches: "^(.*)_total$"}, "http_requests", ""},
		{"a template", AdapterRule{Matches: "^vllm:(.*)$", As: "vllm_${1}"}, "vllm:num_requests_waiting", "vllm_num_requests_waiting"},
		{"a fixed name", AdapterRule{As: "queue"}, "vllm:num_requests_waiting", "queue"},
		{"not anchored", AdapterRule{Matches: "requests", As: "q"}, "vllm:num_requests_waiting", "q"},
		{"two groups need a template", AdapterRule{Matches: "^(a)(b)$"}, "ab", ""},
		{"a filter that fits", AdapterRule{SeriesFilters: []SeriesFilter{{Is: "^vllm:"}}}, "vllm:a", "vllm:a"},
		{"a filter that does not", AdapterRule{SeriesFilters: []SeriesFilter{{Is: "^vllm:"}}}, "sglang:a", ""},
		{"a filter that excludes", AdapterRule{SeriesFilters: []SeriesFilter{{IsNot: "_by_reason$"}}}, "a_by_reason", ""},
		{"a pattern that is none", AdapterRule{Matches: "("}, "a", ""},
	} {
		got, ok := test.rule.MetricName(test.series)
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q %v, want %q", test.name, got, ok, test.want)
		}
	}
}

func TestAdapterLabel(t *testing.T) {
	rules := adapterSnapshot(t, adapterManifest).AdapterRules()
	for _, test := range []struct {
		rule           AdapterRule
		resource, want string
	}{
		{rules[0], "pod", "kubernetes_pod"},
		{rules[0], "namespace", "namespace"},
		{rules[0], "service", "service"},
		{rules[1], "pod", "kube_pod_name"},
		{rules[2], "pod", "pod"},
	} {
		if got := test.rule.Label(test.resource); got != test.want {
			t.Errorf("label of %s is %q, want %q", test.resource, got, test.want)
		}
	}
}
