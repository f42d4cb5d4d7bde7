package inventory

// CacheMiss is a weight cache that lies beside the volume that was meant for it.
type CacheMiss struct {
	// Dir is where the engine downloads to, Mount where the volume is mounted,
	// MountPath leads to that mount from the engine's container.
	Dir, Mount string
	MountPath  Path
	// Known says that Dir is certain: a flag or a variable says so, or the
	// image is an official one that runs as its own user.
	Known bool
}

// MissesCache says whether the engine downloads its model past every volume that
// is mounted for weights.
func (w *Workload) MissesCache() (CacheMiss, bool) {
	if w.Recognition == nil || w.Container == nil || w.Template == nil || w.Operated || w.Object.Fragment {
		return CacheMiss{}, false
	}
	if !ModelIsHubID(w.Model) || w.Streams() || w.findsElsewhere() {
		return CacheMiss{}, false
	}
	dir, known := w.CacheDir(w.Template)
	mounts := w.WeightsMounts()
	if dir == "" || len(mounts) == 0 {
		return CacheMiss{}, false
	}
	for _, m := range mounts {
		if within(dir, m.MountPath) {
			return CacheMiss{}, false
		}
	}
	miss := CacheMiss{Dir: dir, Mount: mounts[0].MountPath, Known: known}
	for i, m := range w.Container.VolumeMounts {
		if m.MountPath == miss.Mount {
			miss.MountPath = Path{"volumeMounts", i, "mountPath"}
		}
	}
	return miss, true
}

// AsksHub says whether the engine, though its weights lie on a volume that is
// there when it starts, still asks the hub for the newest revision.
func (w *Workload) AsksHub() bool {
	at := w.WeightsAt()
	mirror, _ := w.env.get("HF_ENDPOINT")
	return at.Download && at.Place == WeightsPersistent && mirror.value == "" && !w.Streams() && !w.findsElsewhere()
}
