package inventory

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
)

// AdapterRule is one discovery rule of prometheus-adapter: which series it
// finds, what it calls them in the metrics API, and what it asks Prometheus
// for.
type AdapterRule struct {
	// SeriesQuery selects the series, as a PromQL selector; SeriesFilters
	// narrow them by name.
	SeriesQuery   string
	SeriesFilters []SeriesFilter
	// Matches and As turn a series' name into the metric's; both may be empty.
	Matches, As string
	// MetricsQuery is a template with <<.Series>>, <<.LabelMatchers>> and
	// <<.GroupBy>>.
	MetricsQuery string
	// External marks the rules of the external metrics API; the others serve
	// custom metrics (Pods and Object).
	External bool
	// Location is the rule's place in its ConfigMap.
	Location Location

	resourceLabels map[string]string // resource → label
	labelTemplate  string
}

// SeriesFilter is a regular expression that a series' name must or must not
// match; only one of the two is set. Neither is anchored.
type SeriesFilter struct {
	Is    string `json:"is"`
	IsNot string `json:"isNot"`
}

// adapterConfig and adapterRule are prometheus-adapter's pkg/config.
type adapterConfig struct {
	Rules         []adapterRule `json:"rules"`
	ExternalRules []adapterRule `json:"externalRules"`
}

type adapterRule struct {
	SeriesQuery   string         `json:"seriesQuery"`
	SeriesFilters []SeriesFilter `json:"seriesFilters"`
	Resources     struct {
		Template  string `json:"template"`
		Overrides map[string]struct {
			Resource string `json:"resource"`
		} `json:"overrides"`
	} `json:"resources"`
	Name struct {
		Matches string `json:"matches"`
		As      string `json:"as"`
	} `json:"name"`
	MetricsQuery string `json:"metricsQuery"`
}

// AdapterRules returns the rules of every prometheus-adapter configuration in
// the snapshot, in the order in which the adapter tries them. Any ConfigMap
// key counts whose text has rules with a seriesQuery: charts and hand-written
// manifests name it differently.
func (s *Snapshot) AdapterRules() []AdapterRule {
	s.read(ConfigMap)
	return slices.Clone(s.adapterRules.get(func() []AdapterRule { return findAdapterRules(s.objects[ConfigMap]) }))
}

func findAdapterRules(configMaps []*Object) []AdapterRule {
	var all []AdapterRule
	for _, o := range configMaps {
		content := As[corev1.ConfigMap](o)
		if content == nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(content.Data)) {
			if strings.Contains(content.Data[key], "seriesQuery") {
				all = append(all, readAdapterRules(o, key, content.Data[key])...)
			}
		}
	}
	return all
}

func readAdapterRules(o *Object, key, text string) []AdapterRule {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	root := doc.Content[0]
	var config adapterConfig
	decodeInto(root, &config)
	read := func(list string, rules []adapterRule, external bool) []AdapterRule {
		var all []AdapterRule
		for i, rule := range rules {
			if rule.SeriesQuery != "" {
				r := rule.read(external)
				r.Location = embedded(o, root, Path{"data", key}, Path{list, i})
				all = append(all, r)
			}
		}
		return all
	}
	return append(read("rules", config.Rules, false), read("externalRules", config.ExternalRules, true)...)
}

func (r adapterRule) read(external bool) AdapterRule {
	labels := map[string]string{}
	for _, label := range slices.Backward(slices.Sorted(maps.Keys(r.Resources.Overrides))) {
		labels[strings.TrimSuffix(r.Resources.Overrides[label].Resource, "s")] = label
	}
	return AdapterRule{
		SeriesQuery: r.SeriesQuery, SeriesFilters: r.SeriesFilters,
		Matches: r.Name.Matches, As: r.Name.As, MetricsQuery: r.MetricsQuery, External: external,
		resourceLabels: labels, labelTemplate: r.Resources.Template,
	}
}

// embedded locates a field of a document that is a string in another one. Only
// a literal block keeps the lines apart; elsewhere the string itself is named.
func embedded(o *Object, root *yaml.Node, outer, inner Path) Location {
	loc := o.At(outer...)
	loc.Path = outer.Join(inner...)
	if o.root == nil {
		return loc
	}
	host, node := o.root, root
	for _, step := range outer {
		if _, host = child(host, step); host == nil {
			return loc
		}
	}
	for _, step := range inner {
		if _, node = child(node, step); node == nil {
			return loc
		}
	}
	if host.Style&yaml.LiteralStyle != 0 {
		loc.Line, loc.Column = host.Line+node.Line, 1
	}
	return loc
}

// MetricName returns what the rule calls a series, and false where the rule
// passes over it by name. It does not look at SeriesQuery. Without "as" the
// name is the one capture group of "matches", or all of it: nothing is
// stripped unless the rule says so (pkg/naming/metric_namer.go).
func (r AdapterRule) MetricName(series string) (string, bool) {
	for _, filter := range r.SeriesFilters {
		pattern, wanted := filter.Is, true
		if pattern == "" {
			pattern, wanted = filter.IsNot, false
		}
		re, err := regexp.Compile(pattern)
		if err != nil || re.MatchString(series) != wanted {
			return "", false
		}
	}
	pattern := r.Matches
	if pattern == "" {
		pattern = ".*"
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", false
	}
	as := r.As
	if as == "" {
		switch re.NumSubexp() {
		case 0:
			as = "$0"
		case 1:
			as = "$1"
		default:
			return "", false // the adapter refuses to start with such a rule
		}
	}
	found := re.FindStringSubmatchIndex(series)
	if found == nil {
		return "", false
	}
	return string(re.ExpandString(nil, as, series, found)), true
}

// Label returns the label that stands for a resource in the rule's series:
// Label("pod"). Where the rule names none it is the resource's own name.
func (r AdapterRule) Label(resource string) string {
	if label, ok := r.resourceLabels[resource]; ok {
		return label
	}
	before, rest, found := strings.Cut(r.labelTemplate, "<<")
	if !found {
		return resource
	}
	field, after, closed := strings.Cut(rest, ">>")
	if !closed || strings.TrimSpace(field) != ".Resource" {
		return resource
	}
	return before + resource + after
}
