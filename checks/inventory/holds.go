package inventory

import "strconv"

// Hold is something written that keeps an autoscaler from changing the count of
// replicas, in one direction or both.
type Hold struct {
	Path  Path
	Value string
	// Up and Down are the directions that are closed.
	Up, Down bool
	// Zero says that it only keeps KEDA from going to zero.
	Zero bool
}

// Annotations of KEDA's ScaledObject (apis/keda/v1alpha1/scaledobject_types.go).
const (
	kedaPaused          = "autoscaling.keda.sh/paused"
	kedaPausedReplicas  = "autoscaling.keda.sh/paused-replicas"
	kedaPausedScaleIn   = "autoscaling.keda.sh/paused-scale-in"
	kedaPausedScaleOut  = "autoscaling.keda.sh/paused-scale-out"
	kedaForceActivation = "autoscaling.keda.sh/force-activation"
)

// Holds returns what closes a direction: KEDA's annotations and selectPolicy
// Disabled. Where KEDA has taken the HPA away nothing else matters.
func (a *Autoscaler) Holds() []Hold {
	var all []Hold
	note := func(key string, h Hold) {
		if value, on := a.annotatedTrue(key); on {
			h.Path, h.Value = Path{"metadata", "annotations", key}, value
			all = append(all, h)
		}
	}
	if a.KEDA != nil {
		if count, found := a.Object.Meta.Annotations[kedaPausedReplicas]; found {
			return []Hold{{Path: Path{"metadata", "annotations", kedaPausedReplicas}, Value: count, Up: true, Down: true}}
		}
		if note(kedaPaused, Hold{Up: true, Down: true}); len(all) > 0 {
			return all
		}
		note(kedaPausedScaleOut, Hold{Up: true})
		note(kedaPausedScaleIn, Hold{Down: true})
		if lowest, _ := a.Lowest(); lowest == 0 {
			note(kedaForceActivation, Hold{Zero: true})
		}
	}
	if up := a.ScaleUp(); up.Disabled() {
		all = append(all, Hold{Path: up.Path.Join("selectPolicy"), Value: string(up.Select), Up: true})
	}
	if down := a.ScaleDown(); down.Disabled() {
		all = append(all, Hold{Path: down.Path.Join("selectPolicy"), Value: string(down.Select), Down: true})
	}
	return all
}

// annotatedTrue reads an annotation as KEDA does: what is no boolean is true
// (getBoolAnnotation).
func (a *Autoscaler) annotatedTrue(key string) (value string, on bool) {
	value, found := a.Object.Meta.Annotations[key]
	on, err := strconv.ParseBool(value)
	return value, found && (on || err != nil)
}
