package checks

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// NewBudget is a PodDisruptionBudget for a workload that has none: one pod at a
// time. It is nil where the pods' labels are an operator's to choose.
func NewBudget(objects *inventory.Snapshot, w *inventory.Workload) *Manifest {
	labels := ownLabels(w)
	if labels == nil {
		return nil
	}
	ref := inventory.Ref{Group: "policy", Kind: inventory.PodDisruptionBudget.String(), Namespace: w.Object.Namespace, Name: w.Object.Name}
	if _, presence := objects.Find(ref); presence == inventory.Present {
		ref.Name += "-one-at-a-time"
	}
	return &Manifest{ref, fmt.Sprintf(`# One pod at a time may be drained. Unlike minAvailable, this keeps its meaning
# when the number of replicas changes.
apiVersion: policy/v1
kind: PodDisruptionBudget
%sspec:
  maxUnavailable: 1
  selector:
    matchLabels:
%s`, metadata(ref, nil), pairs(labels, 6))}
}

// ownLabels select the workload's pods; of a group its leader, which stands for
// the whole.
func ownLabels(w *inventory.Workload) map[string]string {
	switch {
	case w.Operated || w.Generated():
		return nil
	case w.Object.Type == inventory.LeaderWorkerSet:
		return map[string]string{"leaderworkerset.sigs.k8s.io/name": w.Object.Name, "leaderworkerset.sigs.k8s.io/worker-index": "0"}
	case w.Selector != nil && len(w.Selector.MatchExpressions) == 0 && len(w.Selector.MatchLabels) > 0:
		return w.Selector.MatchLabels
	}
	return nil
}

// metadata writes the block of that name.
func metadata(ref inventory.Ref, labels map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "metadata:\n  name: %s\n", scalar(ref.Name))
	if ref.Namespace != "" {
		fmt.Fprintf(&b, "  namespace: %s\n", scalar(ref.Namespace))
	}
	if len(labels) > 0 {
		fmt.Fprintf(&b, "  labels:\n%s", pairs(labels, 4))
	}
	return b.String()
}

func pairs(labels map[string]string, indent int) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		fmt.Fprintf(&b, "%s%s: %s\n", strings.Repeat(" ", indent), scalar(key), scalar(labels[key]))
	}
	return b.String()
}

// scalar writes a text as YAML, in quotes where it needs some.
func scalar(text string) string {
	encoded, err := yaml.Marshal(text)
	if row := strings.TrimSuffix(string(encoded), "\n"); err == nil && !strings.Contains(row, "\n") {
		return row
	}
	return fmt.Sprintf("%q", text)
}

// Monitor makes Prometheus scrape the engine: through the Service that selects
// the pods where it names the port, else pod by pod. It is nil where the port is
// not known or not named.
func (s Stack) Monitor(objects *inventory.Snapshot) *Manifest {
	w := s.Workload
	port, known := w.MetricsPort()
	labels := ownLabels(w)
	if !known || labels == nil || w.Engine.MetricsPath == "" {
		return nil
	}
	ref := inventory.Ref{Group: "monitoring.coreos.com", Kind: inventory.PodMonitor.String(), Namespace: w.Object.Namespace, Name: w.Object.Name}
	list, endpoint := "podMetricsEndpoints", ""
	for _, service := range objects.Services(w) {
		if name := servicePort(service, w, port); name != "" && len(service.Meta.Labels) > 0 {
			ref.Kind, list, endpoint, labels = inventory.ServiceMonitor.String(), "endpoints", "port: "+scalar(name), service.Meta.Labels
			break
		}
	}
	if endpoint == "" {
		endpoint = s.podPort(port)
	}
	return &Manifest{ref, fmt.Sprintf(`# Prometheus reads %s's own metrics every 15 s: the autoscaler is no faster than
# its signal.
apiVersion: monitoring.coreos.com/v1
kind: %s
%sspec:
  selector:
    matchLabels:
%s  %s:
  - %s
    path: %s
    interval: 15s
`, w.EngineName(), ref.Kind, metadata(ref, s.releaseLabel()), pairs(labels, 6), list, endpoint, w.Engine.MetricsPath)}
}

func (s Stack) releaseLabel() map[string]string {
	if s.Release == "" {
		return nil
	}
	return map[string]string{"release": s.Release}
}

// servicePort is the name of the Service's port that leads to the engine's.
func servicePort(o *inventory.Object, w *inventory.Workload, port int32) string {
	service := inventory.As[corev1.Service](o)
	if service == nil {
		return ""
	}
	for _, p := range service.Spec.Ports {
		target := p.TargetPort
		to := target.IntVal
		for _, c := range w.Container.Ports {
			if target.StrVal != "" && c.Name == target.StrVal {
				to = c.ContainerPort
			}
		}
		if to == 0 && target.StrVal == "" {
			to = p.Port
		}
		if to == port && p.Name != "" {
			return p.Name
		}
	}
	return ""
}

// podPort names the container's port, or its number where it has no name.
func (s Stack) podPort(port int32) string {
	for _, c := range s.Workload.Container.Ports {
		if c.ContainerPort == port && c.Name != "" {
			return "port: " + scalar(c.Name)
		}
	}
	return fmt.Sprintf("portNumber: %d", port)
}

// Claim keeps the weights where every replica, on any node, can read them. It is
// a plan: only people know the storage class.
func (s Stack) Claim() *Manifest {
	w := s.Workload
	quantisation, _ := w.Args.Get("--quantization", "--quantize", "--dtype")
	size, why := 200, "assumed: the model's name does not tell its size"
	if gib, sized := inventory.WeightsGiB(w.Model, quantisation); sized {
		const twice, step = 2, 10 // a second revision, and round numbers
		size = (int(gib*twice)/step + 1) * step
		why = fmt.Sprintf("%.0f GiB of weights, and as much for the next revision", gib)
	}
	ref := inventory.Ref{Kind: inventory.PersistentVolumeClaim.String(), Namespace: w.Object.Namespace, Name: w.Object.Name + "-weights"}
	return &Manifest{ref, fmt.Sprintf(`# The weights, downloaded once and read by every replica.
apiVersion: v1
kind: PersistentVolumeClaim
%sspec:
  # Many nodes mount it: a shared file system. A disk (ReadWriteOnce) holds all
  # replicas on one node.
  accessModes:
  - ReadWriteMany
  # storageClassName: without it, the cluster's default, which may be a disk
  resources:
    requests:
      storage: %dGi # %s
`, metadata(ref, nil), size, why)}
}
