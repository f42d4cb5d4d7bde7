// Package manifests writes a tree of Kubernetes manifests for lint to be
// measured on. The same arguments give the same bytes, so that two runs on two
// days read the same load.
package manifests

import "fmt"

const (
	inferenceEvery = 20 // one file in 20 is about inference: 5 %
	severalEvery   = 3  // one file in 3 holds several documents
	workerEvery    = 19 // of the ordinary bundles, the share without a Service
	filesPerFolder = 100
)

// file is one file to be written: the templates of its documents, in order, and
// the subject that all of them are about.
type file struct {
	index     int // number in the tree; also what its random values hang on
	path      string
	templates []string
	subject   subject
}

// subject names what a file is about. Only inference files have a workload
// number: several files can be about one workload and have to agree on it.
type subject struct {
	name, namespace, team string
	workload              int // -1: nothing to do with inference
}

// plan decides what each of n files holds; the counts of everything follow
// from it. Whatever varies beyond that is drawn when a file is written.
func plan(n int) []file {
	files := make([]file, 0, n)
	var ordinary ordinaryShapes
	var inference inferenceShapes
	for i := range n {
		several := i%severalEvery == 0
		f := file{index: i}
		folder := folderName(i / filesPerFolder)
		if i%inferenceEvery == 0 {
			f.templates, f.subject.workload = inference.next(several)
			f.subject.name, f.subject.namespace = workloadName(f.subject.workload)
		} else {
			f.templates, f.subject.workload = ordinary.next(several), -1
			f.subject.name, f.subject.namespace = fmt.Sprintf("%s-%05d", service(i), i), folder
		}
		f.subject.team = folder
		f.path = fmt.Sprintf("%s/%05d-%s.yaml", folder, i, f.subject.name)
		files = append(files, f)
	}
	return files
}

// ordinaryShapes deals out what the files hold that are not about inference.
type ordinaryShapes struct{ bundles, singles int }

func (s *ordinaryShapes) next(several bool) []string {
	if !several {
		s.singles++
		return []string{ordinarySingle(s.singles - 1)}
	}
	s.bundles++
	if (s.bundles-1)%workerEvery == 0 {
		return []string{"ConfigMap", "Deployment", "CronJob"}
	}
	return []string{"ConfigMap", "Deployment", "Service", "Ingress"}
}

// ordinarySingle gives the kinds in the proportion 8 ConfigMaps, 8 Services, 9
// Ingresses, 7 CronJobs, 6 Deployments. Beside the bundles this makes about as
// many ConfigMaps as Services, Ingresses and Deployments, and a third as many
// CronJobs.
func ordinarySingle(i int) string {
	deal := [...]string{
		"ConfigMap", "Service", "Ingress", "CronJob", "Deployment",
		"ConfigMap", "Service", "Ingress", "CronJob", "Deployment",
		"ConfigMap", "Service", "Ingress", "CronJob", "Deployment",
		"ConfigMap", "Service", "Ingress", "CronJob", "Deployment",
		"ConfigMap", "Service", "Ingress", "ConfigMap", "Ingress",
		"ConfigMap", "Service", "Ingress", "CronJob", "Deployment",
		"ConfigMap", "Service", "Ingress", "CronJob", "Deployment",
		"Service", "Ingress", "CronJob",
	}
	return deal[i%len(deal)]
}

// inferenceShapes deals out the files about inference. A workload is one file
// of five documents or five files of one document, so that a closed tree has
// whole workloads in it and not the shards of some.
type inferenceShapes struct{ workloads, pieces, current int }

func (s *inferenceShapes) next(several bool) (templates []string, workload int) {
	if several {
		workload = s.workloads
		s.workloads++
		return workloadTemplates(workload), workload
	}
	parts := workloadTemplates(s.current)
	if s.pieces%len(parts) == 0 {
		s.current = s.workloads
		s.workloads++
		parts = workloadTemplates(s.current)
	}
	part := parts[s.pieces%len(parts)]
	s.pieces++
	return []string{part}, s.current
}

func workloadTemplates(workload int) []string {
	scaler := [...]string{"HorizontalPodAutoscaler-engine", "ScaledObject-engine"}[workload%2]
	return []string{
		"Deployment-" + engineOf(workload).Name, "Service-engine", "PodDisruptionBudget-engine", scaler,
		"PersistentVolumeClaim-engine",
	}
}

func folderName(i int) string {
	areas := [...]string{"payments", "checkout", "search", "identity", "catalogue", "shipping", "pricing", "reporting"}
	return fmt.Sprintf("%s-%02d", areas[i%len(areas)], i/len(areas))
}

func service(i int) string {
	names := [...]string{"api", "worker", "gateway", "web", "importer", "ledger", "notifier"}
	return names[i%len(names)]
}

// workloadName spreads the workloads over 20 namespaces of their own.
func workloadName(workload int) (name, namespace string) {
	name = fmt.Sprintf("%s-%s-%03d", engineOf(workload).Name, modelOf(workload).Label, workload)
	return name, fmt.Sprintf("inference-%02d", workload%20)
}
