package promql

import (
	"fmt"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestCachedFor(t *testing.T) {
	for text, want := range map[string]string{
		"triggers: [{type: cpu}, {type: prometheus, useCachedMetrics: true}]":                       "30s false",
		"pollingInterval: 120, triggers: [{type: cpu}, {type: prometheus, useCachedMetrics: true}]": "2m0s true",
		"pollingInterval: 120, triggers: [{type: cpu, useCachedMetrics: true}, {type: prometheus}]": "0s false",
	} {
		s := snapshot(t, "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec: {scaleTargetRef: {name: a}, "+text+"}")
		a := inventory.ReadAutoscaler(s.List(inventory.ScaledObject)[0])
		every, _, written := Reading{ScalingMetric: a.Metrics[1]}.CachedFor(a)
		if got := fmt.Sprint(every, written); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if every, _, _ := (Reading{}).CachedFor(&inventory.Autoscaler{}); every != 0 {
		t.Errorf("an HPA is cached for %s", every)
	}
}
