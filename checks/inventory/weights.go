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

// Read speeds of weights in GiB/s, slow and fast, and what an engine does
// besides: compiling kernels and capturing graphs. Measured ones spread as
// widely as this (vLLM's and KAITO's published start-up breakdowns).
const (
	hubSlow, hubFast       = 0.05, 0.1
	volumeSlow, volumeFast = 0.2, 1.0
	warmupFast             = 60 * time.Second
	warmupSlow             = 300 * time.Second
)

// LoadEstimate is how long a start may take, from container start to Ready,
// when nobody measured it: assumed rates over the size that the model's name
// tells.
type LoadEstimate struct {
	Fast, Slow time.Duration
	GiB        float64
	Hub        bool // downloaded, not read from a volume
}

// EstimateLoad is not ok where the model's size or the place of its weights is
// not known.
func (w *Workload) EstimateLoad() (LoadEstimate, bool) {
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
	slow, fast := volumeSlow, volumeFast
	if e.Hub {
		slow, fast = hubSlow, hubFast
	}
	e.Fast = warmupFast + time.Duration(gib/fast)*time.Second
	e.Slow = warmupSlow + time.Duration(gib/slow)*time.Second
	return e, true
}

// Streams says whether the engine loads weights straight from a store into the
// accelerator, or through a node's cache that the template names.
func (w *Workload) Streams() bool {
	format, _ := w.Args.Get("--load-format")
	return strings.Contains(format, "streamer") || strings.Contains(format, "fastsafetensors") || strings.Contains(format, "sharded_state") || strings.Contains(format, "tensorizer")
}
