package inventory

// Blame locates a field of the workload on the object that people write. Where
// an operator generated the workload, that is its owner as a whole: the field may
// have another name there, or none.
func (w *Workload) Blame(path ...any) Location {
	if w.Generated() {
		return w.Owner.At("spec")
	}
	return w.Object.At(path...)
}

// Generated says whether an operator wrote the workload, so that a change to it
// would be taken back.
func (w *Workload) Generated() bool { return w.Owner != w.Object }
