package inventory_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestInterruption(t *testing.T) {
	const affinity = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [%s]}}}"
	spotIn := func(values string) string {
		return "{matchExpressions: [{key: eks.amazonaws.com/capacityType, operator: In, values: [" + values + "]}]}"
	}
	const pool = "\n---\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: gpu}\nspec: {template: {spec: {terminationGracePeriod: %s}}}"
	node := func(name, labels, provider string) string {
		return fmt.Sprintf("\n---\napiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {%s}}\nspec: {providerID: '%s'}", name, labels, provider) +
			fmt.Sprintf("\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p-%s, labels: {a: b}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: d-1, controller: true}]}\nspec: {nodeName: %s}", name, name)
	}
	for _, test := range []struct{ pod, rest, want string }{
		{"", "", ""},
		{"nodeSelector: {cloud.google.com/gke-spot: 'true'}", "", "15s by a GKE Spot VM: the pods' node labels cloud.google.com/gke-spot=true"},
		{"nodeSelector: {cloud.google.com/gke-spot: 'false'}", "", ""},
		{"nodeSelector: {cloud.google.com/gke-preemptible: 'true'}", "", "15s by a GKE preemptible VM: the pods' node labels cloud.google.com/gke-preemptible=true"},
		{"nodeSelector: {kubernetes.azure.com/scalesetpriority: spot}", "", "30s by an Azure Spot VM: the pods' node labels kubernetes.azure.com/scalesetpriority=spot"},
		{"nodeSelector: {karpenter.sh/capacity-type: spot}", "", "2m0s by a Spot node: the pods' node labels karpenter.sh/capacity-type=spot"},
		{"nodeSelector: {karpenter.sh/capacity-type: on-demand}", "", ""},
		{fmt.Sprintf(affinity, spotIn("SPOT")), "", "2m0s by an EC2 Spot Instance: the pods' node labels eks.amazonaws.com/capacityType=SPOT"},
		{fmt.Sprintf(affinity, spotIn("SPOT, ON_DEMAND")), "", ""},
		{fmt.Sprintf(affinity, spotIn("SPOT")+", "+spotIn("ON_DEMAND")), "", ""},
		{"affinity: {nodeAffinity: {}}", "", ""},
		{"nodeSelector: {karpenter.sh/nodepool: gpu}", fmt.Sprintf(pool, "5m"), "5m0s by a node of NodePool/gpu: NodePool/gpu spec.template.spec.terminationGracePeriod"},
		{"nodeSelector: {karpenter.sh/nodepool: gpu, karpenter.sh/capacity-type: spot}", fmt.Sprintf(pool, "1m"), "1m0s by a node of NodePool/gpu: NodePool/gpu spec.template.spec.terminationGracePeriod"},
		{"nodeSelector: {karpenter.sh/nodepool: cpu}", fmt.Sprintf(pool, "5m"), ""},
		{"nodeSelector: {karpenter.sh/nodepool: gpu}", fmt.Sprintf(pool, "Never"), ""},
		{"nodeSelector: {karpenter.sh/nodepool: gpu}", fmt.Sprintf(pool, "null"), ""},
		{"", node("n1", "karpenter.sh/capacity-type: spot", "aws:///i-1"), "2m0s by a Spot node: Node/n1 karpenter.sh/capacity-type=spot"},
		{"", node("n1", "karpenter.sh/capacity-type: spot", "azure:///vm") + node("n2", "eks.amazonaws.com/capacityType: SPOT", ""), "30s by a Spot node: Node/n1 karpenter.sh/capacity-type=spot"},
		{"", node("n1", "karpenter.sh/capacity-type: spot, eks.amazonaws.com/capacityType: SPOT", "azure:///vm"), "2m0s by an EC2 Spot Instance: Node/n1 eks.amazonaws.com/capacityType=SPOT"},
		{"", node("n1", "a: b", ""), ""},
	} {
		text := strings.ReplaceAll(deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1'}"), "containers:", test.pod+"\n      containers:")
		s := world(t, text+test.rest)
		got := ""
		if i, ok := s.Interruption(s.Workloads()[0]); ok {
			got = fmt.Sprintf("%s by %s: %s", i.Notice, i.By, i.Where)
		}
		if got != test.want {
			t.Errorf("pod with %q: %q, want %q", test.pod, got, test.want)
		}
	}
}
