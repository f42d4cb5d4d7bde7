package inventory

import (
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

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

// Held says which directions are closed.
func (a *Autoscaler) Held() (up, down bool) {
	for _, h := range a.Holds() {
		up, down = up || h.Up, down || h.Down
	}
	return up, down
}

// annotatedTrue reads an annotation as KEDA does: what is no boolean is true
// (getBoolAnnotation).
func (a *Autoscaler) annotatedTrue(key string) (value string, on bool) {
	value, found := a.Object.Meta.Annotations[key]
	on, err := strconv.ParseBool(value)
	return value, found && (on || err != nil)
}

// RolloutPaused says whether a Deployment's changes are held back (spec.paused);
// it is scaled all the same.
func (w *Workload) RolloutPaused() bool {
	deployment := As[appsv1.Deployment](w.Object)
	return deployment != nil && deployment.Spec.Paused
}

// Stopped says whether KServe has taken the pods away (serving.kserve.io/stop;
// pkg/utils, GetForceStopRuntime), and where that is written.
func (w *Workload) Stopped() (at Location, stopped bool) {
	return w.Owner.At("metadata", "annotations", kserveStop),
		w.Owner.Group == kinds[InferenceService].Group && strings.EqualFold(w.Owner.Meta.Annotations[kserveStop], "true")
}

// StandsAtZero says whether an HPA has stopped because somebody else scaled its
// target to zero below its minimum: it waits there until somebody scales it up
// (reconcileAutoscaler, ScalingDisabled). Under KEDA that is how zero looks.
func (a *Autoscaler) StandsAtZero() bool {
	if a.HPA == nil || a.Min == 0 || a.GeneratedBy.Kind == kinds[ScaledObject].Name {
		return false
	}
	for _, c := range a.HPA.Status.Conditions {
		if c.Type == autoscalingv2.ScalingActive && c.Reason == "ScalingDisabled" {
			return true
		}
	}
	return false
}

// reasonWords are in the names of annotations that say why something is as it is.
var reasonWords = wordSet("ticket incident maintenance reason")

// TellsWhy says whether an annotation names a ticket, an incident, a maintenance
// or a reason.
func (o *Object) TellsWhy() bool {
	for key := range o.Meta.Annotations {
		for _, word := range nameWords(key) {
			if reasonWords[word] {
				return true
			}
		}
	}
	return false
}
