package inventory_test

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestDynamoService(t *testing.T) {
	s := world(t, "apiVersion: nvidia.com/v1alpha1\nkind: DynamoGraphDeployment\nmetadata: {name: agg, namespace: ns}\nspec:\n  services:\n    VllmDecode: {autoscaling: {enabled: true}}\n    Frontend: {autoscaling: {enabled: false}}\n    Other: {}\n")
	for _, test := range []struct {
		ref  inventory.Ref
		want string
	}{
		{inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "ns", Name: "agg-vllmdecode"}, "VllmDecode"},
		{inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "ns", Name: "agg-vllmdecode-3f2a91bc"}, "VllmDecode"},
		{inventory.Ref{Group: "leaderworkerset.x-k8s.io", Kind: "LeaderWorkerSet", Namespace: "ns", Name: "agg-frontend"}, "Frontend"},
		{inventory.Ref{Group: "apps", Kind: "Deployment", Name: "agg-other"}, "Other"}, // manifests may leave the namespace out
		{inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "other", Name: "agg-other"}, ""},
		{inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "ns", Name: "agg-other-canary"}, ""},
		{inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "ns", Name: "agg-other-2-canary"}, ""},
		{inventory.Ref{Group: "nvidia.com", Kind: "DynamoGraphDeploymentScalingAdapter", Namespace: "ns", Name: "agg-other"}, ""},
	} {
		_, service, ok := s.DynamoService(test.ref)
		if service != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q, want %q", test.ref, service, test.want)
		}
	}
	if got := strings.Join(inventory.IgnoredAutoscaling(s.List(inventory.DynamoGraphDeployment)[0]), " "); got != "VllmDecode" {
		t.Errorf("ignored: %q", got)
	}
}

func TestScaleless(t *testing.T) {
	for kind, want := range map[string]bool{"DynamoGraphDeployment": true, "DynamoComponentDeployment": true, "DynamoGraphDeploymentScalingAdapter": false} {
		a := &inventory.Autoscaler{Target: inventory.Ref{Group: "nvidia.com", Kind: kind}}
		if a.Scaleless() != want {
			t.Errorf("%s: %v", kind, !want)
		}
	}
}
