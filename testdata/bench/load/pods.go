package load

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

const templateHash = "5d4f8c7b9f"

func labels(w workload) map[string]string {
	l := map[string]string{"app": w.name, "app.kubernetes.io/name": w.name, "app.kubernetes.io/managed-by": "Helm"}
	if w.inference {
		l["app.kubernetes.io/component"] = "inference"
	}
	return l
}

func podLabels(w workload) map[string]string {
	l := labels(w)
	l["pod-template-hash"] = templateHash
	return l
}

func template(w workload) corev1.PodTemplateSpec {
	t := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels(w)}}
	t.Annotations = map[string]string{"prometheus.io/scrape": "true", "prometheus.io/port": fmt.Sprint(port(w))}
	if w.inference {
		t.Spec = engineSpec(w)
	} else {
		t.Spec = ordinarySpec(w)
	}
	return t
}

func port(w workload) int32 {
	if w.inference {
		return 8000
	}
	return 8080
}

func ordinarySpec(w workload) corev1.PodSpec {
	return corev1.PodSpec{
		TerminationGracePeriodSeconds: new(int64(45)),
		Containers: []corev1.Container{{
			Name:  "app",
			Image: "registry.example.com/" + w.namespace + "/" + w.name + ":v1.14.2",
			Args:  []string{"--listen=:8080", "--log-format=json", "--shutdown-timeout=30s"},
			Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: port(w)}},
			Env: []corev1.EnvVar{
				{Name: "DATABASE_HOST", Value: "postgres." + w.namespace + ".svc.cluster.local"},
				{Name: "LOG_LEVEL", Value: "info"},
				{Name: "POD_IP", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "status.podIP"}}},
			},
			Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("250m"), "memory": resource.MustParse("256Mi")},
				Limits:   corev1.ResourceList{"memory": resource.MustParse("256Mi")},
			},
			ReadinessProbe: probe("/readyz", 5, 3),
			LivenessProbe:  probe("/livez", 10, 3),
			VolumeMounts:   []corev1.VolumeMount{{Name: "tmp", MountPath: "/tmp"}},
		}},
		Volumes: []corev1.Volume{{Name: "tmp", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
	}
}

// engineSpec is a vLLM server on one GPU as careful people write it.
func engineSpec(w workload) corev1.PodSpec {
	return corev1.PodSpec{
		TerminationGracePeriodSeconds: new(int64(120)),
		Tolerations: []corev1.Toleration{
			{Key: "nvidia.com/gpu", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule},
		},
		Containers: []corev1.Container{{
			Name:  "vllm",
			Image: "vllm/vllm-openai:v0.18.1",
			Args: []string{
				"--model=meta-llama/Llama-3.1-8B-Instruct", "--served-model-name=" + w.name, "--tensor-parallel-size=1",
				"--gpu-memory-utilization=0.92", "--max-model-len=16384", "--max-num-seqs=256", "--port=8000",
			},
			Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: port(w)}},
			Env: []corev1.EnvVar{
				{Name: "HF_HOME", Value: "/models"},
				{Name: "HF_TOKEN", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
					LocalObjectReference: corev1.LocalObjectReference{Name: "huggingface"}, Key: "token",
				}}},
			},
			Resources: corev1.ResourceRequirements{
				Requests: corev1.ResourceList{"cpu": resource.MustParse("8"), "memory": resource.MustParse("64Gi")},
				Limits:   corev1.ResourceList{"memory": resource.MustParse("64Gi"), "nvidia.com/gpu": resource.MustParse("1")},
			},
			StartupProbe:   probe("/health", 10, 180),
			ReadinessProbe: probe("/health", 5, 3),
			LivenessProbe:  probe("/health", 15, 6),
			Lifecycle:      &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 15}}},
			VolumeMounts:   []corev1.VolumeMount{{Name: "models", MountPath: "/models"}, {Name: "shm", MountPath: "/dev/shm"}},
		}},
		Volumes: []corev1.Volume{
			{Name: "models", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claimName(w)}}},
			{Name: "shm", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{
				Medium: corev1.StorageMediumMemory, SizeLimit: new(resource.MustParse("8Gi")),
			}}},
		},
	}
}

func probe(path string, period, failures int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromString("http")}},
		PeriodSeconds: period, FailureThreshold: failures, TimeoutSeconds: 5,
	}
}

func pod(s Size, w workload, owner *appsv1.ReplicaSet, i int) *corev1.Pod {
	t := template(w)
	t.Spec.NodeName = s.nodeOf(w, i)
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("%s-%05x", owner.Name, i), Namespace: w.namespace, Labels: podLabels(w), Annotations: t.Annotations,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))},
		},
		Spec: t.Spec,
	}
}

// InferencePods lists the pods of the inference workloads.
func (s Size) InferencePods() []types.NamespacedName {
	var all []types.NamespacedName
	for i := range s.Inference {
		w := s.workload(i)
		owner := replicaSet(w, deployment(w))
		for p := range s.PodsPer {
			all = append(all, types.NamespacedName{Namespace: w.namespace, Name: pod(s, w, owner, p).Name})
		}
	}
	return all
}

// running is the status that a kubelet reports of a pod in good health.
func running(p *corev1.Pod, number int) corev1.PodStatus {
	ip := fmt.Sprintf("10.244.%d.%d", number/podsPerAddressRow, 1+number%podsPerAddressRow)
	now := metav1.Now()
	status := corev1.PodStatus{
		Phase: corev1.PodRunning, PodIP: ip, PodIPs: []corev1.PodIP{{IP: ip}}, HostIP: "10.245.0.1", StartTime: &now, QOSClass: p.Status.QOSClass,
	}
	for _, kind := range []corev1.PodConditionType{
		corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled,
	} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	for _, c := range p.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, ImageID: fmt.Sprintf("%s@sha256:%064x", c.Image, number),
			ContainerID: fmt.Sprintf("containerd://%064x", number), Ready: true, Started: new(true),
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		})
	}
	return status
}
