package promql

import (
	"slices"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

func TestReadingReach(t *testing.T) {
	own := workload(inventory.Deployment, "ai", "vllm-llama3", inventory.VLLM)
	all := []*inventory.Workload{
		own,
		workload(inventory.Deployment, "ai", "vllm-qwen", inventory.VLLM),
		workload(inventory.Deployment, "other", "vllm-llama3", inventory.VLLM),
	}
	thanos := prometheusTrigger("sum(vllm:num_requests_running)")
	thanos.Metadata = map[string]string{"namespace": "ai"}
	object := func(kind, name string) inventory.ScalingMetric {
		return inventory.ScalingMetric{
			Source: inventory.SourceObject, Name: "vllm_num_requests_running",
			DescribedObject: &autoscalingv2.CrossVersionObjectReference{Kind: kind, Name: name},
		}
	}
	for _, test := range []struct {
		name     string
		metric   inventory.ScalingMetric
		decides  bool
		others   []string
		unscoped bool
		room     string
	}{
		{"bare", prometheusTrigger("sum(vllm:num_requests_running)"), true, []string{"ai/vllm-qwen", "other/vllm-llama3"}, true, ""},
		{"a join", prometheusTrigger("sum(vllm:num_requests_running and on(pod) a)"), false, []string{"ai/vllm-qwen", "other/vllm-llama3"}, true, ""},
		{"a namespace that the endpoint adds", thanos, true, []string{"ai/vllm-qwen"}, false, ""},
		{"an object metric of a namespace", object("Namespace", "other"), true, []string{"other/vllm-llama3"}, false, ""},
		{"an object metric of something else", object("Service", "other"), false, nil, false, ""},
		{"a Pods metric", inventory.ScalingMetric{Source: inventory.SourcePods, Name: "vllm_num_requests_running"}, false, nil, false, ""},
		{"an external metric without a rule", inventory.ScalingMetric{Source: inventory.SourceExternal, Name: "vllm_num_requests_running"}, false, []string{"ai/vllm-qwen", "other/vllm-llama3"}, true, ""},
		{"a pattern with room", prometheusTrigger(`sum(vllm:num_requests_running{namespace="ai",pod=~"vllm-llama3.*"})`), true, nil, false, "vllm-llama3-canary"},
		{"a device's pattern with room", prometheusTrigger(`avg(DCGM_FI_DEV_GPU_UTIL{exported_namespace="ai",exported_pod=~"vllm-llama3.*"})`), true, nil, false, "vllm-llama3-canary"},
		{"a pattern without", prometheusTrigger(`sum(vllm:num_requests_running{namespace="ai",pod=~"vllm-llama3-[a-z0-9]+-[a-z0-9]{5}"})`), true, nil, false, ""},
		{"a namespace is no pattern", prometheusTrigger(`sum(vllm:num_requests_running{namespace="ai"})`), true, []string{"ai/vllm-qwen"}, false, ""},
	} {
		r := ReadingOf(inventory.NewBuilder().Build(), test.metric)
		if r.Decides() != test.decides {
			t.Errorf("%s: decides %v", test.name, r.Decides())
		}
		var others []string
		for _, w := range r.ReachesOthers(own, all) {
			others = append(others, w.Object.Namespace+"/"+w.Object.Name)
		}
		if !slices.Equal(others, test.others) {
			t.Errorf("%s: reaches %v", test.name, others)
		}
		if unscoped := len(r.Unscoped()) > 0; unscoped != test.unscoped {
			t.Errorf("%s: unscoped %v", test.name, unscoped)
		}
		if name, room := r.LeavesRoom(own); room != (test.room != "") || room && name != test.room {
			t.Errorf("%s: room for %q %v", test.name, name, room)
		}
	}
	if ReadingOf(inventory.NewBuilder().Build(), prometheusTrigger("sum(")).Decides() {
		t.Error("a query that cannot be read decides nothing")
	}
}
