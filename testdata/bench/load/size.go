package load

import "fmt"

// Size says how large a cluster is made.
type Size struct {
	Deployments int // inference workloads included
	PodsPer     int // pods of each Deployment
	Inference   int // inference workloads
	Nodes       int
	GPUNodes    int
}

const (
	perNamespace      = 50 // Deployments of one namespace, about
	inferenceSpaces   = 5  // namespaces that the inference workloads share
	scaledEvery       = 11 // of the ordinary Deployments, how many have an HPA and a PDB
	gpusPerNode       = 8
	podsPerAddressRow = 250
)

// Check refuses sizes whose objects would contradict one another.
func (s Size) Check() error {
	switch {
	case s.Deployments < 1 || s.PodsPer < 1 || s.Nodes < 1 || s.Inference < 0 || s.GPUNodes < 0:
		return fmt.Errorf("a cluster needs Deployments, pods and nodes")
	case s.Inference > s.Deployments || s.GPUNodes > s.Nodes:
		return fmt.Errorf("more inference workloads than Deployments, or more GPU nodes than nodes")
	case s.Inference*s.PodsPer > s.GPUNodes*gpusPerNode:
		return fmt.Errorf("%d inference pods need more than the %d GPUs of %d nodes", s.Inference*s.PodsPer, s.GPUNodes*gpusPerNode, s.GPUNodes)
	case s.Deployments*s.PodsPer > 200*podsPerAddressRow:
		return fmt.Errorf("no more than %d pods have an address", 200*podsPerAddressRow)
	}
	return nil
}

// workload is one Deployment and everything that belongs to it. The first ones
// are the inference workloads.
type workload struct {
	index           int
	name, namespace string
	inference       bool
	replicas        int32
}

func (s Size) workload(i int) workload {
	w := workload{index: i, replicas: int32(s.PodsPer), inference: i < s.Inference}
	if w.inference {
		models := [...]string{"llama-3-1-8b", "qwen3-32b", "mistral-small-24b"}
		w.name = fmt.Sprintf("vllm-%s-%02d", models[i%len(models)], i)
		w.namespace = inferenceNamespace(i % inferenceSpaces)
		return w
	}
	roles := [...]string{"api", "worker", "gateway", "web", "importer", "ledger", "notifier"}
	w.name = fmt.Sprintf("%s-%04d", roles[i%len(roles)], i)
	w.namespace = ordinaryNamespace(i % s.ordinarySpaces())
	return w
}

// scaled says whether the workload has an HPA and a disruption budget: a tenth
// of all, every inference workload among them.
func (w workload) scaled(s Size) bool { return w.inference || (w.index-s.Inference)%scaledEvery == 0 }

func (s Size) namespaces() []string {
	var names []string
	for i := range min(inferenceSpaces, s.Inference) {
		names = append(names, inferenceNamespace(i))
	}
	for i := range s.ordinarySpaces() {
		names = append(names, ordinaryNamespace(i))
	}
	return names
}

func (s Size) ordinarySpaces() int { return (s.Deployments + perNamespace - 1) / perNamespace }

func inferenceNamespace(i int) string { return fmt.Sprintf("inference-%d", i) }

func ordinaryNamespace(i int) string { return fmt.Sprintf("team-%03d", i) }

func nodeName(i int) string { return fmt.Sprintf("node-%03d", i) }

// nodeOf spreads pods over the nodes that can hold them: the first nodes are
// the GPU nodes, and no ordinary pod tolerates their taint.
func (s Size) nodeOf(w workload, pod int) string {
	n := w.index*s.PodsPer + pod
	if w.inference || s.Nodes == s.GPUNodes {
		return nodeName(n % max(1, s.GPUNodes))
	}
	return nodeName(s.GPUNodes + n%(s.Nodes-s.GPUNodes))
}
