package source

import (
	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// liveReach says where the objects of a kind are looked for, and so what "every
// object was seen" means for it.
type liveReach uint8

const (
	// inAsked: the namespaces asked for, or the whole cluster in one list.
	inAsked liveReach = iota
	// inCluster: cluster-scoped kinds, and those that live with their operator
	// in whatever namespace that is.
	inCluster
	// byKnownName: got one by one, by the names in the table.
	byKnownName
	// besideWorkloads: the namespaces that hold inference workloads.
	besideWorkloads
	// ofWorkloads: by the label selectors of the inference workloads.
	ofWorkloads
	// byMention: got one by one, by the names that kept objects mention.
	byMention
	// besideAdapter: the namespace from which the metrics API is served.
	besideAdapter
	// besideSchedules: the namespaces that hold CronJobs beside workloads.
	besideSchedules
)

// liveStep is when a kind is read: each step needs what the ones before brought.
type liveStep uint8

const (
	stepWorkloads liveStep = iota // and what depends on nothing
	stepAround                    // what stands around the workloads
	stepBehind                    // what those lead to
	stepRoles                     // what bindings lead to
	liveSteps
)

// liveAccess is one row of the table of what a cluster is asked: Live asks
// nothing else, and PrintRBAC prints the same rows.
type liveAccess struct {
	kind  inventory.Kind
	step  liveStep
	reach liveReach
	// names are the only ones got, with byKnownName.
	names []string
	// selector narrows a list by labels.
	selector string
	// also are kinds whose checks need this row as well.
	also []inventory.Kind
	// both: the row is wanted only when one of these is read too.
	both []inventory.Kind
	why  string
}

// metricsAPIs are the registrations of the three metrics APIs.
var metricsAPIs = [...]string{
	"v1beta1.custom.metrics.k8s.io",
	"v1beta1.external.metrics.k8s.io",
	"v1beta1.metrics.k8s.io",
	"v1beta2.custom.metrics.k8s.io",
}

// withoutDeployment selects the ReplicaSets that no Deployment made: bare
// ones, and those of an Argo Rollout, which has a label of its own.
const withoutDeployment = "!pod-template-hash"

// liveTable lists all rows, in the order of the steps.
//
// What Absent means after a complete load, where it is more than "not there":
//   - workload kinds: in the asked namespaces nothing is dropped without a
//     stub, so a target is absent only when it is;
//   - ReplicaSet: no Deployment made it; those that one made are known by
//     the pods of an inference workload alone;
//   - Pod: no inference workload selects it;
//   - Event: no Warning and no rescaling of an object of the snapshot, and no
//     word about the pulling and killing of its pods;
//   - PersistentVolumeClaim: not there (one that no inference workload mounts
//     is a stub);
//   - ClusterRoleBinding, RoleBinding: not there, or for other accounts than
//     those of the CronJobs beside inference workloads (a stub);
//   - APIService: not there, of the metrics APIs; others are never asked for.
//
// ConfigMap, PersistentVolume and ClusterRole are got by name and never
// claimed to be seen wholly: what is not in the snapshot is unseen.
func liveTable() []liveAccess {
	return append(workloadRows(), append(aroundRows(), behindRows()...)...)
}

func workloadRows() []liveAccess {
	rows := []liveAccess{
		{kind: inventory.Deployment, why: "finds inference workloads"},
		{kind: inventory.StatefulSet, why: "finds inference workloads"},
		{kind: inventory.LeaderWorkerSet, why: "finds multi-node inference workloads"},
		{kind: inventory.InferenceService, why: "finds KServe's inference workloads"},
		{kind: inventory.NIMService, why: "finds NVIDIA NIM's inference workloads"},
		{kind: inventory.RayService, why: "finds Ray Serve's inference workloads"},
		{kind: inventory.ReplicaSet, selector: withoutDeployment, why: "finds workloads that no Deployment owns, such as an Argo Rollout's"},
		{kind: inventory.Node, reach: inCluster, why: "GPUs that are there, and where"},
		{kind: inventory.NodePool, reach: inCluster, why: "limits and disruption of Karpenter's nodes"},
		{kind: inventory.NodeClaim, reach: inCluster, why: "Karpenter's nodes that are on their way"},
		{kind: inventory.RuntimeClass, reach: inCluster, why: "whether a pod's runtime is there"},
		{kind: inventory.StorageClass, reach: inCluster, why: "what a claim's access mode means"},
		{kind: inventory.APIService, reach: byKnownName, names: metricsAPIs[:], also: []inventory.Kind{inventory.ConfigMap}, why: "who serves the metrics APIs"},
	}
	return rows
}

func aroundRows() []liveAccess {
	rows := []liveAccess{
		{kind: inventory.HorizontalPodAutoscaler, why: "what scales the workloads"},
		{kind: inventory.ScaledObject, why: "what scales the workloads"},
		{kind: inventory.PodAutoscaler, reach: besideWorkloads, why: "what AIBrix scales the workloads by"},
		{kind: inventory.VerticalPodAutoscaler, reach: besideWorkloads, why: "what evicts pods to resize them"},
		{kind: inventory.ServiceMonitor, reach: inCluster, why: "what scrapes the workloads and the GPU exporter, in any namespace"},
		{kind: inventory.PodMonitor, reach: inCluster, why: "what scrapes the workloads and the GPU exporter, in any namespace"},
		{kind: inventory.PodMonitoring, reach: besideWorkloads, why: "what Google's collectors scrape"},
		{kind: inventory.VMServiceScrape, reach: inCluster, why: "what VictoriaMetrics scrapes, in any namespace"},
		{kind: inventory.VMPodScrape, reach: inCluster, why: "what VictoriaMetrics scrapes, in any namespace"},
		{kind: inventory.Prometheus, reach: inCluster, why: "which monitors Prometheus selects"},
		{kind: inventory.TriggerAuthentication, reach: besideWorkloads, why: "whether a trigger's credentials exist, by name alone"},
		{kind: inventory.PodDisruptionBudget, reach: besideWorkloads, why: "what a drain may evict"},
		{kind: inventory.Service, reach: besideWorkloads, why: "what sends traffic to the workloads, and is scraped"},
		{kind: inventory.PersistentVolumeClaim, reach: besideWorkloads, also: []inventory.Kind{inventory.PersistentVolume}, why: "where weights are cached"},
		{kind: inventory.ResourceQuota, reach: besideWorkloads, why: "what caps a scale-up"},
		{kind: inventory.LimitRange, reach: besideWorkloads, why: "what a pod may ask for"},
		{kind: inventory.LLMInferenceService, reach: besideWorkloads, why: "what KServe makes the workloads of"},
		{kind: inventory.DynamoGraphDeployment, reach: besideWorkloads, why: "what Dynamo makes the workloads of"},
		{kind: inventory.CronJob, reach: besideWorkloads, also: scheduleKinds(), why: "what scales on a schedule"},
		{kind: inventory.Pod, reach: ofWorkloads, why: "what the workloads' own pods do"},
		{kind: inventory.ReplicaSet, reach: ofWorkloads, both: []inventory.Kind{inventory.Pod, inventory.Event}, why: "which Deployment a pod belongs to"},
		{kind: inventory.ConfigMap, reach: byMention, why: "arguments and scripts that the workloads mount"},
		{kind: inventory.ConfigMap, reach: besideAdapter, why: "the rules of prometheus-adapter, in its own namespace"},
	}
	for i := range rows {
		rows[i].step = stepAround
	}
	return rows
}

func behindRows() []liveAccess {
	return []liveAccess{
		{kind: inventory.PersistentVolume, step: stepBehind, reach: byMention, why: "where the volume of a mounted claim can be attached"},
		{kind: inventory.Event, step: stepBehind, reach: besideWorkloads, why: "warnings about the workloads, and how their pods started"},
		{kind: inventory.ServiceAccount, step: stepBehind, reach: besideSchedules, why: "who a CronJob runs as"},
		{kind: inventory.Role, step: stepBehind, reach: besideSchedules, why: "what a CronJob may do"},
		{kind: inventory.RoleBinding, step: stepBehind, reach: besideSchedules, also: []inventory.Kind{inventory.ClusterRole}, why: "what a CronJob may do"},
		{kind: inventory.ClusterRoleBinding, step: stepBehind, reach: inCluster, also: []inventory.Kind{inventory.ClusterRole}, why: "what a CronJob may do"},
		{kind: inventory.ClusterRole, step: stepRoles, reach: byMention, why: "what a CronJob may do"},
	}
}

// scheduleKinds are read to judge CronJobs.
func scheduleKinds() []inventory.Kind {
	return []inventory.Kind{inventory.ServiceAccount, inventory.Role, inventory.RoleBinding, inventory.ClusterRole, inventory.ClusterRoleBinding}
}

// wantedRows are the rows of the table that the checks at hand lead to.
func wantedRows(needs checks.Needs) []liveAccess {
	var wanted []liveAccess
	for _, row := range liveTable() {
		if row.wanted(needs) {
			wanted = append(wanted, row)
		}
	}
	return wanted
}

func (row liveAccess) wanted(needs checks.Needs) bool {
	if row.step == stepWorkloads && row.reach == inAsked && row.kind != inventory.ReplicaSet {
		return true // nothing can be told without the workloads
	}
	if len(row.both) > 0 && !readsAny(needs, row.both) {
		return false
	}
	return needs.Reads(row.kind) || readsAny(needs, row.also)
}

func readsAny(needs checks.Needs, kinds []inventory.Kind) bool {
	for _, kind := range kinds {
		if needs.Reads(kind) {
			return true
		}
	}
	return false
}

// wantsNamespaces says whether namespaces' labels matter: Prometheus selects
// monitors by them.
func wantsNamespaces(needs checks.Needs) bool {
	return readsAny(needs, []inventory.Kind{inventory.Prometheus, inventory.ServiceMonitor, inventory.PodMonitor})
}

// verb is what the row needs to be allowed.
func (row liveAccess) verb() string {
	if row.reach == byKnownName || row.reach == byMention {
		return "get"
	}
	return "list"
}
