package inventory_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestCapacity(t *testing.T) {
	pod := deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1', resources: {limits: {nvidia.com/gpu: 3}}}")
	const pool = "---\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: %s}\nspec: {%s}\n"
	eight := nodeOf("a", "", "", "allocatable: {nvidia.com/gpu: '8'}")
	for more, want := range map[string]string{
		"": "0 pods, 0 nodes hold 0",
		nodeOf("tiny", "", "", "allocatable: {nvidia.com/gpu: '2'}"): "0 pods, 0 nodes hold 0",
		eight: "2 pods, 1 node holds 8",
		eight + fmt.Sprintf(pool, "gpu", "limits: {nvidia.com/gpu: 7}"):                                                                                                               "4 pods, 1 node holds 8 and the limits of NodePool/gpu allow 7",
		strings.Replace(eight, "labels: {", "labels: {karpenter.sh/nodepool: gpu", 1) + fmt.Sprintf(pool, "gpu", "limits: {nvidia.com/gpu: 7}"):                                       "2 pods, the limits of NodePool/gpu allow 7",
		strings.Replace(eight, "labels: {", "labels: {karpenter.sh/nodepool: gpu", 1) + fmt.Sprintf(pool, "gpu", "replicas: 1"):                                                       "2 pods, 1 node holds 8",
		eight + fmt.Sprintf(pool, "a", "limits: {nvidia.com/gpu: 3}") + fmt.Sprintf(pool, "b", "limits: {nvidia.com/gpu: 6}") + fmt.Sprintf(pool, "c", "limits: {nvidia.com/gpu: 0}"): "5 pods, 1 node holds 8 and the limits of NodePool/a, NodePool/b allow 9",
	} {
		s := world(t, pod+more)
		c := s.CapacityFor(s.Workloads()[0])
		if got := fmt.Sprintf("%d pods, %s", c.Pods, c.Where()); got != want {
			t.Errorf("%s: %s, want %s", more, got, want)
		}
	}
}
