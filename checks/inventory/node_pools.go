package inventory

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// NodePoolContent is karpenter.sh/v1 NodePool.
type NodePoolContent struct {
	Spec struct {
		// Replicas is written for a pool of a fixed size, which nothing
		// consolidates.
		Replicas   *int64              `json:"replicas,omitempty"`
		Limits     corev1.ResourceList `json:"limits,omitempty"`
		Disruption struct {
			ConsolidationPolicy string `json:"consolidationPolicy,omitempty"`
			ConsolidateAfter    string `json:"consolidateAfter,omitempty"`
			Budgets             []struct {
				Nodes    string   `json:"nodes,omitempty"`
				Reasons  []string `json:"reasons,omitempty"`
				Schedule string   `json:"schedule,omitempty"`
			} `json:"budgets,omitempty"`
		} `json:"disruption"`
		Template struct {
			Metadata struct {
				Labels      map[string]string `json:"labels,omitempty"`
				Annotations map[string]string `json:"annotations,omitempty"`
			} `json:"metadata"`
			Spec struct {
				Taints                 []corev1.Taint                   `json:"taints,omitempty"`
				Requirements           []corev1.NodeSelectorRequirement `json:"requirements,omitempty"`
				TerminationGracePeriod *string                          `json:"terminationGracePeriod,omitempty"`
				ExpireAfter            string                           `json:"expireAfter,omitempty"`
			} `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
	Status struct {
		// Resources are what all nodes of the pool hold together.
		Resources corev1.ResourceList `json:"resources,omitempty"`
	} `json:"status"`
}

// Pool is a Karpenter NodePool and its content.
type Pool struct {
	Object *Object
	*NodePoolContent
}

// poolLabel names the pool on Karpenter's nodes.
const poolLabel = "karpenter.sh/nodepool"

// Pools returns Karpenter's NodePools.
func (s *Snapshot) Pools() []Pool {
	var all []Pool
	for _, o := range s.List(NodePool) {
		if c := As[NodePoolContent](o); c != nil && !o.Fragment {
			all = append(all, Pool{o, c})
		}
	}
	return all
}

// PoolsUnder returns the pools on whose nodes pods of the workload run.
func (s *Snapshot) PoolsUnder(w *Workload) []Pool {
	under := map[string]bool{}
	for _, node := range s.NodesUnder(w) {
		under[node.Labels[poolLabel]] = true
	}
	return slices.DeleteFunc(s.Pools(), func(p Pool) bool { return !under[p.Object.Name] })
}

// PoolsFor returns the pools that could make nodes for the workload's pods, as
// far as labels, taints and instance types tell. What they leave in doubt
// counts as possible.
func (s *Snapshot) PoolsFor(w *Workload) []Pool {
	return slices.DeleteFunc(s.Pools(), func(p Pool) bool { return w.Template == nil || !p.takes(w) })
}

func (p Pool) takes(w *Workload) bool {
	spec := &w.Template.Spec
	for key, value := range spec.NodeSelector {
		if !p.mayHave(corev1.NodeSelectorRequirement{Key: key, Operator: corev1.NodeSelectorOpIn, Values: []string{value}}) {
			return false
		}
	}
	if terms := requiredTerms(spec); terms != nil && !slices.ContainsFunc(terms, p.mayMatch) {
		return false
	}
	for _, a := range w.Accelerators {
		if p.Offers(a.Resource) == Absent {
			return false
		}
	}
	return !slices.ContainsFunc(p.Spec.Template.Spec.Taints, func(t corev1.Taint) bool { return !w.tolerates(t) })
}

func (p Pool) mayMatch(term corev1.NodeSelectorTerm) bool {
	return !slices.ContainsFunc(term.MatchExpressions, func(r corev1.NodeSelectorRequirement) bool { return !p.mayHave(r) })
}

// mayHave says whether a node of the pool may meet a requirement.
func (p Pool) mayHave(wanted corev1.NodeSelectorRequirement) bool {
	values, known := p.Values(wanted.Key)
	if known {
		return slices.ContainsFunc(values, func(v string) bool { return requirementTakes(wanted, map[string]string{wanted.Key: v}) })
	}
	if wanted.Operator == corev1.NodeSelectorOpNotIn || wanted.Operator == corev1.NodeSelectorOpDoesNotExist {
		return true
	}
	if !p.names(wanted.Key) && ownLabel(wanted.Key) {
		return false
	}
	if wanted.Operator != corev1.NodeSelectorOpIn {
		return true
	}
	return slices.ContainsFunc(wanted.Values, func(v string) bool {
		return !slices.ContainsFunc(p.Spec.Template.Spec.Requirements, func(r corev1.NodeSelectorRequirement) bool {
			return r.Key == wanted.Key && !requirementTakes(r, map[string]string{r.Key: v})
		})
	})
}

func (p Pool) names(key string) bool {
	return slices.ContainsFunc(p.Spec.Template.Spec.Requirements, func(r corev1.NodeSelectorRequirement) bool { return r.Key == key })
}

// ownLabel says whether Karpenter gives a label to a node only if the pool names
// it (pkg/scheduling/requirements.go, Compatible). Those that it and the clouds
// know have a domain; NVIDIA's are put on a node by what runs there, later.
func ownLabel(key string) bool {
	domain, _, qualified := strings.Cut(key, "/")
	return !qualified || domain == "nvidia.com"
}

// Values are what a label of the pool's nodes may be; not known where the pool
// does not list them.
func (p Pool) Values(key string) (values []string, known bool) {
	if key == poolLabel {
		return []string{p.Object.Name}, true
	}
	if value, labelled := p.Spec.Template.Metadata.Labels[key]; labelled {
		return []string{value}, true
	}
	for _, r := range p.Spec.Template.Spec.Requirements {
		if r.Key == key && r.Operator == corev1.NodeSelectorOpIn {
			return r.Values, true
		}
	}
	return nil, false
}

// instanceLabels list the instances that a pool of AWS may order: c, c7g, c7g.large.
var instanceLabels = [...]string{"karpenter.k8s.aws/instance-category", "karpenter.k8s.aws/instance-family", "node.kubernetes.io/instance-type"}

// Offers says whether the pool's nodes have a device: Unseen where nothing of
// the pool tells.
func (p Pool) Offers(device string) Presence {
	if limit, limited := p.Limit(device); limited {
		if limit == 0 {
			return Absent
		}
		return Present
	}
	if slices.ContainsFunc(p.Spec.Template.Spec.Taints, func(t corev1.Taint) bool { return t.Key == device }) {
		return Present
	}
	for _, r := range p.Spec.Template.Spec.Requirements {
		if strings.Contains(r.Key, "gpu") || strings.Contains(r.Key, "accelerator") {
			if r.Operator == corev1.NodeSelectorOpDoesNotExist {
				return Absent
			}
			return Present
		}
	}
	for _, key := range instanceLabels {
		if values, known := p.Values(key); known && strings.Contains(key, "aws") {
			if slices.ContainsFunc(values, acceleratedInstance) {
				return Present
			}
			return Absent
		}
	}
	return Unseen
}

// acceleratedInstance tells AWS's families with devices by their letters.
func acceleratedInstance(name string) bool {
	letters := strings.TrimRight(strings.ToLower(name), "0123456789")
	if at := strings.IndexAny(name, "0123456789"); at >= 0 {
		letters = name[:at]
	}
	switch letters {
	case "p", "g", "gr", "inf", "trn", "dl", "vt":
		return true
	}
	return false
}

// Limit is the most of a resource that the pool may hold; not limited where it
// sets none.
func (p Pool) Limit(name string) (most int64, limited bool) {
	quantity, limited := p.Spec.Limits[corev1.ResourceName(name)]
	return quantity.Value(), limited
}

// Consolidation is when Karpenter takes a node away whose pods fit elsewhere.
type Consolidation struct {
	Policy    string
	PolicySet bool
	After     time.Duration // of calm on the node
}

// Consolidates says whether Karpenter empties nodes of the pool that still run
// pods. A budget that is always 0 forbids it, and so do a fixed size and nodes
// that are not to be disrupted. Balanced does not: of nodes alike, one that is as
// full as the others may go.
func (p Pool) Consolidates() (Consolidation, bool) {
	d := p.Spec.Disruption
	c := Consolidation{Policy: d.ConsolidationPolicy, PolicySet: d.ConsolidationPolicy != ""}
	if !c.PolicySet {
		c.Policy = "WhenEmptyOrUnderutilized"
	}
	fixed := p.Spec.Replicas != nil || p.Spec.Template.Metadata.Annotations["karpenter.sh/do-not-disrupt"] == "true" || d.ConsolidateAfter == "Never"
	if fixed || c.Policy != "Balanced" && !strings.HasSuffix(c.Policy, "Underutilized") {
		return c, false
	}
	for _, b := range d.Budgets {
		always := b.Schedule == "" && (len(b.Reasons) == 0 || slices.Contains(b.Reasons, "Underutilized"))
		if always && strings.TrimSuffix(b.Nodes, "%") == "0" {
			return c, false
		}
	}
	if d.ConsolidateAfter == "" {
		return c, true
	}
	after, err := time.ParseDuration(d.ConsolidateAfter)
	c.After = after
	return c, err == nil
}

// PoolsBehind are the pools that the workload's pods run on, else those that are
// sure to be made for such pods: they have the device.
func (s *Snapshot) PoolsBehind(w *Workload) []Pool {
	if under := s.PoolsUnder(w); len(under) > 0 {
		return under
	}
	return slices.DeleteFunc(s.PoolsFor(w), func(p Pool) bool {
		return !slices.ContainsFunc(w.Accelerators, func(a Accelerator) bool { return p.Offers(a.Resource) == Present })
	})
}
