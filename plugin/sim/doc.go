// Package sim does what the HorizontalPodAutoscaler controller does, without a
// cluster: the arithmetic of kube-controller-manager
// (pkg/controller/podautoscaler: replica_calculator.go and horizontal.go of
// Kubernetes 1.37), on the same views of objects that the checks read.
package sim
