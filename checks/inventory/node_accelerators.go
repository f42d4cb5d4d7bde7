package inventory

import (
	"sort"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// acceleratorPrefixes begin the resource names that device plugins count whole
// or shared accelerators under.
var acceleratorPrefixes = [...]string{
	"nvidia.com/gpu", "nvidia.com/mig-", "nvidia.com/pgpu",
	"amd.com/gpu", "amd.com/partition_",
	"habana.ai/",
	"google.com/tpu", "cloud-tpus.google.com/",
	"aws.amazon.com/neuron",
	"gpu.intel.com/", "intel.com/gpu",
	"huawei.com/Ascend", "huawei.com/ascend", "huawei.com/npu",
	"cambricon.com/mlu", "cambricon.com/vmlu",
	"hygon.com/dcu", "kunlunxin.com/xpu", "baidu.com/xpu",
	"metax-tech.com/gpu", "mthreads.com/gpu", "mthreads.com/vgpu",
	"iluvatar.ai/gpu", "iluvatar.com/gpu", "enflame.com/gcu", "enflame.com/shared-gcu",
	"qualcomm.com/qaic", "rebellions.ai/", "furiosa.ai/", "tenstorrent.com/",
	"sambanova.ai/", "graphcore.ai/ipu", "microsoft.com/vgpu", "volcano.sh/vgpu-number", "volcano.sh/gpu-number",
}

// acceleratorParts mark names under those prefixes that measure a part of a
// device (memory, cores) or watch it: their counts are not devices.
var acceleratorParts = [...]string{"mem", "core-percentage", "cores", "percentage", "millicores", "tiles", "monitoring", "gpucore"}

// acceleratorResource says whether a resource's amount counts accelerators.
func acceleratorResource(name string) bool {
	for _, prefix := range acceleratorPrefixes {
		if strings.HasPrefix(name, prefix) {
			rest := name[len(prefix):]
			for _, part := range acceleratorParts {
				if strings.Contains(rest, part) {
					return false
				}
			}
			return true
		}
	}
	return false
}

// accelerators adds up what one pod of the workload asks for: the sum over its
// containers and sidecars, or the most that one init container wants if that is
// more. A group's size (PodsPerReplica) is not multiplied in. Devices that
// are claimed through resourceClaims stand as one entry without a resource's
// name and with count 0, because the claim's template says how many.
func accelerators(w *Workload) []Accelerator {
	if w.Template == nil {
		return nil
	}
	spec := &w.Template.Spec
	total := map[string]int64{}
	for i := range spec.Containers {
		addAccelerators(total, &spec.Containers[i])
	}
	peak := map[string]int64{}
	for i := range spec.InitContainers {
		container := &spec.InitContainers[i]
		if isSidecar(container) {
			addAccelerators(total, container)
			continue
		}
		one := map[string]int64{}
		addAccelerators(one, container)
		for name, count := range one {
			peak[name] = max(peak[name], count)
		}
	}
	for name, count := range peak {
		total[name] = max(total[name], count)
	}
	return sortedAccelerators(total, len(spec.ResourceClaims) > 0)
}

func sortedAccelerators(total map[string]int64, claims bool) []Accelerator {
	var all []Accelerator
	if claims {
		all = append(all, Accelerator{})
	}
	for name, count := range total {
		if count > 0 {
			all = append(all, Accelerator{Resource: name, Count: count})
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Resource < all[j].Resource })
	return all
}

// isSidecar says whether an init container keeps running beside the others.
func isSidecar(c *corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// addAccelerators adds one container's devices. Limits count; requests stand in
// where only they are written, which the API server would refuse but a patch
// may show.
func addAccelerators(total map[string]int64, c *corev1.Container) {
	for name, quantity := range c.Resources.Limits {
		if acceleratorResource(string(name)) {
			total[string(name)] += quantity.Value()
		}
	}
	for name, quantity := range c.Resources.Requests {
		if _, limited := c.Resources.Limits[name]; !limited && acceleratorResource(string(name)) {
			total[string(name)] += quantity.Value()
		}
	}
}

// PodDevices is how many of one kind of device a pod asks for.
func PodDevices(pod *corev1.Pod, resource string) int64 {
	for _, a := range accelerators(&Workload{Template: &corev1.PodTemplateSpec{Spec: pod.Spec}}) {
		if a.Resource == resource {
			return a.Count
		}
	}
	return 0
}

// asksForAccelerator says whether a container of a pod wants a device, be it
// one that the pod claims.
func asksForAccelerator(c *corev1.Container, spec *corev1.PodSpec) bool {
	if len(c.Resources.Claims) > 0 && len(spec.ResourceClaims) > 0 {
		return true
	}
	one := map[string]int64{}
	addAccelerators(one, c)
	for _, count := range one {
		if count > 0 {
			return true
		}
	}
	return false
}

// HasAccelerators says whether the workload's pods ask for any device, claims
// of unknown size included.
func (w *Workload) HasAccelerators() bool { return len(w.Accelerators) > 0 }
