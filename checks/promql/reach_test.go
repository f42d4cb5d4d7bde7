package promql

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func workload(kind inventory.Kind, namespace, name string, engine inventory.EngineID) *inventory.Workload {
	w := &inventory.Workload{Object: &inventory.Object{
		Ref:  inventory.Ref{Group: kind.Info().Group, Kind: kind.String(), Namespace: namespace, Name: name},
		Type: kind,
	}}
	if engine != "" {
		w.Recognition = &inventory.Recognition{Engine: &inventory.Engine{ID: engine}, Container: &corev1.Container{Name: "server"}}
	}
	w.Accelerators = []inventory.Accelerator{{Resource: "nvidia.com/gpu", Count: 1}}
	return w
}

func TestReach(t *testing.T) {
	deployment := workload(inventory.Deployment, "ai", "vllm-llama3", inventory.VLLM)
	statefulSet := workload(inventory.StatefulSet, "ai", "vllm-llama3", inventory.VLLM)
	group := workload(inventory.LeaderWorkerSet, "ai", "vllm-llama3", inventory.VLLM)
	service := workload(inventory.InferenceService, "ai", "vllm-llama3", inventory.VLLM)
	nowhere := workload(inventory.Deployment, "", "vllm-llama3", inventory.VLLM)
	long := workload(inventory.Deployment, "ai", strings.Repeat("a", 60), inventory.VLLM)
	for _, test := range []struct {
		w        *inventory.Workload
		selector string
		want     Reach
	}{
		{deployment, `vllm:num_requests_waiting`, Yes},
		{deployment, `vllm:num_requests_waiting{namespace="ai"}`, Yes},
		{deployment, `vllm:num_requests_waiting{namespace="other"}`, No},
		{deployment, `vllm:num_requests_waiting{namespace=~"ai|other"}`, Yes},
		{deployment, `vllm:num_requests_waiting{namespace!="ai"}`, No},
		{nowhere, `vllm:num_requests_waiting{namespace="ai"}`, Maybe},
		{nowhere, `vllm:num_requests_waiting{namespace!=""}`, Yes},

		// Prometheus anchors a pattern at both ends.
		{deployment, `vllm:num_requests_waiting{pod=~"vllm-llama3.*"}`, Yes},
		{deployment, `vllm:num_requests_waiting{pod=~"vllm-llama3"}`, No},
		{deployment, `vllm:num_requests_waiting{pod=~"vllm-llama.*"}`, Yes},
		{deployment, `vllm:num_requests_waiting{pod=~"vllm-llama3-[a-z0-9]+-[a-z0-9]{5}"}`, Yes},
		{deployment, `vllm:num_requests_waiting{pod=~"vllm-llama3-[0-9]+"}`, No},
		{deployment, `vllm:num_requests_waiting{pod=~"vllm-llama3-[a-f0-9]+-.*"}`, Maybe},
		{deployment, `vllm:num_requests_waiting{pod=~"vllm-qwen.*"}`, No},
		{deployment, `vllm:num_requests_waiting{pod!~"vllm-qwen.*"}`, Yes},
		{deployment, `vllm:num_requests_waiting{pod="vllm-llama3-7d9f8b6c5d-abcde"}`, No},
		{deployment, `vllm:num_requests_waiting{pod=~"vllm-llama3-7b.*"}`, No},
		{long, `vllm:num_requests_waiting{pod=~"a{60}-.*"}`, No}, // the API server cuts the name
		{statefulSet, `vllm:num_requests_waiting{pod=~"vllm-llama3-[0-9]"}`, Yes},
		{statefulSet, `vllm:num_requests_waiting{pod=~"vllm-llama3-[0-9]+"}`, Yes},
		{statefulSet, `vllm:num_requests_waiting{pod="vllm-llama3-0"}`, Maybe},
		{statefulSet, `vllm:num_requests_waiting{pod=~"vllm-llama3-[a-z0-9]+-[a-z0-9]{5}"}`, No},
		{group, `vllm:num_requests_waiting{pod=~"vllm-llama3-.+"}`, Yes},
		{group, `vllm:num_requests_waiting{pod=~"vllm-llama3-[0-9]+"}`, Maybe},
		{service, `vllm:num_requests_waiting{pod=~"vllm-llama3-predictor-.*"}`, Maybe},

		{deployment, `vllm:num_requests_waiting{container="server"}`, Yes},
		{deployment, `vllm:num_requests_waiting{container="proxy"}`, No},
		{service, `vllm:num_requests_waiting{container="proxy"}`, No},
		{deployment, `vllm:num_requests_waiting{engine="0"}`, Yes},
		{deployment, `vllm:num_requests_waiting{job="vllm"}`, Maybe},
		{deployment, `vllm:num_requests_waiting{model_name="llama3"}`, Maybe},
		{deployment, `vllm:num_requests_waiting{job="vllm",namespace="other"}`, No},

		// Who stands in pod and who in exported_pod.
		{deployment, `vllm:num_requests_waiting{exported_pod=~"vllm-llama3-.*"}`, Maybe},
		{deployment, `DCGM_FI_DEV_GPU_UTIL{exported_pod=~"vllm-llama3-.*"}`, Yes},
		{deployment, `DCGM_FI_DEV_GPU_UTIL{exported_pod=~"vllm-qwen-.*"}`, No},
		{deployment, `DCGM_FI_DEV_GPU_UTIL{exported_namespace="ai"}`, Yes},
		{deployment, `DCGM_FI_DEV_GPU_UTIL{pod=~"vllm-llama3-.*"}`, Maybe},
		{deployment, `DCGM_FI_DEV_GPU_UTIL{pod=~"vllm-qwen-.*"}`, Maybe},
		{deployment, `inference_pool_average_queue_size{namespace="ai"}`, Maybe},
	} {
		use := mustParse(t, test.selector).Uses()[0]
		if got := use.Selector.Reach(test.w); got != test.want {
			t.Errorf("%s of %s: %v, want %v", test.selector, test.w.Object.Ref, got, test.want)
		}
	}
}

