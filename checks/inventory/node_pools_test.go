package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestPoolsFor(t *testing.T) {
	const affinity = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [%s]}}}"
	for _, test := range []struct {
		pod, pool string
		want      bool
	}{
		{"", "{}", true},
		{"", "{limits: {nvidia.com/gpu: 0}}", false},
		{"", "{template: {spec: {taints: [{key: nvidia.com/gpu, effect: NoSchedule}]}}}", true},
		{"", "{template: {spec: {taints: [{key: team, effect: NoSchedule}]}}}", false},
		{"", "{template: {spec: {requirements: [{key: karpenter.k8s.aws/instance-category, operator: In, values: [c, g]}]}}}", true},
		{"", "{template: {spec: {requirements: [{key: karpenter.k8s.aws/instance-category, operator: In, values: [c, m]}]}}}", false},
		{"", "{template: {spec: {requirements: [{key: karpenter.k8s.aws/instance-family, operator: In, values: [gr6]}]}}}", true},
		{"", "{template: {spec: {requirements: [{key: karpenter.k8s.aws/instance-gpu-count, operator: DoesNotExist}]}}}", false},
		{"", "{template: {spec: {requirements: [{key: node.kubernetes.io/instance-type, operator: In, values: [Standard_NC24ads]}]}}}", true},
		{"nodeSelector: {karpenter.sh/nodepool: gpu}", "{}", true},
		{"nodeSelector: {karpenter.sh/nodepool: other}", "{}", false},
		{"nodeSelector: {tier: gpu}", "{template: {metadata: {labels: {tier: gpu}}}}", true},
		{"nodeSelector: {tier: gpu}", "{template: {metadata: {labels: {tier: cpu}}}}", false},
		{"nodeSelector: {zone: a}", "{template: {spec: {requirements: [{key: zone, operator: In, values: [a, b]}]}}}", true},
		{"nodeSelector: {zone: c}", "{template: {spec: {requirements: [{key: zone, operator: In, values: [a, b]}]}}}", false},
		{"nodeSelector: {zone: a}", "{template: {spec: {requirements: [{key: zone, operator: NotIn, values: [a]}]}}}", false},
		{"nodeSelector: {zone: b}", "{template: {spec: {requirements: [{key: zone, operator: NotIn, values: [a]}]}}}", true},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: zone, operator: NotIn, values: [a]}]}"), "{template: {spec: {requirements: [{key: zone, operator: In, values: [a]}]}}}", false},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: topology.kubernetes.io/zone, operator: Exists}]}"), "{}", true},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: tier, operator: Exists}]}"), "{}", false},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: tier, operator: Exists}]}"), "{template: {spec: {requirements: [{key: tier, operator: Exists}]}}}", true},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: tier, operator: NotIn, values: [cpu]}]}"), "{}", true},
		{"nodeSelector: {tier: gpu}", "{}", false},
		{"nodeSelector: {nvidia.com/gpu.product: NVIDIA-L4}", "{}", false},
		{"nodeSelector: {karpenter.k8s.aws/instance-gpu-name: l4}", "{}", true},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: zone, operator: In, values: [x]}]}, {matchExpressions: [{key: zone, operator: In, values: [a]}]}"), "{template: {spec: {requirements: [{key: zone, operator: In, values: [a]}]}}}", true},
	} {
		pod := strings.ReplaceAll(deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1', resources: {limits: {nvidia.com/gpu: 1}}}"), "containers:", test.pod+"\n      containers:")
		s := world(t, pod+"\n---\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: gpu}\nspec: "+test.pool+"\n")
		if got := len(s.PoolsFor(s.Workloads()[0])) == 1; got != test.want {
			t.Errorf("pod with %q, pool with %q: %v, want %v", test.pod, test.pool, got, test.want)
		}
	}
}

func TestPoolOffers(t *testing.T) {
	for spec, want := range map[string]inventory.Presence{
		"{}":                            inventory.Unseen,
		"{limits: {nvidia.com/gpu: 4}}": inventory.Present,
		"{limits: {nvidia.com/gpu: 0}}": inventory.Absent,
		"{template: {spec: {requirements: [{key: karpenter.azure.com/sku-gpu-name, operator: Exists}]}}}":                inventory.Present,
		"{template: {spec: {requirements: [{key: karpenter.k8s.aws/instance-family, operator: In, values: [g5, m5]}]}}}": inventory.Present,
		"{template: {spec: {requirements: [{key: karpenter.k8s.aws/instance-family, operator: In, values: [m5]}]}}}":     inventory.Absent,
	} {
		s := world(t, "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: gpu}\nspec: "+spec+"\n")
		if got := s.Pools()[0].Offers("nvidia.com/gpu"); got != want {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}

func TestPoolConsolidates(t *testing.T) {
	for disruption, want := range map[string]string{
		"{}":                                                          "WhenEmptyOrUnderutilized 0s true",
		"{consolidateAfter: 5m}":                                      "WhenEmptyOrUnderutilized 5m0s true",
		"{consolidateAfter: Never}":                                   "WhenEmptyOrUnderutilized 0s false",
		"{consolidationPolicy: WhenEmpty}":                            "WhenEmpty 0s false",
		"{consolidationPolicy: WhenUnderutilized}":                    "WhenUnderutilized 0s true",
		"{consolidationPolicy: Balanced}":                             "Balanced 0s true",
		"{budgets: [{nodes: '0'}]}":                                   "WhenEmptyOrUnderutilized 0s false",
		"{budgets: [{nodes: '0%', reasons: [Underutilized]}]}":        "WhenEmptyOrUnderutilized 0s false",
		"{budgets: [{nodes: '0', reasons: [Drifted]}]}":               "WhenEmptyOrUnderutilized 0s true",
		"{budgets: [{nodes: '0', schedule: '@daily'}, {nodes: 10%}]}": "WhenEmptyOrUnderutilized 0s true",
	} {
		s := world(t, "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: gpu}\nspec: {disruption: "+disruption+"}\n")
		c, yes := s.Pools()[0].Consolidates()
		if got := fmt.Sprintf("%s %s %v", c.Policy, c.After, yes); got != want {
			t.Errorf("%s: %s, want %s", disruption, got, want)
		}
	}
}
