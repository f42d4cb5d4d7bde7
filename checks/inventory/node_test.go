package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestNodesFor(t *testing.T) {
	const affinity = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [%s]}}}"
	for _, test := range []struct {
		pod, node string
		want      bool
	}{
		{"", "", true},
		{"", "taints: [{key: a, effect: PreferNoSchedule}]", true},
		{"", "taints: [{key: a, effect: NoSchedule}]", false},
		{"", "taints: [{key: nvidia.com/gpu, effect: NoSchedule}]", true},
		{"tolerations: [{operator: Exists}]", "taints: [{key: a, value: b, effect: NoExecute}]", true},
		{"tolerations: [{key: a, operator: Exists, effect: NoSchedule}]", "taints: [{key: a, value: b, effect: NoExecute}]", false},
		{"tolerations: [{key: a, value: c}]", "taints: [{key: a, value: b, effect: NoSchedule}]", false},
		{"tolerations: [{key: a, value: b}]", "taints: [{key: a, value: b, effect: NoSchedule}]", true},
		{"tolerations: [{value: b}]", "taints: [{key: a, value: b, effect: NoSchedule}]", false},
		{"nodeSelector: {zone: east}", "", true},
		{"nodeSelector: {zone: west}", "", false},
		{"nodeName: n1", "", true},
		{"nodeName: m1", "", false},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: gpus, operator: Gt, values: ['4']}]}"), "", true},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: gpus, operator: Gt, values: ['8']}]}"), "", false},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: zone, operator: NotIn, values: [east]}]}, {matchFields: [{key: metadata.name, operator: In, values: [n1]}]}"), "", true},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: zone, operator: DoesNotExist}]}, {}"), "", false},
		{fmt.Sprintf(affinity, "{matchExpressions: [{key: zone, operator: Beside}]}"), "", true},
	} {
		pod := strings.ReplaceAll(deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1', resources: {limits: {nvidia.com/gpu: 1}}}"), "containers:", test.pod+"\n      containers:")
		s := world(t, pod+"\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {zone: east, gpus: '8'}}\nspec: {"+test.node+"}\nstatus: {conditions: [{type: Ready, status: 'True'}]}\n")
		if got := len(s.NodesFor(s.Workloads()[0])) == 1; got != test.want {
			t.Errorf("pod with %q, node with %q: %v, want %v", test.pod, test.node, got, test.want)
		}
	}
}

func TestNodeAutoscaler(t *testing.T) {
	look := func(text string, stubs ...inventory.Ref) string {
		b := inventory.NewBuilder()
		for _, doc := range inventory.Documents([]byte(text)) {
			objects, _, _ := doc.Read("world.yaml")
			for _, o := range objects {
				b.Add(o)
			}
		}
		for _, ref := range stubs {
			b.AddStub(ref)
		}
		for _, kind := range inventory.Kinds() {
			b.Looked(kind, "")
		}
		b.Live(inventory.Versions{})
		name, presence := b.Build().NodeAutoscaler()
		return presence.String() + " " + name
	}
	node := func(provider string) string {
		return "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nspec: {providerID: '" + provider + "'}\n"
	}
	stub := func(name string) inventory.Ref {
		return inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "kube-system", Name: name}
	}
	for got, want := range map[string]string{
		look(node("")):             "absent ",
		look(node("k3s://n")):      "absent ",
		look(node("aws:///z/i")):   "unseen ",
		look(node("ocid1.inst.x")): "unseen ",
		look(node("aws:///z/i"), stub("z-cluster-autoscaler"), stub("a-cluster-autoscaler")): "present Deployment/a-cluster-autoscaler",
		look("apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: gpu}\n"):         "present NodePool/gpu",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
