package rules

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: Kubernetes, extended resources are counted per node and never
// overcommitted; Karpenter (pkg/apis/v1/nodepool.go), spec.limits bound what a
// pool may hold.
var maxExceedsGPUCapacity = &checks.Check{
	ID:       "max-exceeds-gpu-capacity",
	Severity: checks.Error,
	Section:  checks.Capacity,
	Doc: checks.Doc{
		Title:  "The autoscaler may ask for more replicas than there are accelerators",
		Why:    "Devices are handed out whole and by node. Beyond what the nodes hold, a new replica stays Pending: the autoscaler believes that help is on its way, its reported maximum is never reached, and the queue grows as if nothing had been scaled. The pods in wait also take the next free device from whoever needs it more.",
		Remedy: "Set the maximum to what fits, or add nodes: raise the limits of the NodePool, or the size of the node group. Where several autoscalers share the nodes, let their maxima add up to what is there, or give the one that matters a higher PriorityClass.",
		Ignore: "Nodes are added by something that does not show in the cluster, or the autoscalers are never busy at the same time.",
		Sources: []string{
			"https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources",
			"https://karpenter.sh/docs/concepts/nodepools/#speclimits",
			"https://github.com/aws/karpenter-provider-aws/issues/8068",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Kinds(checks.Autoscalers(), checks.Only(inventory.Node)),
		Sharpens: checks.Only(inventory.NodePool, inventory.Pod),
	},
	Run: func(pass *checks.Pass) {
		if !pass.Saw(inventory.Node, "") {
			return
		}
		shared := map[string][]capacityClaim{}
		for _, a := range pass.Autoscalers() {
			claim, ok := capacityOf(pass, a)
			if !ok {
				continue
			}
			if claim.pods > claim.Pods {
				reportCapacity(pass, claim)
				continue
			}
			key := claim.device.Resource + " " + strings.Join(claim.Places(), " ")
			shared[key] = append(shared[key], claim)
		}
		for _, key := range slices.Sorted(maps.Keys(shared)) {
			reportSharedCapacity(pass, shared[key])
		}
	},
}

// capacityClaim is what an autoscaler asks for at its maximum, and what is there.
type capacityClaim struct {
	*inventory.Autoscaler
	inventory.Capacity
	device inventory.Accelerator
	pods   int64
}

// capacityOf is not ok where nobody can count: devices without a number, nodes
// that are no machines, or a pool without a limit. Pods that fit nowhere at all
// are another matter than how many fit.
func capacityOf(pass *checks.Pass, a *inventory.Autoscaler) (capacityClaim, bool) {
	if a.Workload == nil || a.Max < 1 || !a.Workload.HasAccelerators() {
		return capacityClaim{}, false
	}
	w := pass.AsRun(a.Workload)
	c := capacityClaim{Autoscaler: a, Capacity: pass.CapacityFor(w), device: w.Accelerators[0], pods: int64(a.Max) * w.AcceleratedPods()}
	return c, c.Known && !c.Unlimited && c.Capacity.Pods > 0
}

func (c capacityClaim) evidence() []checks.Evidence {
	return []checks.Evidence{
		{Path: c.MaxPath.String(), Value: strconv.Itoa(int(c.Max)), Basis: checks.Observed},
		{Path: c.device.Resource, Value: fmt.Sprintf("%d per pod, room for %d pods if nothing else runs", c.device.Count, c.Capacity.Pods), Basis: checks.Derived},
	}
}

func reportCapacity(pass *checks.Pass, c capacityClaim) {
	f := checks.Finding{
		At: c.Object.At(c.MaxPath...), Workload: c.Workload, Evidence: c.evidence(),
		Message: fmt.Sprintf("%s is %d pods of %d %s, and %s: room for %d", c.MaxText(), c.pods, c.device.Count, c.device.Resource, c.Where(), c.Capacity.Pods),
		Fix:     &checks.Fix{Title: fmt.Sprintf("lower the maximum to what fits %d pods, or add nodes", c.Capacity.Pods), Safety: checks.Manual, Object: c.Object},
	}
	switch presence := pass.MoreNodes(); {
	case presence == inventory.Unseen:
		f.Severity = checks.Info
		f.Message += "; whether something adds nodes, and how many, is not to be seen"
	case len(c.Pools) > 0:
		f.Severity = checks.Warning // limits are changed in a minute
	}
	pass.Report(f)
}

// reportSharedCapacity tells of autoscalers that fit alone and not together.
func reportSharedCapacity(pass *checks.Pass, claims []capacityClaim) {
	var devices int64
	var names []string
	for _, c := range claims {
		devices += c.pods * c.device.Count
		names = append(names, c.Object.Short())
	}
	c := claims[0]
	if devices <= c.Devices+c.Limit || pass.MoreNodes() == inventory.Unseen {
		return
	}
	pass.Report(checks.Finding{
		Severity: checks.Info, At: c.Object.At(c.MaxPath...), Workload: c.Workload, Evidence: c.evidence(),
		Message: fmt.Sprintf("the maxima of %s together need %d %s, and %s", strings.Join(names, ", "), devices, c.device.Resource, c.Where()),
	})
}