func TestUnscoped(t *testing.T) {
	for query, want := range map[string]string{
		`sum(vllm:num_requests_waiting)`:                                               "vllm:num_requests_waiting",
		`sum(vllm:num_requests_waiting{namespace="ai"})`:                               "",
		`sum(vllm:num_requests_waiting{namespace!=""})`:                                "vllm:num_requests_waiting",
		`sum(vllm:num_requests_waiting{pod=~".+"})`:                                    "vllm:num_requests_waiting",
		`sum(vllm:num_requests_waiting{model_name="m"})`:                               "",
		`sum(vllm:num_requests_waiting{job="vllm"})`:                                   "",
		`sum(vllm:num_requests_waiting{engine="0",cluster="c"})`:                       "vllm:num_requests_waiting",
		`sum(vllm:num_requests_waiting{pod=~"a-.*"}) + sum(vllm:num_requests_running)`: "vllm:num_requests_running",
		`avg(DCGM_FI_DEV_GPU_UTIL)`:                                                    "DCGM_FI_DEV_GPU_UTIL",
		`sum(inference_extension_flow_control_queue_size)`:                             "",
		`sum(a:b:c) + sum(my_metric) + sum(wva_desired_replicas)`:                      "",
	} {
		q := mustParse(t, query)
		var names []string
		for _, u := range q.Unscoped() {
			names = append(names, u.Name)
		}
		if got := strings.Join(names, " "); got != want || q.Scoped() != (want == "") {
			t.Errorf("%s: unscoped %q, want %q", query, got, want)
		}
	}
}

