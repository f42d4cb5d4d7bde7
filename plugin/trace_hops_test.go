package plugin

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/infscale/kubectl-infscale/plugin/collect"
)

// TestTargetOfAPod: a pod whose sidecar cannot be scraped is scraped all the same.
func TestTargetOfAPod(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "inference", Name: "vllm-0"}}
	at := func(namespace, pod string, up bool) collect.Target {
		return collect.Target{Namespace: namespace, Pod: pod, Up: up, LastError: map[bool]string{false: "connection refused"}[up]}
	}
	for _, c := range []struct {
		targets []collect.Target
		want    int
	}{
		{nil, -1},
		{[]collect.Target{at("inference", "vllm-1", true), at("batch", "vllm-0", true)}, -1},
		{[]collect.Target{at("inference", "vllm-0", false), at("inference", "vllm-0", true), at("inference", "vllm-0", false)}, 1},
		{[]collect.Target{at("inference", "vllm-1", true), at("inference", "vllm-0", false)}, 1},
	} {
		if got := targetOf(c.targets, pod); got != c.want {
			t.Errorf("%+v: %d, want %d", c.targets, got, c.want)
		}
	}
}
