package inventory

import (
	"math"
	"strconv"
)

// The arithmetic by which an HPA turns a metric of type External or Object
// into a replica count (pkg/controller/podautoscaler/replica_calculator.go).
// It reckons in thousandths, and so do these. Two things are left out: within
// a tenth of the target an HPA keeps the count that it has, and the bounds and
// the behavior come after.

// DesiredByAverage is what a target of type AverageValue asks for: the value
// divided by the target, rounded up. How many replicas run does not enter, so
// with a bounded value this is also the most that it can ever ask for.
func DesiredByAverage(value, target float64) int64 {
	return int64(math.Ceil(thousandths(value) / divisor(target)))
}

// DesiredByValue is what a target of type Value asks for: the Ready replicas
// times the value divided by the target, rounded up.
func DesiredByValue(value, target float64, ready int64) int64 {
	return int64(math.Ceil(thousandths(value) / divisor(target) * float64(ready)))
}

func thousandths(x float64) float64 { return math.Round(x * 1000) }

// divisor is a target in thousandths: a quantity is never rounded down to none.
func divisor(target float64) float64 { return max(thousandths(target), 1) }

// Decimal writes a number for a message, to the thousandth: "5", "0.8".
func Decimal(x float64) string {
	return strconv.FormatFloat(thousandths(x)/1000, 'f', -1, 64)
}

// Last is the name of the field that the path ends in, or "".
func (p Path) Last() string {
	if len(p) == 0 {
		return ""
	}
	name, _ := p[len(p)-1].(string)
	return name
}

// MinText and MaxText name a bound for a message: "maxReplicas 8",
// "maxReplicaCount 100 (the default)".
func (a *Autoscaler) MinText() string { return boundText(a.MinPath, a.Min, a.MinSet) }

// MaxText is described at MinText.
func (a *Autoscaler) MaxText() string { return boundText(a.MaxPath, a.Max, a.MaxSet) }

func boundText(path Path, value int32, set bool) string {
	text := path.Last() + " " + strconv.Itoa(int(value))
	if !set {
		text += " (the default)"
	}
	return text
}
