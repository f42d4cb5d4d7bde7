package collect

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// gpuResource counts whole GPUs: those that an nv-hostengine knows one by one.
const gpuResource = "nvidia.com/gpu"

// DCGM asks an nv-hostengine for its GPUs through the program infscale-dcgm:
// NVIDIA's library needs cgo, and this program stays without.
type DCGM struct {
	// Host is the host engine's HOST:PORT; see HostEngine.
	Host string
	// Program is the path of infscale-dcgm. Empty: the one beside our own
	// executable, else the one on the PATH.
	Program string
}

// HostEngine checks what a user calls the address of an nv-hostengine.
func HostEngine(text string) error {
	host, port, err := net.SplitHostPort(text)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || host == "" {
		return fmt.Errorf("an nv-hostengine's address is HOST:PORT, found %q", text)
	}
	return nil
}

// Collect reads the GPUs of the node whose name or address is the host, once.
// The numbers are the node's, by GPU; a pod that holds all of the node's GPUs
// has them together.
func (d *DCGM) Collect(ctx context.Context, objects *inventory.Snapshot) *signals.Set {
	set := new(signals.Set)
	node, err := d.node(objects)
	if err != nil {
		set.Miss(signals.Gap{Source: d.source(), Reason: err.Error()})
		return set
	}
	gpus := map[int]GPUSample{}
	for _, err := range d.run(ctx, func(g GPUSample) { gpus[g.GPU] = g }, "--once") {
		set.Miss(signals.Gap{Source: d.source(), Reason: err.Error()})
	}
	d.tellNode(set, node, gpus)
	if pod, ok := soleHolder(objects, node); ok {
		d.tellPod(set, pod, gpus)
	}
	return set
}

func (d *DCGM) source() string { return "dcgm " + d.Host }

// node finds the one that the host engine runs on.
func (d *DCGM) node(objects *inventory.Snapshot) (*corev1.Node, error) {
	host, _, err := net.SplitHostPort(d.Host)
	if err != nil {
		return nil, HostEngine(d.Host)
	}
	var found []*corev1.Node
	for _, o := range objects.List(inventory.Node) {
		if node := inventory.As[corev1.Node](o); node != nil && answersTo(node, host) {
			found = append(found, node)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return nil, fmt.Errorf("%d nodes have the name or address %s", len(found), host)
	case !objects.Saw(inventory.Node, ""):
		return nil, fmt.Errorf("the nodes were not listed, so nobody knows which is %s", host)
	}
	return nil, fmt.Errorf("no node has the name or address %s", host)
}

func answersTo(node *corev1.Node, host string) bool {
	if node.Name == host {
		return true
	}
	ip := net.ParseIP(host)
	return slices.ContainsFunc(node.Status.Addresses, func(a corev1.NodeAddress) bool {
		return strings.EqualFold(a.Address, host) || ip != nil && ip.Equal(net.ParseIP(a.Address))
	})
}

// gpuNumber is one of the numbers of a GPU.
type gpuNumber struct {
	metric signals.Metric
	value  *float64
}

func (g GPUSample) numbers() [2]gpuNumber {
	return [...]gpuNumber{{signals.GPUUtilisation, g.Utilisation}, {signals.GPUMemoryUsed, g.MemoryUsed}}
}

func (d *DCGM) tellNode(set *signals.Set, node *corev1.Node, gpus map[int]GPUSample) {
	of := inventory.Ref{Kind: inventory.Node.String(), Name: node.Name}
	for _, g := range gpus {
		for _, n := range g.numbers() {
			if n.value != nil {
				part := "gpu-" + strconv.Itoa(g.GPU)
				set.Add(signals.Sample{Metric: n.metric, Of: of, Part: part, Value: *n.value, At: g.At, Source: d.source()})
			}
		}
	}
}

// soleHolder is the running pod of an inference workload that asks for all GPUs
// of a node.
func soleHolder(objects *inventory.Snapshot, node *corev1.Node) (*corev1.Pod, bool) {
	capacity := node.Status.Capacity[gpuResource]
	var holders []*corev1.Pod
	for _, w := range objects.Workloads() {
		for _, pod := range objects.Pods(w) {
			running := pod.Spec.NodeName == node.Name && pod.Status.Phase == corev1.PodRunning
			if running && !capacity.IsZero() && inventory.PodDevices(pod, gpuResource) == capacity.Value() {
				holders = append(holders, pod)
			}
		}
	}
	if len(holders) != 1 {
		return nil, false
	}
	return holders[0], true
}

// tellPod puts them together, as what dcgm-exporter tells of a pod. It does only
// where every GPU that the pod asks for has the number: the node may count
// slices or shares under the same name, or a GPU may be missing.
func (d *DCGM) tellPod(set *signals.Set, pod *corev1.Pod, gpus map[int]GPUSample) {
	if int64(len(gpus)) != inventory.PodDevices(pod, gpuResource) {
		return
	}
	values := map[signals.Metric][]float64{}
	var oldest time.Time
	for _, g := range gpus {
		if oldest.IsZero() || g.At.Before(oldest) {
			oldest = g.At
		}
		for _, n := range g.numbers() {
			if n.value != nil {
				values[n.metric] = append(values[n.metric], *n.value)
			}
		}
	}
	for metric, all := range values {
		if len(all) == len(gpus) {
			slices.Sort(all) // the same sum in every order
			set.Add(signals.Sample{Metric: metric, Of: podRef(pod), Value: ofAll(metric, all), At: oldest, Source: d.source()})
		}
	}
}
