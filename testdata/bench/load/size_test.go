package load

import (
	"strings"
	"testing"
)

var full = Size{Deployments: 5000, PodsPer: 4, Inference: 50, Nodes: 200, GPUNodes: 40}

func TestFullLoad(t *testing.T) {
	if err := full.Check(); err != nil {
		t.Fatal(err)
	}
	names, used := map[string]bool{}, map[string]bool{}
	for _, n := range full.namespaces() {
		names[n] = true
	}
	scaled, spaces := 0, map[string]int{}
	for i := range full.Deployments {
		w := full.workload(i)
		if !names[w.namespace] || used[w.namespace+"/"+w.name] {
			t.Fatalf("%s/%s: no such namespace, or twice", w.namespace, w.name)
		}
		used[w.namespace+"/"+w.name] = true
		if w.scaled(full) {
			scaled++
		}
		if w.inference {
			spaces[w.namespace]++
		}
	}
	if len(names) != 105 || scaled != 500 || len(spaces) != 5 || spaces[inferenceNamespace(0)] != 10 {
		t.Errorf("%d namespaces, %d scaled, inference in %v", len(names), scaled, spaces)
	}
}

// No node may hold more GPU pods than it has GPUs, and only they go there.
func TestGPUNodesAreNotOverfull(t *testing.T) {
	pods := map[string]int{}
	for i := range full.Deployments {
		w := full.workload(i)
		for p := range full.PodsPer {
			node := full.nodeOf(w, p)
			if gpu := node < nodeName(full.GPUNodes); gpu != w.inference {
				t.Fatalf("%s is on %s", w.name, node)
			}
			if w.inference {
				pods[node]++
			}
		}
	}
	for node, n := range pods {
		if n > gpusPerNode {
			t.Errorf("%d pods on the %d GPUs of %s", n, gpusPerNode, node)
		}
	}
}

func TestPodSelectorsNameEveryInferenceWorkload(t *testing.T) {
	named := 0
	for i := range inferenceSpaces {
		named += strings.Count(full.podSelector(i), "vllm-")
	}
	if named != full.Inference {
		t.Errorf("%d workloads are selected, want %d", named, full.Inference)
	}
}

func TestCheckRefusesContradictions(t *testing.T) {
	for name, s := range map[string]Size{
		"no pods":            {Deployments: 1, Nodes: 1},
		"too few GPUs":       {Deployments: 10, PodsPer: 4, Inference: 10, Nodes: 2, GPUNodes: 1},
		"too much inference": {Deployments: 1, PodsPer: 1, Inference: 2, Nodes: 1, GPUNodes: 1},
	} {
		if s.Check() == nil {
			t.Errorf("%s passed", name)
		}
	}
}
