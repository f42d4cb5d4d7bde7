package inventory

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// CacheMiss is a weight cache that lies beside the volume that was meant for it.
type CacheMiss struct {
	// Dir is where the engine downloads to, Mount where the volume is mounted,
	// MountPath leads to that mount from the engine's container.
	Dir, Mount string
	MountPath  Path
	// Known says that Dir is certain: a flag or a variable says so, or the
	// image is an official one that runs as its own user.
	Known bool
	// Named says that the volume, its claim or its place is called after models
	// or a cache; others may be for something else.
	Named bool
	// Movable says that the mount can be put elsewhere as it is: the engine may
	// write to it, and nothing else in the container names its path.
	Movable bool
}

// MissesCache says whether the engine downloads its model past every volume that
// is mounted for weights. A working directory on such a volume may hold the
// model under the very name of the hub's.
func (w *Workload) MissesCache() (CacheMiss, bool) {
	if w.Recognition == nil || w.Container == nil || w.Template == nil || w.Operated || w.Object.Fragment {
		return CacheMiss{}, false
	}
	if !ModelIsHubID(w.Model) || w.Streams() || w.findsElsewhere() {
		return CacheMiss{}, false
	}
	dir, known := w.CacheDir(w.Template)
	if dir == "" {
		return CacheMiss{}, false
	}
	miss := CacheMiss{Dir: dir, Known: known}
	for _, m := range w.WeightsMounts() {
		if within(dir, m.MountPath) || within(m.MountPath, dir) || w.startsIn(m.MountPath) || holdsModel(m.MountPath, w.Model) {
			return CacheMiss{}, false
		}
		named := w.namedForWeights(m)
		if miss.Mount == "" || named && !miss.Named {
			miss.Mount, miss.Named, miss.Movable = m.MountPath, named, !m.ReadOnly && !names(w.Container, m.MountPath)
		}
	}
	for i, m := range w.Container.VolumeMounts {
		if m.MountPath == miss.Mount {
			miss.MountPath = Path{"volumeMounts", i, "mountPath"}
		}
	}
	return miss, miss.Mount != ""
}

// startsIn says whether the engine is started in a directory below the mount: a
// model that is named like the hub's may be one there.
func (w *Workload) startsIn(mount string) bool {
	if w.Container.WorkingDir != "" && within(w.Container.WorkingDir, mount) {
		return true
	}
	script := strings.Join(append(append([]string{}, w.Container.Command...), w.Container.Args...), " ")
	return strings.Contains(script, "cd "+path.Clean(mount))
}

// holdsModel says whether a model's name may be a path that leads to the mount from
// the image's working directory: models/llama with a volume at
// /vllm-workspace/models, where vLLM's own image works.
func holdsModel(mount, model string) bool {
	first, _, _ := strings.Cut(model, "/")
	mount = path.Clean(mount)
	return path.Base(mount) == first || strings.HasSuffix(mount, "/"+model)
}

// namedForWeights looks at the names of a mount's volume, claim and place.
func (w *Workload) namedForWeights(m corev1.VolumeMount) bool {
	text := m.Name + "/" + m.MountPath
	if v := volumeOf(&w.Template.Spec, m.Name); v != nil && v.PersistentVolumeClaim != nil {
		text += "/" + v.PersistentVolumeClaim.ClaimName
	}
	return holdsWord(text, cacheWords)
}

// names says whether a container's command line or environment speaks of a
// directory.
func names(c *corev1.Container, dir string) bool {
	text := strings.Join(append(append([]string{}, c.Command...), c.Args...), " ")
	for _, e := range c.Env {
		text += " " + e.Value
	}
	return strings.Contains(text, dir)
}

// asksByHuggingFace are the engines that find a model by huggingface_hub, which
// asks for the newest revision before it looks at its cache.
var asksByHuggingFace = map[EngineID]bool{VLLM: true, SGLang: true, TGI: true, TRTLLM: true}

// AsksHub says whether the engine, though its cache is on a volume that is there
// when it starts, still asks the hub for the newest revision.
func (w *Workload) AsksHub() bool {
	at := w.WeightsAt()
	if !at.Download || at.Place != WeightsPersistent || !asksByHuggingFace[w.EngineID()] {
		return false
	}
	_, mirror := w.env.get(hubEndpoint)
	return !mirror && !w.Streams() && !w.findsElsewhere()
}

// hubEndpoint is the variable that puts a mirror in the public hub's place.
const hubEndpoint = "HF_ENDPOINT"

// hubWords are in the commands of init containers that download from the Hugging
// Face Hub; buckets and registries have other limits.
var hubWords = [...]string{"huggingface", "hf download", "snapshot_download", "hf_hub_download"}

// FromHub says whether a download goes to the public hub, as far as can be seen.
func (w *Workload) FromHub(fetch Refetch) bool {
	if fetch.Init == "" {
		_, mirror := w.env.get(hubEndpoint)
		return !mirror
	}
	for i := range w.Template.Spec.InitContainers {
		c := &w.Template.Spec.InitContainers[i]
		if c.Name == fetch.Init {
			return callsHub(c)
		}
	}
	return false
}

func callsHub(c *corev1.Container) bool {
	for _, e := range c.Env {
		if e.Name == hubEndpoint {
			return false
		}
	}
	text := strings.ToLower(strings.Join(append(append([]string{}, c.Command...), c.Args...), " "))
	for _, word := range hubWords {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
