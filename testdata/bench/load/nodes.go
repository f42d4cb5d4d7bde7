package load

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(s Size, i int) *corev1.Node {
	gpu := i < s.GPUNodes
	name := nodeName(i)
	capacity := corev1.ResourceList{
		"cpu": resource.MustParse("96"), "memory": resource.MustParse("768Gi"), "pods": resource.MustParse("250"),
		"ephemeral-storage": resource.MustParse("2Ti"),
	}
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
		"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
		"node.kubernetes.io/instance-type": "standard-96", "topology.kubernetes.io/zone": fmt.Sprintf("zone-%c", 'a'+i%3),
	}}}
	if gpu {
		n.Labels["node.kubernetes.io/instance-type"] = "gpu-h100-8"
		n.Labels["nvidia.com/gpu.product"] = "NVIDIA-H100-80GB-HBM3"
		n.Labels["nvidia.com/gpu.count"] = fmt.Sprint(gpusPerNode)
		capacity["nvidia.com/gpu"] = *resource.NewQuantity(gpusPerNode, resource.DecimalSI)
	}
	n.Status = nodeStatus(name, capacity)
	return n
}

// taints replaces what the server put on the node when it was made: without a
// node controller the mark of a node that is not ready would stay for good.
func taints(s Size, i int) []corev1.Taint {
	if i < s.GPUNodes {
		return []corev1.Taint{{Key: "nvidia.com/gpu", Value: "present", Effect: corev1.TaintEffectNoSchedule}}
	}
	return nil
}

func nodeStatus(name string, capacity corev1.ResourceList) corev1.NodeStatus {
	now := metav1.Now()
	status := corev1.NodeStatus{
		Capacity: capacity, Allocatable: capacity,
		Addresses: []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: "10.245.0.1"}, {Type: corev1.NodeHostName, Address: name}},
		NodeInfo: corev1.NodeSystemInfo{
			KubeletVersion: "v1.37.2", ContainerRuntimeVersion: "containerd://2.2.1", OSImage: "Linux", KernelVersion: "6.12.48",
			OperatingSystem: "linux", Architecture: "amd64",
		},
	}
	for _, c := range []struct {
		kind   corev1.NodeConditionType
		status corev1.ConditionStatus
		reason string
	}{
		{corev1.NodeMemoryPressure, corev1.ConditionFalse, "KubeletHasSufficientMemory"},
		{corev1.NodeDiskPressure, corev1.ConditionFalse, "KubeletHasNoDiskPressure"},
		{corev1.NodePIDPressure, corev1.ConditionFalse, "KubeletHasSufficientPID"},
		{corev1.NodeReady, corev1.ConditionTrue, "KubeletReady"},
	} {
		status.Conditions = append(status.Conditions, corev1.NodeCondition{
			Type: c.kind, Status: c.status, Reason: c.reason, LastHeartbeatTime: now, LastTransitionTime: now,
		})
	}
	for i := range 20 { // a node reports up to 50 images
		status.Images = append(status.Images, corev1.ContainerImage{
			Names: []string{fmt.Sprintf("registry.example.com/platform/image-%02d:v1.0.%d", i, i)}, SizeBytes: int64(i) << 26,
		})
	}
	return status
}
