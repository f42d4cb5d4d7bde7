package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func nodeOf(name, labels, spec, status string) string {
	return "---\napiVersion: v1\nkind: Node\nmetadata: {name: " + name + ", labels: {" + labels + "}}\nspec: {" + spec + "}\nstatus: {" + status + "}\n"
}

func TestPodRequest(t *testing.T) {
	for pod, want := range map[string]string{
		"containers: [{name: a, resources: {requests: {memory: 2Gi}}}, {name: b, resources: {limits: {memory: 1Gi}}}]":                                                                         "3Gi 1Gi",
		"containers: [{name: a, resources: {limits: {memory: 2Gi}, requests: {memory: 1Gi}}}]\n      initContainers: [{name: i, resources: {limits: {memory: 4Gi}, requests: {memory: 3Gi}}}]": "3Gi 4Gi",
		"containers: [{name: a, resources: {requests: {memory: 2Gi}}}]\n      initContainers: [{name: i, restartPolicy: Always, resources: {requests: {memory: 1Gi}}}]":                        "3Gi 0",
	} {
		s := world(t, strings.Replace(deploymentOf("{name: x}"), "containers:\n      - {name: x}", pod, 1))
		spec := inventory.ReadWorkload(s.List(inventory.Deployment)[0]).Template.Spec
		request, limit := inventory.PodRequest(&spec, corev1.ResourceMemory), inventory.PodLimit(&spec, corev1.ResourceMemory)
		if got := request.String() + " " + limit.String(); got != want {
			t.Errorf("%s: %s, want %s", pod, got, want)
		}
	}
}

func TestObstacles(t *testing.T) {
	pod := strings.ReplaceAll(deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1', resources: {limits: {nvidia.com/gpu: 4, memory: 64Gi}}}"), "containers:", "nodeSelector: {pool: gpu}\n      containers:")
	const gpus = "allocatable: {nvidia.com/gpu: '8', memory: %s}"
	s := world(t, pod+
		nodeOf("fits", "pool: gpu", "unschedulable: true", fmt.Sprintf(gpus, "1Ti"))+
		nodeOf("starting", "pool: gpu", "", "capacity: {nvidia.com/gpu: '8'}, allocatable: {nvidia.com/gpu: '0'}")+
		nodeOf("small", "pool: gpu", "", fmt.Sprintf(gpus, "32Gi"))+
		nodeOf("cpu1", "", "", "")+nodeOf("cpu2", "", "", "")+
		nodeOf("fargate", "eks.amazonaws.com/compute-type: fargate", "", ""))
	obstacles, fitting := s.Obstacles(s.Workloads()[0])
	if got, want := fmt.Sprint(obstacles, fitting), "[2 without the label pool=gpu 1 with 32Gi of memory for a pod of 64Gi] 3"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
