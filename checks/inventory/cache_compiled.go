package inventory

import "path"

// compiles is the first vLLM that compiles by default (V1, release notes of 0.8.0).
func compiles() Version { return Release(0, 8, 0) }

// LosesCompiled says where vLLM keeps what it compiles, if that ends with the
// pod. Silent where it compiles nothing, and where the directory is not known.
func (w *Workload) LosesCompiled() (dir string, lost bool) {
	if w.EngineID() != VLLM || w.Container == nil || w.Template == nil || w.Operated || w.Object.Fragment || !w.HasAccelerators() {
		return "", false
	}
	if w.Version.Known && w.Version.Less(compiles()) || w.tunesCompilation() {
		return "", false
	}
	dir = "/root/.cache/vllm"
	set := false
	for _, v := range []CacheVariable{{"VLLM_CACHE_ROOT", ""}, {"XDG_CACHE_HOME", "/vllm"}, {"HOME", "/.cache/vllm"}} {
		value, found := w.env.get(v.Name)
		if !found || set {
			continue
		}
		if !value.known || !path.IsAbs(value.value) {
			return "", false
		}
		dir, set = path.Join(value.value, v.Append), true
	}
	if !set && !(w.image.pattern.official && w.Args.Complete && runsAsImageUser(w.Container, w.Template)) {
		return "", false
	}
	volume, _, mounted := w.MountOf(w.Template, dir)
	if !mounted {
		return dir, true
	}
	return dir, volume != nil && placeOf(volume) == WeightsScratch
}

// KeptMount is where a volume for weights is mounted that outlives the pod and
// that the engine may write to.
func (w *Workload) KeptMount() (dir string, ok bool) {
	for _, m := range w.WeightsMounts() {
		v := volumeOf(&w.Template.Spec, m.Name)
		if v != nil && v.PersistentVolumeClaim != nil && !v.PersistentVolumeClaim.ReadOnly && !m.ReadOnly {
			return path.Clean(m.MountPath), true
		}
	}
	return "", false
}

// tunesCompilation says whether somebody turned compiling or its cache off, or
// tuned it in a way that may have.
func (w *Workload) tunesCompilation() bool {
	if w.Args.Has("--enforce-eager") {
		return true
	}
	if _, tuned := w.Args.Get("--compilation-config", "-cc", "-O", "-O0"); tuned {
		return true
	}
	for _, name := range [...]string{"VLLM_DISABLE_COMPILE_CACHE", "VLLM_USE_V1", "TORCH_COMPILE_DISABLE"} {
		if _, set := w.env.get(name); set {
			return true
		}
	}
	return false
}
