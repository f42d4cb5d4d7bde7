package inventory

import (
	"slices"
	"strings"
)

// Environment is what a workload is for, as far as names tell.
type Environment uint8

// The environments.
const (
	EnvironmentUnknown Environment = iota
	EnvironmentTrial               // development, tests, demonstrations
	EnvironmentProduction
)

var (
	productionWords = wordSet("prod production")
	trialWords      = wordSet("dev development test testing tests staging sandbox playground demo lab qa ci e2e poc trial experiment experiments")
)

// Environment reads the names of the workload's namespace, and the labels of the
// namespace, the workload and its pods. A word counts as a whole: "prod-eu", not
// "product". Production wins.
func (s *Snapshot) Environment(w *Workload) Environment {
	texts := []string{w.Object.Namespace}
	namespace, _ := s.NamespaceLabels(w.Object.Namespace)
	for _, labels := range []map[string]string{namespace, w.Owner.Meta.Labels, w.Object.Meta.Labels, w.PodLabels()} {
		for _, value := range labels {
			texts = append(texts, value)
		}
	}
	trial := false
	for _, text := range texts {
		// vLLM's production-stack is the name of a chart, wherever it runs.
		words := nameWords(strings.ReplaceAll(text, "production-stack", ""))
		if slices.ContainsFunc(words, func(word string) bool { return productionWords[word] }) {
			return EnvironmentProduction
		}
		trial = trial || slices.ContainsFunc(words, func(word string) bool { return trialWords[word] })
	}
	if trial {
		return EnvironmentTrial
	}
	return EnvironmentUnknown
}

// Apart says whether two manifests that name no namespace are written for
// different environments, as far as their files tell: overlays/dev/hpa.yaml and
// overlays/prod/hpa.yaml. Then they never meet in one namespace.
func (o *Object) Apart(other *Object) bool {
	if o.Namespace != "" || other.Namespace != "" || o.File == other.File {
		return false
	}
	split := func(file string) []string {
		return strings.FieldsFunc(file, func(r rune) bool { return r == '/' || r == '\\' })
	}
	ours, theirs := split(o.File), split(other.File)
	for i := range min(len(ours), len(theirs)) {
		if ours[i] != theirs[i] {
			return namesEnvironment(ours[i]) || namesEnvironment(theirs[i])
		}
	}
	return false
}

func namesEnvironment(text string) bool {
	return slices.ContainsFunc(nameWords(text), func(word string) bool { return productionWords[word] || trialWords[word] })
}
