package promql

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestShadowed(t *testing.T) {
	monitor := func(endpoint, namespaces string) inventory.ExporterLabels {
		s := snapshot(t, "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: dcgm-exporter, namespace: gpu}\nspec: {namespaceSelector: {"+namespaces+"}, endpoints: [{"+endpoint+"}]}")
		e, ok := s.GPUExporterLabels()
		if !ok {
			t.Fatal("the exporter's monitor is not found")
		}
		return e
	}
	theirs, kept, anywhere := monitor("port: m", ""), monitor("port: m, honorLabels: true", ""), monitor("port: m", "any: true")
	for _, test := range []struct {
		query string
		e     inventory.ExporterLabels
		want  string
	}{
		{`avg(DCGM_FI_DEV_GPU_UTIL{pod=~"vllm-.*"})`, theirs, `avg(DCGM_FI_DEV_GPU_UTIL{exported_pod=~"vllm-.*"})`},
		{`avg(DCGM_FI_DEV_GPU_UTIL{pod=~"vllm-.*",namespace="a"})`, theirs, `avg(DCGM_FI_DEV_GPU_UTIL{exported_pod=~"vllm-.*",exported_namespace="a"})`},
		{`avg(DCGM_FI_DEV_GPU_UTIL{container="server"})`, theirs, `avg(DCGM_FI_DEV_GPU_UTIL{exported_container="server"})`},
		{`avg(DCGM_FI_DEV_GPU_UTIL{exported_pod=~"vllm-.*"})`, kept, `avg(DCGM_FI_DEV_GPU_UTIL{pod=~"vllm-.*"})`},
		{`avg(DCGM_FI_DEV_GPU_UTIL{pod=~"vllm-.*"})`, kept, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL{exported_pod=~"vllm-.*"})`, theirs, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL{pod=~".*dcgm-exporter.*"})`, theirs, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL{container=~"nvidia-dcgm-exporter"})`, theirs, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL{namespace="gpu"})`, theirs, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL{namespace="a"})`, theirs, `avg(DCGM_FI_DEV_GPU_UTIL{exported_namespace="a"})`},
		{`avg(DCGM_FI_DEV_GPU_UTIL{namespace="a"})`, anywhere, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL{pod!=""})`, theirs, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL{exported_pod!=""})`, kept, ""},
		{`avg(DCGM_FI_DEV_GPU_UTIL{gpu="0"})`, theirs, ""},
		{`sum(vllm:num_requests_waiting{pod=~"vllm-.*"})`, theirs, ""},
	} {
		q := mustParse(t, test.query)
		text, ok := q.Unshadowed(test.e)
		if ok != (test.want != "") || ok && text != test.want {
			t.Errorf("%s: %q, want %q", test.query, text, test.want)
		}
		if _, found := (Reading{Query: q, Uses: q.Uses()}).Shadowed(test.e); found != ok {
			t.Errorf("%s is shadowed: %v, and can be corrected: %v", test.query, found, ok)
		}
	}
}
