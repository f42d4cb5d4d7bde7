package rules

import (
	"fmt"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: lws api/leaderworkerset/v1, the comment on spec.replicas, and
// leaderworkerset_controller.go, status.hpaPodSelector; KServe hpa_reconciler.go,
// createHPA, and llm_inference_service_types.go, WorkloadSpec; Dynamo
// dynamocomponentdeployment_types.go, Autoscaling.
var groupScalingCountsPods = &checks.Check{
	ID:       "group-scaling-counts-pods",
	Severity: checks.Error,
	Section:  checks.Groups,
	Doc: checks.Doc{
		Title:  "Scaling that is not written where the framework reads it, or that counts pods of a group",
		Why:    "One replica of a LeaderWorkerSet is a group of pods that serve together. A budget over all of them counts pods, so what it lets go may be one of every group, and no group is left to serve; an HPA looks at the leaders alone, so what the workers' CPUs and GPUs do does not count. Operators read their own fields: KServe lifts a minimum of 0 to 1 where it makes an HPA, and its API refuses replicas beside scaling; Dynamo's operator sets the replicas of the Deployments that it made, and does not read autoscaling any more.",
		Remedy: "Let a budget select the leaders (leaderworkerset.sigs.k8s.io/worker-index: \"0\") or spare fewer pods than there are groups. Scale a group on what its engine exports. For KServe write one of replicas and scaling, and use the class keda, or Knative, to go to zero. For Dynamo switch scalingAdapter on and scale the DynamoGraphDeploymentScalingAdapter of the service.",
		Ignore: "The leader does most of the group's work on its CPU, and that is what limits it.",
		Sources: []string{
			"https://github.com/kubernetes-sigs/lws/blob/main/api/leaderworkerset/v1/leaderworkerset_types.go",
			"https://kserve.github.io/website/docs/model-serving/predictive-inference/autoscaling/hpa-autoscaler",
			"https://github.com/kserve/kserve/blob/master/pkg/apis/serving/v1alpha2/llm_inference_service_types.go",
			"https://docs.nvidia.com/dynamo/kubernetes-deployment/deployment-guide/autoscaling",
		},
	},
	Needs: checks.Needs{
		Kinds:    checks.Autoscalers(),
		Sharpens: checks.Only(inventory.PodDisruptionBudget, inventory.LLMInferenceService, inventory.DynamoGraphDeployment),
	},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			for _, g := range pass.GroupBudgets(w) {
				groupBudget(pass, w, g)
			}
			groupKServe(pass, w)
		}
		for _, a := range pass.Autoscalers() {
			groupAutoscaler(pass, a)
		}
		for _, o := range pass.List(inventory.LLMInferenceService) {
			if c := inventory.As[inventory.LLMInferenceServiceContent](o); c != nil {
				groupBoth(pass, o, &c.Spec.LLMWorkloadSpec, inventory.Path{"spec"})
				groupBoth(pass, o, c.Spec.Prefill, inventory.Path{"spec", "prefill"})
			}
		}
		for _, o := range pass.List(inventory.DynamoGraphDeployment) {
			for _, service := range inventory.IgnoredAutoscaling(o) {
				groupReport(pass, o, nil, checks.Warning, inventory.Path{"spec", "services", service, "autoscaling"}, "enabled: true", "the autoscaling of service "+service+" is deprecated, and Dynamo's operator ignores it")
			}
		}
	},
}

func groupReport(pass *checks.Pass, o *inventory.Object, w *inventory.Workload, severity checks.Severity, at inventory.Path, value, message string) {
	pass.Report(checks.Finding{
		Severity: severity, At: o.At(at...), Workload: w, Message: message,
		Evidence: []checks.Evidence{{Path: at.String(), Value: value, Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "write it where the framework reads it", Safety: checks.Manual, Object: o},
	})
}

// groupBudget is about evictions that may reach every group. With a single group
// only who keeps some of its pods thinks of pods as of replicas.
func groupBudget(pass *checks.Pass, w *inventory.Workload, g inventory.GroupBudget) {
	field, value := g.Limit()
	if g.Spares >= g.Groups && (g.Groups > 1 || field == "minAvailable") {
		groupReport(pass, g.Object, w, checks.Warning, inventory.Path{"spec", field}, value, fmt.Sprintf(
			"%s %s counts pods: of the %d in %s of %s it lets %d go, one of every group among them", field, value, g.Pods, inventory.Count(g.Groups, "group"), w.Ref().Short(), g.Spares))
	}
}

// groupKServe reads the InferenceService over a workload.
func groupKServe(pass *checks.Pass, w *inventory.Workload) {
	mode, class := inventory.KServeMode(w.Owner)
	if inventory.RaisedToOne(w.Owner) {
		groupReport(pass, w.Owner, w, checks.Warning, inventory.Path{"spec", "predictor", "minReplicas"}, "0", fmt.Sprintf("minReplicas 0 counts as 1: in mode %s KServe makes an HPA of it, and none below 1", mode))
	}
	if inventory.ClassIgnored(w.Owner) {
		groupReport(pass, w.Owner, w, checks.Warning, inventory.Path{"metadata", "annotations", "serving.kserve.io/autoscalerClass"}, class, fmt.Sprintf("autoscalerClass %s makes no ScaledObject in mode %s, where Knative scales", class, mode))
	}
}

// groupAutoscaler looks at what an autoscaler is aimed at, and at what it sees
// of a group.
func groupAutoscaler(pass *checks.Pass, a *inventory.Autoscaler) {
	for _, m := range a.Metrics {
		if a.LeadersAlone(m) {
			groupReport(pass, a.Object, a.Workload, checks.Info, m.Path, m.Name, fmt.Sprintf(
				"the HPA sees the leader's %s alone, of %d pods in each group of %s", m.Name, a.Workload.PodsPerReplica, a.Target.Short()))
		}
	}
	if graph, service, ok := pass.DynamoService(a.Target); ok {
		groupReport(pass, a.Object, a.Workload, checks.Warning, a.TargetPath, a.Target.Short(), fmt.Sprintf(
			"scales %s, whose replicas Dynamo's operator sets from service %s of %s", a.Target.Short(), service, graph.Short()))
	}
}

// groupBoth is about an LLMInferenceService with a fixed and a moving count.
func groupBoth(pass *checks.Pass, o *inventory.Object, spec *inventory.LLMWorkloadSpec, at inventory.Path) {
	if spec != nil && spec.Replicas != nil && spec.Scaling != nil {
		groupReport(pass, o, nil, checks.Error, at.Join("replicas"), strconv.Itoa(int(*spec.Replicas)), at.String()+" has replicas and scaling: KServe's API refuses the two together")
	}
}
