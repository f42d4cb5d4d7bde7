package inventory

import (
	"path"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// WeightsPlace says on what kind of storage a replica finds its weights.
type WeightsPlace uint8

// The places. Only the first three outlive the container, and only the first
// two the pod.
const (
	WeightsUnknown    WeightsPlace = iota
	WeightsPersistent              // a claim, hostPath, CSI bucket, NFS, image volume: there when the pod starts
	WeightsBaked                   // in the image
	WeightsScratch                 // emptyDir or a generic ephemeral volume: gone with the pod
	WeightsLayer                   // the container's own layer: gone with the container
)

// WeightsAt is where the workload's weights are.
type WeightsAt struct {
	Place WeightsPlace
	// Dir is the directory, Volume the volume behind it (nil on the layer, and
	// for a StatefulSet's claim templates).
	Dir    string
	Volume *corev1.Volume
	// Download says that the engine itself fetches them from a hub or store
	// when they are not there.
	Download bool
}

// WeightsAt finds the place of the weights: that of a model given as a path,
// else of the engine's cache directory.
func (w *Workload) WeightsAt() WeightsAt {
	if w.Recognition == nil || w.Container == nil || w.Template == nil || w.Operated || w.Object.Fragment {
		return WeightsAt{}
	}
	dir, known := w.CacheDir(w.Template)
	at := WeightsAt{Dir: dir, Download: ModelIsHubID(w.Model)}
	if path.IsAbs(w.Model) {
		at.Dir, known, at.Download = w.Model, true, false
	}
	if at.Dir == "" || (!path.IsAbs(w.Model) && !at.Download) {
		return WeightsAt{}
	}
	volume, _, mounted := w.MountOf(w.Template, at.Dir)
	at.Volume = volume
	switch {
	case mounted && volume == nil:
		at.Place = WeightsPersistent
	case mounted:
		at.Place = placeOf(volume)
	case !at.Download:
		at.Place = WeightsBaked
	case known:
		at.Place = WeightsLayer
	}
	return at
}

func placeOf(v *corev1.Volume) WeightsPlace {
	switch {
	case v.EmptyDir != nil, v.Ephemeral != nil:
		return WeightsScratch
	case v.ConfigMap != nil, v.Secret != nil, v.Projected != nil, v.DownwardAPI != nil:
		return WeightsUnknown
	}
	return WeightsPersistent
}

// LoadRates are what a start is estimated by when nobody measured one.
type LoadRates struct {
	// HubSlowest and VolumeSlowest are how fast weights arrive at the worst, in
	// GiB/s: downloaded, or read from a volume.
	HubSlowest, VolumeSlowest float64
	// WarmupSlowest is what an engine does besides: compiling kernels and
	// capturing graphs.
	WarmupSlowest time.Duration
}

// AssumedRates spread as widely as measured ones do: vLLM's and KAITO's
// published start-up breakdowns.
func AssumedRates() LoadRates {
	return LoadRates{HubSlowest: 0.05, VolumeSlowest: 0.2, WarmupSlowest: 300 * time.Second}
}

// How many times faster than the slowest start the fastest one may be.
const (
	hubSpread    = 2
	volumeSpread = 5
	warmupSpread = 5
	// leastSpread is for a node next to a mirror, with the hub's parallel download.
	leastSpread = 20
)

// LoadEstimate is how long a start may take, from container start to Ready,
// when nobody measured it: assumed rates over the size that the model's name
// tells.
type LoadEstimate struct {
	Fast, Slow time.Duration
	// Least is what no start is faster than; Fast is what to count on at best.
	Least time.Duration
	GiB   float64
	Hub   bool // downloaded, not read from a volume
}

// EstimateLoad is not ok where the model's size or the place of its weights is
// not known.
func (w *Workload) EstimateLoad(rates LoadRates) (LoadEstimate, bool) {
	at := w.WeightsAt()
	if at.Place == WeightsUnknown {
		return LoadEstimate{}, false
	}
	quantisation, _ := w.Args.Get("--quantization", "--quantize", "--dtype")
	gib, ok := WeightsGiB(w.Model, quantisation)
	if !ok {
		return LoadEstimate{}, false
	}
	e := LoadEstimate{GiB: gib, Hub: at.Download && at.Place != WeightsPersistent}
	slow, spread := rates.VolumeSlowest, float64(volumeSpread)
	if e.Hub {
		slow, spread = rates.HubSlowest, hubSpread
	}
	e.Fast = rates.WarmupSlowest/warmupSpread + time.Duration(gib/slow/spread)*time.Second
	e.Least = rates.WarmupSlowest/warmupSpread + time.Duration(gib/slow/max(spread, leastSpread))*time.Second
	e.Slow = rates.WarmupSlowest + time.Duration(gib/slow)*time.Second
	return e, true
}

// fromFiles are the values of --load-format that read files from a directory,
// into which they were downloaded. Others stream, take the weights from
// somewhere else, or load none at all.
var fromFiles = wordSet("auto hf safetensors pt npcache gguf bitsandbytes mistral layered torchao")

// Streams says whether the engine loads weights straight from a store into the
// accelerator, or in another way that leaves it open what is downloaded.
func (w *Workload) Streams() bool {
	format, written := w.Args.Get("--load-format")
	return written && !fromFiles[format]
}

// Refetch is a download of the weights that every new pod repeats.
type Refetch struct {
	// Dir is where they go, Volume the volume that it lies on, nil for the
	// container's own layer, and Path leads to that volume from the workload's
	// object.
	Dir    string
	Volume *corev1.Volume
	Path   Path
	// Init names the init container that downloads; empty where the engine does.
	Init string
	// Mirror is what HF_ENDPOINT puts in the public hub's place, if anything.
	Mirror string
}

// Refetches says whether every new pod downloads the weights again. It is silent
// where the pod mounts another volume that is meant for them: then the cache is
// in the wrong place, which is another matter.
func (w *Workload) Refetches() (Refetch, bool) {
	at := w.WeightsAt()
	if at.Place != WeightsScratch && at.Place != WeightsLayer {
		return Refetch{}, false
	}
	for _, m := range w.WeightsMounts() {
		if !within(at.Dir, m.MountPath) {
			return Refetch{}, false
		}
	}
	f := Refetch{Dir: at.Dir, Volume: at.Volume}
	filled := false
	if at.Volume != nil {
		f.Path = w.volumePath(at.Volume)
		f.Init, filled = w.filledBy(at.Volume.Name)
	}
	if f.Init != "" || !at.Download {
		return f, f.Init != ""
	}
	mirror, _ := w.env.get("HF_ENDPOINT")
	f.Mirror = mirror.value
	return f, !filled && !w.Streams() && !w.findsElsewhere()
}

func (w *Workload) volumePath(v *corev1.Volume) Path {
	for i := range w.Template.Spec.Volumes {
		if w.Template.Spec.Volumes[i].Name == v.Name {
			return w.TemplatePath.Join("spec", "volumes", i)
		}
	}
	return nil
}

// downloaders are in the commands and images of init containers that fetch a
// model over the network.
var downloaders = [...]string{
	"huggingface-cli", "hf download", "huggingface_hub", "snapshot_download", "hf_hub_download", "modelscope", "storage-initializer",
	"aws s3", "s5cmd", "s3cmd", "gsutil", "gcloud storage", "rclone", "azcopy", "mc cp", "mc mirror", "oras pull",
	"git clone", "git lfs", "wget ", "curl ", "aria2c ", "download-to-cache", "create-model-store",
}

// filledBy looks at the init containers that mount a volume: it returns the name
// of one that downloads, and whether any may put something there.
func (w *Workload) filledBy(volume string) (downloads string, filled bool) {
	for i := range w.Template.Spec.InitContainers {
		c := &w.Template.Spec.InitContainers[i]
		for _, m := range c.VolumeMounts {
			if m.Name != volume || m.ReadOnly {
				continue
			}
			filled = true
			text := strings.ToLower(strings.Join(append(append([]string{c.Image}, c.Command...), c.Args...), " ")) + " "
			for _, word := range downloaders {
				if strings.Contains(text, word) {
					return c.Name, true
				}
			}
		}
	}
	return "", filled
}

// findsElsewhere says whether the engine is told not to download, so that the
// image must hold the weights, or to do so from a hub with a cache of its own.
func (r *Recognition) findsElsewhere() bool {
	for _, name := range [...]string{"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "NIM_DISABLE_MODEL_DOWNLOAD", "VLLM_USE_MODELSCOPE", "SGLANG_USE_MODELSCOPE"} {
		if v, ok := r.env.get(name); ok && (!v.known || isTruth(v.value) && !isFalse(v.value)) {
			return true
		}
	}
	return false
}

// cacheWords name volumes and directories that are meant to keep models.
// otherWords name those that keep something smaller: compiled kernels, KV blocks,
// adapters.
var (
	cacheWords = wordSet("cache model models weights huggingface hf hub checkpoint checkpoints")
	otherWords = wordSet("vllm triton torch torchinductor inductor flashinfer compile compiled lmcache kv kvcache lora loras adapter adapters tmp")
)

// WeightsMounts returns the mounts of the engine's container that are meant for
// weights: of volumes that outlive the pod, and of others that are named or
// placed like a cache. Shared memory, device files and the node's system
// directories are not.
func (w *Workload) WeightsMounts() []corev1.VolumeMount {
	if w.Recognition == nil || w.Container == nil || w.Template == nil {
		return nil
	}
	var all []corev1.VolumeMount
	for _, m := range w.Container.VolumeMounts {
		if meantForWeights(m, volumeOf(&w.Template.Spec, m.Name)) {
			all = append(all, m)
		}
	}
	return all
}

func meantForWeights(m corev1.VolumeMount, v *corev1.Volume) bool {
	words := m.Name + "/" + m.MountPath
	other := holdsWord(words, otherWords)
	switch {
	case ofSystem(m.MountPath), other && strings.Contains(m.MountPath, "/."): // ~/.cache/vllm, ~/.triton
		return false
	case v == nil: // a StatefulSet's claim template
		return true
	case v.HostPath != nil:
		return !ofSystem(v.HostPath.Path)
	case v.CSI != nil:
		return !strings.Contains(v.CSI.Driver, "secrets-store")
	case placeOf(v) == WeightsScratch:
		return holdsWord(words, cacheWords) && !other
	default:
		return placeOf(v) == WeightsPersistent
	}
}

// ofSystem says whether a directory belongs to the node's or the container's
// system.
func ofSystem(dir string) bool {
	for _, system := range [...]string{"/dev", "/sys", "/proc", "/etc", "/usr", "/lib", "/lib64", "/run", "/var/run", "/var/lib/kubelet", "/home/kubernetes"} {
		if within(dir, system) {
			return true
		}
	}
	return false
}

func holdsWord(text string, words map[string]bool) bool {
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return strings.ContainsRune("/-_. ", c) }) {
		if words[word] {
			return true
		}
	}
	return false
}
