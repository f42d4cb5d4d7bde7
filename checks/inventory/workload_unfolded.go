package inventory

import (
	"slices"
	"strings"
)

// Unfolded names the objects of which an operator makes model servers in a way
// that their manifests do not tell, and of which no workload is in the snapshot:
// in a cluster the operator's own Deployments are judged.
func (s *Snapshot) Unfolded() []Ref {
	owners := map[Ref]bool{}
	for _, w := range s.Workloads() {
		owners[w.Owner.Ref] = true
	}
	var all []Ref
	for _, kind := range unfoldedKinds {
		for _, o := range s.objects[kind] {
			if !owners[o.Ref] {
				all = append(all, o.Ref)
			}
		}
		for ref := range s.stubs {
			if ref.Kind == kind.String() && ref.Group == kind.Info().Group {
				all = append(all, ref)
			}
		}
	}
	slices.SortFunc(all, func(a, b Ref) int { return strings.Compare(a.String(), b.String()) })
	return all
}

var unfoldedKinds = [...]Kind{LLMInferenceService, DynamoGraphDeployment}
