package inventory

// ReadWorkload reads the view of one object by itself, for sources that decide
// on arrival what to keep: nil for an object that has nothing to run, and with
// a nil Recognition for one that serves no model. What other objects would add
// (the owner, arguments in a ConfigMap) is not known yet.
func ReadWorkload(o *Object) *Workload { return readWorkload(o, &store{}) }

// ReadAutoscaler reads the view of one HPA or ScaledObject by itself, without
// its Workload; nil for one that names no target.
func ReadAutoscaler(o *Object) *Autoscaler { return readAutoscaler(o) }

// IsInference says whether an object by itself is recognised to serve a model.
func IsInference(o *Object) bool {
	w := ReadWorkload(o)
	return w != nil && w.Recognition != nil
}
