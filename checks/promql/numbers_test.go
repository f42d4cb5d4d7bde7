package promql

import (
	"fmt"
	"testing"
)

func TestNumbers(t *testing.T) {
	const scaler = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: s, namespace: a}\nspec:\n  scaleTargetRef: {name: s}\n"
	trigger := func(query, threshold string) string {
		return fmt.Sprintf("  - {type: prometheus, name: t, metadata: {query: '%s', threshold: '%s'}}\n", query, threshold)
	}
	for spec, want := range map[string]string{
		"  triggers:\n" + trigger("sum(vllm:num_requests_running)", "5"):                                                                     "vllm:num_requests_running ×1 ≤0 per replica",
		"  triggers:\n" + trigger("avg(vllm:kv_cache_usage_perc) * 100", "80"):                                                               "vllm:kv_cache_usage_perc ×100 ≤1",
		"  triggers:\n" + trigger("sum(vllm:kv_cache_usage_perc)", "80"):                                                                     "vllm:kv_cache_usage_perc ×1 ≤16 per replica",
		"  triggers:\n" + trigger("sum(vllm:num_requests_running) + 1", "80"):                                                                "none",
		"  triggers:\n" + trigger("sum(vllm:num_requests_running)", "0"):                                                                     "",
		"  triggers:\n" + trigger("sum(vllm:num_requests_running)", "$N"):                                                                    "",
		"  triggers:\n" + trigger("sum(vllm:num_requests_running)", "5") + "  advanced: {scalingModifiers: {formula: t / 2, target: '7'}}\n": "vllm:num_requests_running ×0.5 ≤0 per replica",
	} {
		s := snapshot(t, scaler+spec)
		got := ""
		for _, r := range Numbers(s, s.Autoscalers()[0]) {
			row, factor, ok := r.Measures()
			if !ok {
				got += "none"
				continue
			}
			got += fmt.Sprintf("%s ×%v ≤%v", row.Name, factor, r.Most(row, factor))
			if r.PerReplica() {
				got += " per replica"
			}
		}
		if got != want {
			t.Errorf("%s\n  %q, want %q", spec, got, want)
		}
	}
}
