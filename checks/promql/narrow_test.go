package promql

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestNarrowed(t *testing.T) {
	deployment := workload(inventory.Deployment, "ai", "vllm-llama3", inventory.VLLM)
	for _, test := range []struct {
		w           *inventory.Workload
		query, want string // "": none
	}{
		{deployment, "sum(vllm:num_requests_waiting)", `sum(vllm:num_requests_waiting{namespace="ai",pod=~"vllm-llama3-[a-z0-9]+-[a-z0-9]{5}"})`},
		{
			deployment, "# load\nsum(\n  vllm:num_requests_waiting{ pod=~'vllm-llama3.*', job=\"vllm\" }\n  + vllm:num_requests_running{namespace='other'}\n) # end",
			"# load\nsum(\n  vllm:num_requests_waiting{job=\"vllm\",namespace=\"ai\",pod=~\"vllm-llama3-[a-z0-9]+-[a-z0-9]{5}\"}\n  + vllm:num_requests_running{namespace=\"ai\",pod=~\"vllm-llama3-[a-z0-9]+-[a-z0-9]{5}\"}\n) # end",
		},
		{deployment, "sum(rate(vllm:prompt_tokens_total[1m]))", `sum(rate(vllm:prompt_tokens_total{namespace="ai",pod=~"vllm-llama3-[a-z0-9]+-[a-z0-9]{5}"}[1m]))`},
		{deployment, "sum(vllm:num_requests_waiting offset 5m)", ""},
		{deployment, "sum(vllm:num_requests_waiting @ 100)", ""},
		{deployment, "sum(vllm:num_requests_waiting @ end())", ""},
		{deployment, `sum({__name__=~"vllm:num_requests_(waiting|running)"})`, ""},
		{deployment, "sum(vllm:num_requests_waiting) + sum(my_queue)", ""},
		{deployment, "avg(DCGM_FI_DEV_GPU_UTIL)", ""},
		{deployment, "vector(1)", ""},
		{workload(inventory.Deployment, "", "a.b", inventory.VLLM), "sum(vllm:num_requests_waiting)", `sum(vllm:num_requests_waiting{pod=~"a\\.b-[a-z0-9]+-[a-z0-9]{5}"})`},
		{workload(inventory.StatefulSet, "ai", "v", inventory.VLLM), "sum(vllm:num_requests_waiting)", `sum(vllm:num_requests_waiting{namespace="ai",pod=~"v-[0-9]+"})`},
		{workload(inventory.LeaderWorkerSet, "ai", "v", inventory.VLLM), "sum(vllm:num_requests_waiting)", `sum(vllm:num_requests_waiting{namespace="ai",pod=~"v-[0-9]+(-[0-9]+)?"})`},
		{workload(inventory.InferenceService, "ai", "v", inventory.VLLM), "sum(vllm:num_requests_waiting)", ""},
	} {
		got, ok := mustParse(t, test.query).Narrowed(test.w)
		if ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%s: %v\n got %s\nwant %s", test.query, ok, got, test.want)
			continue
		}
		if !ok {
			continue
		}
		longer := *test.w
		other := *test.w.Object
		other.Name += "-canary"
		longer.Object = &other
		q := mustParse(t, got)
		if q.Uses()[0].Selector.Reach(test.w) == No || len(q.ReachesOthers(test.w, []*inventory.Workload{&longer})) > 0 {
			t.Errorf("%s does not pick the workload's pods alone", got)
		}
	}
}

func TestJoins(t *testing.T) {
	for query, want := range map[string]bool{
		`sum(a * on(pod) group_left() kube_pod_labels{label_app="a"})`: true,
		`sum(a * ignoring(job) b)`:                                     true,
		`sum(a and b)`:                                                 true,
		`sum(a unless b)`:                                              true,
		`sum(a) / sum(b)`:                                              false,
		`sum(a) * 2`:                                                   false,
		`sum(a) or on() vector(0)`:                                     false,
	} {
		if got := mustParse(t, query).Joins(); got != want {
			t.Errorf("%s: joins %v", query, got)
		}
	}
}
