package inventory_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestAccelerators(t *testing.T) {
	const vllm = "image: vllm/vllm-openai\nargs: [a/b]\nresources: "
	for _, test := range []struct{ name, containers, extra, want string }{
		{"limits", vllm + "{limits: {nvidia.com/gpu: 2, cpu: 4}, requests: {nvidia.com/gpu: 2}}", "", "[{nvidia.com/gpu 2}]"},
		{"requests alone", vllm + "{requests: {amd.com/gpu: 1}}", "", "[{amd.com/gpu 1}]"},
		{"none", vllm + "{limits: {cpu: 4}}", "", "[]"},
		{"zero", vllm + "{limits: {nvidia.com/gpu: 0}}", "", "[]"},
		{"shared and mig", vllm + "{limits: {nvidia.com/gpu.shared: 1, nvidia.com/mig-1g.5gb: 2}}", "", "[{nvidia.com/gpu.shared 1} {nvidia.com/mig-1g.5gb 2}]"},
		{
			"others", vllm + "{limits: {habana.ai/gaudi: 8, google.com/tpu: 4, aws.amazon.com/neuroncore: 2, gpu.intel.com/i915: 1, huawei.com/Ascend910: 1}}", "",
			"[{aws.amazon.com/neuroncore 2} {google.com/tpu 4} {gpu.intel.com/i915 1} {habana.ai/gaudi 8} {huawei.com/Ascend910 1}]",
		},
		{"parts of devices", vllm + "{limits: {nvidia.com/gpumem: 3000, nvidia.com/gpucores: 30, gpu.intel.com/memory.max: 1, gpu.intel.com/i915_monitoring: 1, vpc.amazonaws.com/efa: 4}}", "", "[]"},
		{"init container wants more", vllm + "{limits: {nvidia.com/gpu: 1}}", "initContainers: [{name: i, image: x, resources: {limits: {nvidia.com/gpu: 4}}}]", "[{nvidia.com/gpu 4}]"},
		{"init container wants less", vllm + "{limits: {nvidia.com/gpu: 4}}", "initContainers: [{name: i, image: x, resources: {limits: {nvidia.com/gpu: 1}}}]", "[{nvidia.com/gpu 4}]"},
		{"sidecar adds", vllm + "{limits: {nvidia.com/gpu: 1}}", "initContainers: [{name: i, image: x, restartPolicy: Always, resources: {limits: {nvidia.com/gpu: 1}}}]", "[{nvidia.com/gpu 2}]"},
		{"claim", vllm + "{claims: [{name: gpu}]}", "resourceClaims: [{name: gpu, resourceClaimTemplateName: one}]", "[{ 0}]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := deploymentOf(test.containers)
			if test.extra != "" {
				text = strings.TrimRight(text, "\n") + "\n      " + test.extra + "\n"
			}
			w := recognised(t, text)
			if got := fmt.Sprint(w.Accelerators); got != test.want || w.HasAccelerators() != (test.want != "[]") {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestAcceleratorsOfSeveralContainers(t *testing.T) {
	w := recognised(t, deploymentOf("name: a\nimage: vllm/vllm-openai\nargs: [a/b]\n"+oneGPU, "name: b\nimage: x\n"+oneGPU))
	if w.GPUs() != 2 {
		t.Errorf("%d devices", w.GPUs())
	}
}
