package inventory

import (
	"cmp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Interruption is a way in which a node goes without waiting for the pods'
// grace periods.
type Interruption struct {
	// Notice is how long a pod has at the most.
	Notice time.Duration
	// By names what goes ("an EC2 Spot Instance"), Where the object and the label
	// or the field that say so.
	By    string
	Where string
}

// spotLabel is a label of nodes that a cloud takes back.
type spotLabel struct {
	key, value string
	notice     time.Duration
	by         string
}

// spotLabels: GKE gives 15 s of the 30 to pods that are not the system's
// (concepts/spot-vms; node pools may have more since 1.35), EC2 two minutes,
// Azure 30 s.
var spotLabels = [...]spotLabel{
	{"cloud.google.com/gke-spot", "true", 15 * time.Second, "a GKE Spot VM"},
	{"cloud.google.com/gke-preemptible", "true", 15 * time.Second, "a GKE preemptible VM"},
	{"eks.amazonaws.com/capacityType", "SPOT", ec2Notice, "an EC2 Spot Instance"},
	{"kubernetes.azure.com/scalesetpriority", "spot", azureNotice, "an Azure Spot VM"},
}

const (
	ec2Notice   = 2 * time.Minute
	azureNotice = 30 * time.Second

	karpenterCapacity = "karpenter.sh/capacity-type"
	karpenterPool     = "karpenter.sh/nodepool"
)

// Interruption returns the shortest notice that a pod of the workload may get:
// by the nodes that its pods run on, else by those that its template asks for.
// Not ok means that none is seen; nodes' own shutdown settings do not show.
func (s *Snapshot) Interruption(w *Workload) (shortest Interruption, ok bool) {
	s.read(Node, NodePool)
	var all []Interruption
	for _, pod := range s.Pods(w) {
		if node, _ := s.Find(Ref{Kind: Node.String(), Name: pod.Spec.NodeName}); node != nil {
			all = append(all, s.interruptions(node.Meta.Labels, As[corev1.Node](node).Spec.ProviderID, node.Short())...)
		}
	}
	if len(all) == 0 && w.Template != nil {
		all = s.interruptions(w.nodeLabels(), "", "the pods' node labels")
	}
	if len(all) == 0 {
		return Interruption{}, false
	}
	return slices.MinFunc(all, func(a, b Interruption) int { return cmp.Compare(a.Notice, b.Notice) }), true
}

func (s *Snapshot) interruptions(labels map[string]string, provider, where string) []Interruption {
	var all []Interruption
	for _, spot := range spotLabels {
		if strings.EqualFold(labels[spot.key], spot.value) {
			all = append(all, Interruption{spot.notice, spot.by, where + " " + spot.key + "=" + labels[spot.key]})
		}
	}
	if labels[karpenterCapacity] == "spot" && len(all) == 0 {
		notice := ec2Notice // the longest of those that Karpenter's providers give
		if strings.HasPrefix(provider, "azure://") {
			notice = azureNotice
		}
		all = append(all, Interruption{notice, "a Spot node", where + " " + karpenterCapacity + "=spot"})
	}
	pool, _ := s.Find(Ref{Group: kinds[NodePool].Group, Kind: NodePool.String(), Name: labels[karpenterPool]})
	if c := As[NodePoolContent](pool); c != nil && c.Spec.Template.Spec.TerminationGracePeriod != nil {
		if period, err := time.ParseDuration(*c.Spec.Template.Spec.TerminationGracePeriod); err == nil {
			all = append(all, Interruption{period, "a node of " + pool.Short(), pool.Short() + " spec.template.spec.terminationGracePeriod"})
		}
	}
	return all
}

// nodeLabels are the labels that every node has that the template's selector or
// its required affinity lets the pods on, as far as these name one value.
func (w *Workload) nodeLabels() map[string]string {
	spec := &w.Template.Spec
	labels := map[string]string{}
	for key, value := range spec.NodeSelector {
		labels[key] = value
	}
	if spec.Affinity == nil || spec.Affinity.NodeAffinity == nil {
		return labels
	}
	required := spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	if required == nil || len(required.NodeSelectorTerms) != 1 {
		return labels
	}
	for _, r := range required.NodeSelectorTerms[0].MatchExpressions {
		if r.Operator == corev1.NodeSelectorOpIn && len(r.Values) == 1 {
			labels[r.Key] = r.Values[0]
		}
	}
	return labels
}
