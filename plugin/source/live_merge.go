package source

import (
	"cmp"
	"slices"
	"strings"
)

// maxMerged bounds how many workloads one list of pods is for: the selector is
// part of the address.
const maxMerged = 40

// mergeSelections puts selectors of one namespace that differ in the value of
// one label alone into one: app=a and app=b become app in (a,b). Ten models of
// one chart are one list of pods then, not ten.
func mergeSelections(all []liveSelection) []liveSelection {
	slices.SortFunc(all, compareSelections)
	all = slices.Compact(all)
	var merged []liveSelection
	for len(all) > 0 {
		first := all[0]
		key, with := widest(first, all[1:])
		values, rest := []string{first.value(key)}, all[1:1]
		for _, other := range all[1:] {
			if slices.Contains(with, other) && len(values) < maxMerged {
				values = append(values, other.value(key))
			} else {
				rest = append(rest, other)
			}
		}
		if len(values) > 1 {
			first.labels = first.without(key) + key + " in (" + strings.Join(values, ",") + ")"
		}
		merged, all = append(merged, first), rest
	}
	return merged
}

func compareSelections(a, b liveSelection) int {
	kind := 0
	if a.deployment != b.deployment {
		kind = 1
		if a.deployment {
			kind = -1
		}
	}
	return cmp.Or(cmp.Compare(a.namespace, b.namespace), kind, cmp.Compare(a.labels, b.labels))
}

// widest finds the label of s by whose value alone the most others differ.
func widest(s liveSelection, others []liveSelection) (key string, with []liveSelection) {
	if !s.plain() {
		return "", nil
	}
	for _, pair := range strings.Split(s.labels, ",") {
		candidate, _, _ := strings.Cut(pair, "=")
		var alike []liveSelection
		for _, other := range others {
			if other.namespace == s.namespace && other.deployment == s.deployment && other.plain() &&
				other.without(candidate) == s.without(candidate) && other.value(candidate) != "" {
				alike = append(alike, other)
			}
		}
		if len(alike) > len(with) {
			key, with = candidate, alike
		}
	}
	return key, with
}

// plain says whether the selector is key=value pairs and nothing else.
func (s liveSelection) plain() bool {
	return !strings.ContainsAny(s.labels, "! ()<>") && strings.Contains(s.labels, "=")
}

func (s liveSelection) value(key string) string {
	for _, pair := range strings.Split(s.labels, ",") {
		if k, v, _ := strings.Cut(pair, "="); k == key {
			return v
		}
	}
	return ""
}

// without is the selector's other pairs, each with a comma behind it.
func (s liveSelection) without(key string) string {
	var b strings.Builder
	for _, pair := range strings.Split(s.labels, ",") {
		if k, _, _ := strings.Cut(pair, "="); k != key {
			b.WriteString(pair + ",")
		}
	}
	return b.String()
}
