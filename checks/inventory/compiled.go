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
	if w.Args.Has("--enforce-eager") || w.Version.Known && w.Version.Less(compiles()) {
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
	if !set && !runsAsImageUser(w.Container, w.Template) {
		return "", false
	}
	volume, _, mounted := w.MountOf(w.Template, dir)
	if !mounted {
		return dir, true
	}
	return dir, volume != nil && placeOf(volume) == WeightsScratch
}
