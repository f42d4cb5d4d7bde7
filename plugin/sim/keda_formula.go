package sim

import (
	"strconv"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// readFormula reads the formula that KEDA makes one metric of the triggers with;
// nil where there is none, and why where it cannot be evaluated here.
func readFormula(a *inventory.Autoscaler) (formula *Formula, refused string) {
	if a.Formula() == "" {
		return nil, ""
	}
	formula, err := ParseFormula(a.Formula(), triggerNames(a))
	if err != nil {
		return nil, err.Error()
	}
	return formula, ""
}

// triggerNames are those that a formula may use: cpu and memory stay with the HPA.
func triggerNames(a *inventory.Autoscaler) []string {
	var names []string
	for _, m := range a.Metrics {
		if m.Name != "" && m.Source != inventory.SourceResource {
			names = append(names, m.Name)
		}
	}
	return names
}

// composite is what KEDA's metrics server answers for a formula: an error while a
// trigger fails, the fallback's number once it has failed too often
// (GetScaledObjectMetrics in pkg/scaling/scale_handler.go of KEDA 2.21).
func (w *World) composite(s *scaler, m inventory.ScalingMetric) Reading {
	numbers, failed := map[string]float64{}, ""
	fallback, fallen := s.owner.KEDA.Spec.Fallback, false
	if s.owner.Modifiers().Fraction() {
		fallback = nil
	}
	for i, trigger := range s.owner.Metrics {
		if trigger.Source == inventory.SourceResource {
			continue
		}
		value, err := w.numberOf(s, i)
		if w.fails(s, i, err) && fallback != nil && s.keda.failures[i] > fallback.FailureThreshold {
			fallen = true
		}
		if err != "" {
			failed = err
		}
		numbers[trigger.Name] = value
	}
	s.keda.fallen = fallen
	switch {
	case fallen:
		return w.fallback(s, m, fallback, failed)
	case failed != "":
		return Reading{Err: failed}
	}
	value, err := s.formula.Value(numbers)
	if err != nil {
		return Reading{Err: err.Error()}
	}
	return Reading{Value: int64(value * milli)}
}

// compositeActivity says whether the formula wants the target to run.
func (w *World) compositeActivity(s *scaler) (active, failed bool) {
	numbers := map[string]float64{}
	for i, trigger := range s.owner.Metrics {
		if trigger.Source == inventory.SourceResource {
			continue
		}
		value, err := w.numberOf(s, i)
		if err != "" {
			return false, true
		}
		numbers[trigger.Name] = value
	}
	value, err := s.formula.Value(numbers)
	activation, _ := strconv.ParseFloat(s.owner.Modifiers().ActivationTarget, 64)
	return err == nil && value > activation, false
}
