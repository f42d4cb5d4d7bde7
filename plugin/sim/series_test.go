package sim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// TestExportsAreKnownSeries holds the simulated series against the metric table:
// a name that it does not hold is a misspelt one.
func TestExportsAreKnownSeries(t *testing.T) {
	for _, engine := range inventory.Engines() {
		for _, e := range append(engineExports(engine.ID), hostExports(1)...) {
			m, known := inventory.LookupMetric(e.name)
			if !known {
				m, known = inventory.RespeltMetric(e.name)
			}
			switch {
			case e.own:
			case !known:
				t.Errorf("%s: no series is called %s", engine.Name, e.name)
			case e.of >= quantities != (m.Type == inventory.Histogram):
				t.Errorf("%s: %s is of type %v", engine.Name, e.name, m.Type)
			}
		}
	}
}

// dcgm-exporter has a series of each GPU; a pod's memory is that of all of its
// GPUs, and a pod without one has none.
func TestGPUsOfAPod(t *testing.T) {
	for gpus, want := range map[string]string{"1": "1", "4": "4"} {
		w := holding(t, "[{gpu: 50, memory: 1000}]", strings.ReplaceAll(stack, `nvidia.com/gpu: "1"`, `nvidia.com/gpu: "`+gpus+`"`))
		w.SetPace(Pace{Step: 5 * time.Second})
		frame := next(t, w)
		for range 10 {
			frame = next(t, w)
		}
		pod := frame.Objects.Pods(frame.Objects.Workloads()[0])[0]
		one := `{pod="` + pod.Name + `"}`
		if got := asked(t, w, "count(DCGM_FI_DEV_FB_USED"+one+")"); got != want {
			t.Errorf("%s GPUs: %s series", gpus, got)
		}
		if got := asked(t, w, "avg(DCGM_FI_DEV_GPU_UTIL"+one+")"); got != "50" {
			t.Errorf("%s GPUs: used %s %%", gpus, got)
		}
		used, known := frame.Signals.Of(signals.GPUMemoryUsed, inventory.Ref{Kind: "Pod", Namespace: pod.Namespace, Name: pod.Name})
		if !known || fmt.Sprint(used.Value) != want+"000" {
			t.Errorf("%s GPUs: %v MiB in use (%v)", gpus, used.Value, known)
		}
	}
	w := holding(t, "[{}]", strings.ReplaceAll(stack, `nvidia.com/gpu: "1"`, `cpu: "1"`))
	w.SetPace(Pace{Step: 5 * time.Second})
	next(t, w)
	if got := asked(t, w, "count(DCGM_FI_DEV_GPU_UTIL)"); got != "none" {
		t.Errorf("without a GPU: %s series", got)
	}
}
