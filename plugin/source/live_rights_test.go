package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Where the same list may be had in a second version, it is.
func TestLiveTriesOlderVersions(t *testing.T) {
	server := newAPIServer(t, cluster, `{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: old, namespace: inference}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: vllm}, maxReplicas: 3}}`)
	server.absent = []string{"autoscaling/v2/horizontalpodautoscalers"}
	s := load(t, server.live(), everything())
	o, _ := s.Find(ref("inference/HorizontalPodAutoscaler/old"))
	if o == nil || o.APIVersion != "autoscaling/v1" || s.Autoscalers()[0].Max != 3 {
		t.Errorf("%+v", o)
	}
}

// Custom kinds that are not installed are absent, also for somebody who would
// not be allowed to list them.
func TestLiveTellsForbiddenFromNotInstalled(t *testing.T) {
	server := newAPIServer(t, cluster)
	server.absent = []string{"keda.sh/v1alpha1/scaledobjects", "ray.io/v1/rayservices", "ray.io/v1alpha1/rayservices"}
	server.allows = func(r request) bool { return r.group != "keda.sh" && r.group != "ray.io" }
	s := load(t, server.live(), everything())
	if diff := cmp.Diff(`TriggerAuthentication "inference": forbidden: list triggerauthentications.keda.sh`, gaps(s)); diff != "" {
		t.Error(diff)
	}
	if !s.Saw(inventory.ScaledObject, "") || !s.Saw(inventory.RayService, "shop") {
		t.Error("what is not installed counts as unseen")
	}
}

func TestLiveWithoutClusterWideRights(t *testing.T) {
	namespaced := func(r request) bool {
		return r.namespace == "inference" || r.resource == "deployments" && r.namespace == "shop"
	}
	tests := map[string]struct {
		allows func(request) bool
		change func(*Live)
		gap    string // one of the gaps
		seen   bool   // the workload
	}{
		"the context's namespace": {
			namespaced, func(l *Live) { l.ContextNamespace = "inference" },
			`Deployment "": forbidden: list deployments.apps in all namespaces; seen in inference alone`, true,
		},
		"known namespaces": {
			func(r request) bool { return namespaced(r) || r.resource == "namespaces" }, func(*Live) {},
			`StatefulSet "": forbidden: list statefulsets.apps in all namespaces; seen in inference alone`, true,
		},
		"a namespace asked for": {
			namespaced, func(l *Live) { l.Namespaces = []string{"inference"} },
			`ServiceMonitor "": forbidden: list servicemonitors.monitoring.coreos.com in all namespaces; seen in inference alone`, true,
		},
		"nowhere to look": {
			func(request) bool { return false }, func(*Live) {},
			`Deployment "": forbidden: list deployments.apps in all namespaces`, false,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := newAPIServer(t, cluster)
			server.allows = test.allows
			live := server.live()
			test.change(live)
			s := load(t, live, everything())
			if !strings.Contains(gaps(s)+"\n", test.gap+"\n") {
				t.Errorf("gaps:\n%s\nwant %s", gaps(s), test.gap)
			}
			if got := len(s.Workloads()) == 1; got != test.seen || s.Saw(inventory.Deployment, "inference") != test.seen {
				t.Errorf("%d workloads", len(s.Workloads()))
			}
			if s.Saw(inventory.Deployment, "keda") {
				t.Error("a namespace that nobody may see counts as seen")
			}
		})
	}
}

// Namespace by namespace can be as good as all at once.
func TestLivePieceByPieceMayBeWhole(t *testing.T) {
	server := newAPIServer(t, cluster)
	server.allows = func(r request) bool { return r.resource != "deployments" || r.namespace != "" }
	s := load(t, server.live(), everything())
	if got := gaps(s); got != "" {
		t.Error(got)
	}
	if !s.Saw(inventory.Deployment, "shop") || len(s.Workloads()) != 1 {
		t.Error("the pieces are not all")
	}
}
