package sim

import (
	"fmt"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// What an engine takes of its machine: a thread that polls each GPU whether
// there are requests or not, a little for each request, and the memory of its
// runtime and page-locked buffers.
const (
	coresPerGPU     = 1.0
	coresPerRequest = 0.01
	bytesPerGPU     = 12 << 30
)

// usage is what metrics-server says of a fleet's pods: a share of their request
// in percent, or the mean amount.
func (f *fleet) usage(m *inventory.ScalingMetric, now time.Time) Reading {
	sum, pods := 0.0, 0.0
	for _, p := range f.pods {
		if !p.isReady(now) {
			continue
		}
		pods++
		if m.Name == string(corev1.ResourceMemory) {
			sum += bytesPerGPU * float64(f.perPod())
		} else {
			sum += coresPerGPU*float64(f.perPod()) + coresPerRequest*p.running.requests
		}
	}
	if pods == 0 {
		return Reading{Err: "no metrics returned from resource metrics API"}
	}
	mean := sum / pods
	if m.TargetType != autoscalingv2.UtilizationMetricType {
		return Reading{Value: int64(mean * milli)}
	}
	requested := f.requested(corev1.ResourceName(m.Name))
	if requested == 0 {
		return Reading{Err: fmt.Sprintf("missing request for %s", m.Name)}
	}
	const percent = 100
	return Reading{Value: int64(mean / requested * percent * milli)}
}

// requested is what the containers of a pod request together.
func (f *fleet) requested(name corev1.ResourceName) float64 {
	if f.template == nil {
		return 0
	}
	sum := 0.0
	for _, c := range f.template.Spec.Containers {
		amount, ok := c.Resources.Requests[name]
		if !ok {
			amount = c.Resources.Limits[name]
		}
		sum += amount.AsApproximateFloat64()
	}
	return sum
}
