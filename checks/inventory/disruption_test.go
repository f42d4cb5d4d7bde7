package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func budgetOf(spec string) string {
	return "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: pdb}\nspec: {" + spec + "}\n"
}

func TestBudgetCovers(t *testing.T) {
	deployment := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a, tier: gpu}}\n    spec: {containers: [{name: c, image: i}]}\n"
	set := strings.Replace(deployment, "kind: Deployment", "kind: StatefulSet", 1)
	for _, test := range []struct{ object, selector, want string }{
		{deployment, "{matchLabels: {app: a}}", "all"},
		{deployment, "{matchLabels: {app: a, tier: cpu}}", "none"},
		{deployment, "{matchLabels: {app: a, pod-template-hash: x}}", "some"},
		{deployment, "{matchLabels: {app: b, pod-template-hash: x}}", "none"},
		{deployment, "{matchExpressions: [{key: canary, operator: DoesNotExist}]}", "all"},
		{deployment, "{matchExpressions: [{key: app, operator: Sideways}]}", "none"},
		{deployment, "{}", "all"},
		{set, "{matchLabels: {apps.kubernetes.io/pod-index: '0'}}", "some"},
		{deployment, "{matchLabels: {apps.kubernetes.io/pod-index: '0'}}", "none"},
		{isvc, "{matchLabels: {app: isvc.llm-predictor}}", "some"},
		{lws, "{matchLabels: {leaderworkerset.sigs.k8s.io/name: llm}}", "all all"},
		{lws, "{matchLabels: {leaderworkerset.sigs.k8s.io/name: other}}", "none none"},
		{lws, "{matchLabels: {leaderworkerset.sigs.k8s.io/worker-index: '0'}}", "all some"},
		{lws, "{matchLabels: {leaderworkerset.sigs.k8s.io/worker-index: '1'}}", "none some"},
	} {
		s := world(t, test.object+budgetOf("selector: "+test.selector))
		var got []string
		for _, pods := range s.PodSets("") {
			got = append(got, [...]string{"none", "some", "all"}[s.AllBudgets()[0].Covers(pods)])
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%s of %.60q: %s, want %s", test.selector, test.object, text, test.want)
		}
	}
	elsewhere := strings.Replace(budgetOf("selector: {}"), "{name: pdb}", "{name: pdb, namespace: elsewhere}", 1)
	if s := world(t, deployment+elsewhere); s.AllBudgets()[0].Covers(s.PodSets("")[0]) != inventory.CoversNone {
		t.Error("a budget covers nothing outside its namespace")
	}
	s := world(t, deployment+budgetOf("maxUnavailable: 1"))
	if b := s.AllBudgets()[0]; !b.Patch() || b.Covers(s.PodSets("")[0]) != inventory.CoversNone {
		t.Error("a budget without a selector is a patch, and covers nothing by itself")
	}
}

func TestBudgetSpares(t *testing.T) {
	for _, test := range []struct {
		limit   string
		healthy int32
		spares  string
		none    bool
	}{
		{"maxUnavailable: 1", 3, "1", false},
		{"maxUnavailable: 5", 3, "3", false},
		{"maxUnavailable: 0", 3, "0", true},
		{"maxUnavailable: 0%", 3, "0", true},
		{"maxUnavailable: 1%", 3, "1", false}, // up
		{"minAvailable: 2", 3, "1", false},
		{"minAvailable: 3", 3, "0", false},
		{"minAvailable: 500", 3, "0", false},
		{"minAvailable: 50%", 3, "1", false}, // up
		{"minAvailable: 67%", 3, "0", false},
		{"minAvailable: 100%", 3, "0", true},
		{"minAvailable: 99%", 3, "0", false},
		{"minAvailable: 0", 3, "3", false},
		{"minAvailable: many", 3, "unknown", false},
		{"unhealthyPodEvictionPolicy: AlwaysAllow", 3, "unknown", false},
	} {
		b := world(t, budgetOf(test.limit+", selector: {}")).AllBudgets()[0]
		got := "unknown"
		if spares, ok := b.Spares(test.healthy); ok {
			got = fmt.Sprint(spares)
		}
		if got != test.spares || b.SparesNone() != test.none {
			t.Errorf("%s of %d: %s and %v, want %s and %v", test.limit, test.healthy, got, b.SparesNone(), test.spares, test.none)
		}
	}
}

// TestPodSetsOnce: what another object makes is not counted beside it.
func TestPodSetsOnce(t *testing.T) {
	deployment := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: llm}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec: {containers: [{name: c, image: i}]}\n"
	s := world(t, isvc+"---\n"+owned(deployment, "llm-predictor", "serving.kserve.io/v1beta1", "InferenceService", "llm")+"---\n"+
		owned(strings.Replace(deployment, "kind: Deployment", "kind: ReplicaSet", 1), "llm-predictor-1", "apps/v1", "Deployment", "llm-predictor"))
	sets := s.PodSets("")
	if len(sets) != 1 || sets[0].Object.Name != "llm-predictor" {
		t.Errorf("got %v, want the Deployment alone", sets)
	}
}
