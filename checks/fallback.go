package checks

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// AddFallback gives a ScaledObject a fallback that keeps what is there, and half
// of the maximum at least. Older versions of KEDA know no such behavior: there a
// fixed number would take replicas away, and people have to choose it. With it
// go the edits without which it would never run.
func AddFallback(p *Pass, a *inventory.Autoscaler, with []Edit) []Edit {
	if keeps, known := p.Holds(inventory.KEDAFallbackBehavior); known && !keeps {
		return nil
	}
	const errors = 3 // in a row, as in KEDA's own example
	return slices.Concat([]Edit{Set(map[string]any{
		"failureThreshold": errors, "replicas": int(max(a.Min, (a.Max+1)/2)), "behavior": "currentReplicasIfHigher",
	}, "spec", "fallback")}, with, WholeTarget(a))
}

// WholeTarget counts a formula in tenths, hundredths or thousandths, so that its
// target is a whole number and the same is asked for. Nil where it is one, where
// that takes smaller parts, and where an activationTarget goes by the same number.
func WholeTarget(a *inventory.Autoscaler) []Edit {
	modifiers, at := a.Modifiers(), inventory.Path{"spec", "advanced", "scalingModifiers"}
	target, err := strconv.ParseFloat(modifiers.Target, 64)
	if err != nil || !modifiers.Fraction() || modifiers.ActivationTarget != "" {
		return nil
	}
	for _, times := range []float64{1, 10, 100, 1000} {
		const exact = 1e-9
		whole := math.Round(target * times)
		if math.Abs(whole-target*times) > exact {
			continue
		}
		edits := []Edit{Set(strconv.FormatFloat(whole, 'f', -1, 64), at.Join("target")...)}
		if times > 1 {
			edits = append(edits, Set(fmt.Sprintf("(%s) * %.0f", modifiers.Formula, times), at.Join("formula")...))
		}
		return edits
	}
	return nil
}
