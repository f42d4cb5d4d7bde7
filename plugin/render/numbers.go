package render

import (
	"math"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// numbersOf lists the signals of an object. JSON has no word for a number that
// is none.
func numbersOf(ref inventory.Ref, set *signals.Set) []number {
	var all []number
	for _, s := range set.All() {
		if s.Of == ref && s.Part == "" && finite(s.Value) {
			all = append(all, numberOf(s))
		}
	}
	return all
}

func numberOf(s signals.Sample) number {
	return number{string(s.Metric), Clean(s.Part), s.Value, s.Metric.Unit(), s.At, Clean(s.Source)}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func numbersOfNodes(set *signals.Set) []nodeNumbers {
	var all []nodeNumbers
	for _, s := range set.All() {
		if s.Of.Kind != inventory.Node.String() || !finite(s.Value) {
			continue
		}
		if len(all) == 0 || all[len(all)-1].Ref != cleanRef(s.Of) {
			all = append(all, nodeNumbers{Ref: cleanRef(s.Of)})
		}
		last := &all[len(all)-1]
		last.Numbers = append(last.Numbers, numberOf(s))
	}
	return all
}
