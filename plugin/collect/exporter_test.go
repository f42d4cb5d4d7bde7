package collect

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// TestCollectGPUs: two GPUs of one pod, the MIG slices of another, and pods that
// are not asked about.
func TestCollectGPUs(t *testing.T) {
	const metrics = `# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",namespace="inference",pod="vllm-1-a"} 90
DCGM_FI_DEV_GPU_UTIL{gpu="1",namespace="gpu-operator",pod="dcgm-x",exported_namespace="inference",exported_pod="vllm-1-a"} 50
DCGM_FI_DEV_GPU_UTIL{gpu="2",namespace="other",pod="vllm-1-a"} 1
DCGM_FI_DEV_GPU_UTIL{gpu="3"} 2
# TYPE DCGM_FI_PROF_GR_ENGINE_ACTIVE gauge
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",namespace="inference",pod="vllm-1-a"} 0.1
DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="4",GPU_I_ID="1",namespace="inference",pod="vllm-1-b"} 0.25
# TYPE DCGM_FI_DEV_FB_USED gauge
DCGM_FI_DEV_FB_USED{gpu="0",namespace="inference",pod="vllm-1-a"} 71000
DCGM_FI_DEV_FB_USED{gpu="1",namespace="inference",pod="vllm-1-a"} 70000
`
	exporter := func(name, node, ports string) string {
		return fmt.Sprintf(`{"metadata":{"namespace":"gpu-operator","name":%q},"spec":{"nodeName":%q,"containers":[{"ports":[%s]}]},"status":{"phase":"Running"}}`, name, node, ports)
	}
	lists := func(w http.ResponseWriter, r *http.Request) {
		items := ""
		if r.URL.Query().Get("labelSelector") == "app=nvidia-dcgm-exporter" {
			items = exporter("dcgm-x", "gpu-0", "") + "," + exporter("dcgm-y", "gpu-1", `{"name":"metrics","containerPort":9500}`) + "," + exporter("dcgm-z", "cpu-0", "")
		}
		fmt.Fprintf(w, `{"kind":"PodList","items":[%s]}`, items)
	}
	api := apiServer(t, map[string]http.HandlerFunc{
		"/api/v1/pods": lists,
		"/api/v1/namespaces/gpu-operator/pods/dcgm-x:9400/proxy/metrics": text(metrics),
	})
	fleet := strings.Replace(fleetYAML, podYAML, strings.Replace(podYAML, "{containers: [{name: vllm, image: x}]}", `{nodeName: gpu-0, containers: [{name: vllm, image: x, resources: {limits: {nvidia.com/gpu: "2"}}}]}`, 1), 1)
	fleet = strings.Replace(fleet, podYAML2, strings.Replace(podYAML2, "{containers: [{name: vllm, image: x}]}", `{nodeName: gpu-1, containers: [{name: vllm, image: x, resources: {limits: {nvidia.com/gpu: "1"}}}]}`, 1), 1)
	objects := snapshot(t, fleet)
	set := (&Scraper{API: api}).CollectGPUs(context.Background(), objects, new(signals.Set))
	wantValue(t, set, signals.GPUUtilisation, ref("Pod", "vllm-1-a"), "", 70)
	wantValue(t, set, signals.GPUUtilisation, ref("Pod", "vllm-1-b"), "", 25)
	wantValue(t, set, signals.GPUMemoryUsed, ref("Pod", "vllm-1-a"), "", 141000)
	wantGap(t, set, "scrape pod/dcgm-y", "/metrics on port 9500")
	if set.Len() != 3 || len(set.Gaps()) != 1 {
		t.Errorf("%v, %v", set.All(), set.Gaps())
	}

	// What is known already is not asked for again.
	known := new(signals.Set)
	for _, pod := range []inventory.Ref{ref("Pod", "vllm-1-a"), ref("Pod", "vllm-1-b")} {
		known.Add(signals.Sample{Metric: signals.GPUUtilisation, Of: pod, Value: 1, At: noon})
	}
	unasked := apiServer(t, map[string]http.HandlerFunc{"/api/v1/pods": func(http.ResponseWriter, *http.Request) { t.Error("the exporters were looked for") }})
	if set := (&Scraper{API: unasked}).CollectGPUs(context.Background(), objects, known); set.Len() > 0 || len(set.Gaps()) > 0 {
		t.Errorf("%v, %v", set.All(), set.Gaps())
	}
}

// TestExportersAreLookedForAgain: where the look failed, for whatever reason, the
// next one is a minute later, and ten where it did not.
func TestExportersAreLookedForAgain(t *testing.T) {
	now, looks, fails := noon, 0, true
	api := apiServer(t, map[string]http.HandlerFunc{"/api/v1/pods": func(w http.ResponseWriter, _ *http.Request) {
		if looks++; fails {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(w, `{"kind":"PodList","items":[]}`)
	}})
	scraper := &Scraper{API: api, Now: func() time.Time { return now }}
	step := func(after time.Duration, want int) {
		t.Helper()
		now, looks = now.Add(after), 0
		scraper.exporters(t.Context(), map[string]bool{"gpu-0": true})
		if looks != want {
			t.Errorf("%v later %d lists were asked for, want %d", after, looks, want)
		}
	}
	step(0, 1)
	step(30*time.Second, 0)
	step(30*time.Second, 1)
	fails = false
	step(time.Minute, len(exporterSelectors))
	step(9*time.Minute, 0)
	step(time.Minute, len(exporterSelectors))
}
