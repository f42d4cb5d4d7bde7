package inventory_test

import (
	"fmt"
	"testing"
)

func TestParallel(t *testing.T) {
	for args, want := range map[string]string{
		"":                              "1 of 1 known",
		"--tensor-parallel-size, '4'":   "4 of 1 known: tensor parallelism 4",
		"-tp=2, -pp=3":                  "6 of 1 known: tensor parallelism 2 × pipeline parallelism 3",
		"-dp=8, -dpl=2, -tp=2":          "4 of 1 known: tensor parallelism 2 × data parallelism 2",
		"--nnodes=2, -tp=16":            "16 of 2 known: tensor parallelism 16",
		"-tp=$(TP)":                     "1 of 1",
		"-tp=0":                         "1 of 1",
		"-tp=many":                      "1 of 1",
		"-tp=2, --headless":             "1 of 1",
		"-tp=2, --omni":                 "1 of 1",
		"-dp=2, --data-parallel-rank=1": "1 of 1",
	} {
		w := recognised(t, deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1', args: [--model=m, "+args+"]}"))
		p := w.Parallel()
		got := fmt.Sprintf("%d of %d", p.Devices, p.Nodes)
		if p.Known {
			got += " known"
		}
		if p.Known && p.Written {
			got += ": " + p.Text
		}
		if got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}