func TestReachesOthers(t *testing.T) {
	own := workload(inventory.Deployment, "ai", "vllm-llama3", inventory.VLLM)
	all := []*inventory.Workload{
		own,
		workload(inventory.Deployment, "ai", "vllm-llama3-70b", inventory.VLLM),
		workload(inventory.Deployment, "ai", "vllm-qwen", inventory.VLLM),
		workload(inventory.Deployment, "ai", "sglang-llama3", inventory.SGLang),
		workload(inventory.Deployment, "other", "vllm-llama3", inventory.VLLM),
		workload(inventory.Deployment, "ai", "vllm-llama3-router", ""),
	}
	for query, want := range map[string][]string{
		`sum(vllm:num_requests_waiting{pod=~"vllm-llama3.*"})`:                                              {"ai/vllm-llama3-70b", "other/vllm-llama3"},
		`sum(vllm:num_requests_waiting{namespace="ai",pod=~"vllm-llama3.*"})`:                               {"ai/vllm-llama3-70b"},
		`sum(vllm:num_requests_waiting{namespace="ai",pod=~"vllm-llama3-[a-z0-9]+-[a-z0-9]{5}"})`:           nil,
		`sum(vllm:num_requests_waiting{namespace="ai"})`:                                                    {"ai/vllm-llama3-70b", "ai/vllm-qwen"},
		`sum(vllm:num_requests_waiting{namespace="ai",model_name="m"})`:                                     nil,
		`sum(vllm:num_requests_waiting{namespace="ai",pod=~"vllm-llama3-.*"}) / sum(sglang:num_queue_reqs)`: {"ai/vllm-llama3-70b", "ai/sglang-llama3"},
		`avg(DCGM_FI_DEV_GPU_UTIL{exported_namespace="other"})`:                                             {"other/vllm-llama3"},
		`sum(a:b:c)`: nil,
	} {
		var got []string
		for _, w := range mustParse(t, query).ReachesOthers(own, all) {
			got = append(got, w.Object.Namespace+"/"+w.Object.Name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

func TestUses(t *testing.T) {
	uses := mustParse(t, `avg(vllm_kv_cache_usage_perc) + sum({__name__=~"vllm:num_requests_waiting.*",job="a"})
		+ sum(job:x:sum) + rate(vllm:time_to_first_token_seconds_bucket[5m]) + ray_vllm:num_requests_running + sglang:new
		+ nv_trt_llm_request_metrics{request_type="waiting"} + llm_d_epp_new + DCGM_FI_NEW + num_requests_waiting`).Uses()
	var got []string
	for _, u := range uses {
		line := u.Name + " " + u.Metric.Name + " " + string(u.Metric.Meaning) + " " + string(u.Engine)
		for word, is := range map[string]bool{" respelt": u.Respelt, " pattern": u.ByPattern, " recorded": u.Recorded, " gateway": u.Gateway, " device": u.Device} {
			if is {
				line += word
			}
		}
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"vllm_kv_cache_usage_perc vllm:kv_cache_usage_perc kv-cache vllm respelt",
		"vllm:num_requests_waiting vllm:num_requests_waiting waiting vllm pattern",
		"vllm:num_requests_waiting_by_reason vllm:num_requests_waiting_by_reason waiting vllm pattern",
		"job:x:sum recorded",
		"vllm:time_to_first_token_seconds_bucket vllm:time_to_first_token_seconds latency vllm",
		"ray_vllm:num_requests_running vllm:num_requests_running running ray-serve respelt",
		"sglang:new sglang",
		"nv_trt_llm_request_metrics nv_trt_llm_request_metrics waiting triton",
		"llm_d_epp_new gateway",
		"DCGM_FI_NEW device",
		"num_requests_waiting num_requests_waiting waiting nim",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if s := uses[1].Selector; !s.Has("job") || s.Has("pod") || s.String() != `{__name__=~"vllm:num_requests_waiting.*",job="a"}` {
		t.Errorf("selector %v", s)
	}
}
