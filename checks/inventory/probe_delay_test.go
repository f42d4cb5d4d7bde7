package inventory_test

import (
	"fmt"
	"testing"
)

func TestReadyDelay(t *testing.T) {
	for probes, want := range map[string]string{
		"": "startupProbe 0s 0s",
		"livenessProbe: {initialDelaySeconds: 300}":                                                                                 "startupProbe 0s 0s",
		"readinessProbe: {initialDelaySeconds: 300}":                                                                                "readinessProbe 5m0s 5m12s",
		"readinessProbe: {initialDelaySeconds: 300, periodSeconds: 30}, startupProbe: {initialDelaySeconds: 10}":                    "readinessProbe 5m0s 5m32s",
		"startupProbe: {initialDelaySeconds: 300, periodSeconds: 20}":                                                               "startupProbe 5m0s 5m22s",
		"readinessProbe: {initialDelaySeconds: 300, periodSeconds: 5}, startupProbe: {initialDelaySeconds: 300, periodSeconds: 30}": "startupProbe 5m0s 5m39s, then the readinessProbe",
	} {
		d := recognised(t, deploymentOf("{image: 'vllm/vllm-openai:v0.18.1', "+probes+"}")).ReadyDelay()
		got := fmt.Sprintf("%s %s %s", d.Field, d.Delay, d.FirstTry)
		if d.Behind != "" {
			got += ", then the " + d.Behind
		}
		if got != want {
			t.Errorf("%s: %q, want %q", probes, got, want)
		}
	}
}
