package inventory_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestQuotaCaps(t *testing.T) {
	pod := deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1', resources: {requests: {cpu: 1500m, memory: 3Gi}, limits: {nvidia.com/gpu: 2, memory: 4Gi}}}")
	for hard, want := range map[string]string{
		"{requests.nvidia.com/gpu: 5}":                        "requests.nvidia.com/gpu=2",
		"{cpu: 4, memory: 100Gi}":                             "cpu=2 memory=33",
		"{requests.cpu: 4500m}":                               "requests.cpu=3",
		"{limits.memory: 7Gi, limits.cpu: 1, count/pods: 10}": "limits.memory=1 count/pods=10",
		"{pods: 0, services: 1, persistentvolumeclaims: 1}":   "pods=0",
	} {
		s := world(t, pod+"---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: "+hard+"}\nstatus: {used: {pods: 9}}\n")
		var got []string
		for _, c := range s.QuotaCaps(s.Workloads()[0]) {
			got = append(got, fmt.Sprintf("%s=%d", c.Resource, c.Pods))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %s, want %s", hard, text, want)
		}
	}
}
