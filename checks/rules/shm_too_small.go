package rules

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Source: vLLM documentation, Kubernetes: shared memory for tensor parallel
// inference; containerd's default of /dev/shm is 64 MiB.
var shmTooSmall = &checks.Check{
	ID:       "shm-too-small",
	Severity: checks.Warning,
	Section:  checks.Cache,
	Doc: checks.Doc{
		Title:  "Processes that share a model have too little shared memory between them",
		Why:    "With tensor parallelism an engine runs one process to a device, and they exchange data over /dev/shm: the engine's own queues, and NCCL where the devices have no direct link. A container's default is 64 MiB. When it is full, processes end with a bus error or hang in their first collective, at start or in the first large batch.",
		Remedy: "Mount an emptyDir with medium: Memory at /dev/shm, of a few GiB, and count it in the container's memory limit.",
		Ignore: "The model has run like this under load. NCCL 2.24 and newer keep their buffers elsewhere when the driver is of CUDA 12.6 or newer.",
		Sources: []string{
			"https://docs.vllm.ai/en/latest/deployment/k8s/",
			"https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting/runtime_and_mpi_issues.html",
		},
	},
	Needs: checks.Needs{Kinds: checks.Workloads()},
	Params: []checks.Param{{
		Name: "leastMiB", Value: 1024, Min: 64, Max: 1048576,
		Doc: "what several processes need at least: NCCL's documentation asks for 1 GiB",
	}},
	Run: func(pass *checks.Pass) {
		for _, w := range pass.Workloads() {
			shm, known := w.SharedMemory()
			if !known || shm.Host {
				continue
			}
			parallel := w.Parallel()
			if !parallel.Known || parallel.Devices/max(parallel.Nodes, 1) < 2 {
				continue
			}
			f := checks.Finding{
				At: w.Blame(shm.Path...), Workload: w,
				Evidence: []checks.Evidence{{Path: w.AtEngine(parallel.Path...).Path.String(), Value: parallel.Text, Basis: checks.Observed}},
				Fix:      shmFix(w, shm, int(pass.Param("leastMiB"))),
			}
			switch least := pass.Param("leastMiB"); {
			case shm.Volume == nil:
				f.Message = fmt.Sprintf("nothing is mounted at /dev/shm, whose default is 64 MiB, and %s runs a process per device (%s)", w.EngineName(), parallel.Text)
			case shm.Limit != nil && shm.Limit.AsApproximateFloat64() < least*(1<<20):
				f.Message = fmt.Sprintf("/dev/shm is bounded to %s, and %s runs a process per device (%s)", shm.Limit, w.EngineName(), parallel.Text)
			default:
				continue
			}
			pass.Report(f)
		}
	},
}

// shmFix mounts memory of the least size that will do, or raises the bound of
// what is mounted.
func shmFix(w *inventory.Workload, shm inventory.SharedMemory, leastMiB int) *checks.Fix {
	fix := &checks.Fix{Title: "mount an emptyDir of medium Memory at /dev/shm", Safety: checks.Manual, Object: w.Owner}
	size := fmt.Sprintf("%dMi", leastMiB)
	if leastMiB%1024 == 0 {
		size = fmt.Sprintf("%dGi", leastMiB/1024)
	}
	switch {
	case w.Generated() || w.Operated:
		return fix
	case shm.Volume == nil:
		const name = "shm"
		if w.HasVolume(name) {
			return fix
		}
		fix.Title += ", " + size
		fix.Edits = []checks.Edit{
			checks.Set(map[string]any{"name": name, "emptyDir": map[string]any{"medium": "Memory", "sizeLimit": size}},
				w.TemplatePath.Join("spec", "volumes", len(w.Template.Spec.Volumes))...),
			checks.Set(map[string]any{"name": name, "mountPath": "/dev/shm"}, w.ContainerPath.Join("volumeMounts", len(w.Container.VolumeMounts))...),
		}
	case shm.Limit != nil:
		fix.Title = "raise the sizeLimit of /dev/shm to " + size
		fix.Edits = []checks.Edit{checks.Set(size, shm.Path.Join("emptyDir", "sizeLimit")...)}
	}
	fix.Safety, fix.Restarts = checks.Unsafe, true
	return fix
}
