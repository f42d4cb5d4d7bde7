package inventory

import appsv1 "k8s.io/api/apps/v1"

// OneByOne says whether a StatefulSet starts each pod only when the one before is
// Ready, which is the default, and pods are Ready only when their model is
// loaded, as far as their probes tell.
func (w *Workload) OneByOne() bool {
	set := As[appsv1.StatefulSet](w.Object)
	if set == nil || w.Recognition == nil || w.Container == nil || set.Spec.PodManagementPolicy == appsv1.ParallelPodManagement {
		return false
	}
	return w.Container.ReadinessProbe != nil || w.Container.StartupProbe != nil
}

// NodesOfEngine says whether the pods are the nodes of one engine, by its flags:
// their number is part of its configuration, and their order may be, too.
func (w *Workload) NodesOfEngine() bool {
	if w.Recognition == nil {
		return false
	}
	_, nodes := w.Args.Get("--nnodes", "--node-rank", "--dist-init-addr", "--data-parallel-address", "--data-parallel-start-rank", "--headless")
	return nodes
}
