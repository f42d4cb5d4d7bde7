package promql

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// kind is what one element of a result measures, seen from the fleet.
type kind uint8

const (
	unknown  kind = iota
	number        // a constant
	foreign       // a series that nobody knows
	podAny        // something of one replica, nobody knows what
	podCount      // an amount of one replica
	podLevel      // a ratio, a latency, a temperature of one replica
	total         // an amount over the whole fleet
	level         // a mean, a maximum, a ratio, a latency over the whole fleet
	replicas      // already a wanted number of replicas
)

// single says whether the elements belong to single replicas.
func (k kind) single() bool { return k == podAny || k == podCount || k == podLevel }

// seriesKind says what a series of this name measures.
func seriesKind(name string, s Selector) kind {
	if inventory.IsReplicaCount(name) {
		return replicas
	}
	if u := useOf(name, s); u.Known {
		return rowKind(name, u.Metric)
	}
	if _, family := inventory.MetricFamily(name); family && !recorded(name) {
		if inventory.GatewayFamily(name) {
			return foreign
		}
		return podAny
	}
	if strings.Contains(name, ":") {
		return unknown // a recording rule
	}
	if strings.HasPrefix(name, "kube_") && strings.Contains(name, "replicas") {
		return total
	}
	if name == "up" || s.narrowsAny(tellsPods) {
		return podAny
	}
	return foreign
}

func rowKind(name string, m inventory.Metric) kind {
	steady := false // not an amount: adding it up over a fleet has no meaning of its own
	switch m.Unit {
	case "ratio", "percent", "seconds", "milliseconds", "microseconds":
		steady = m.Type == inventory.Gauge || m.Type == inventory.Summary && name == m.Name
	}
	native := m.Type == inventory.Histogram && name == m.Name
	switch {
	case m.Averaged:
		return level
	case native && m.Gateway:
		return foreign
	case native:
		return podAny
	case m.Gateway && steady:
		return level
	case m.Gateway:
		return total
	case steady:
		return podLevel
	}
	return podCount
}

// product is the kind of l * r, quotient of l / r, added of l + r and l - r.
func product(l, r kind) kind {
	if l > r {
		l, r = r, l
	}
	switch {
	case l == number:
		return r
	case l == unknown || l == foreign || l == podAny:
		return unknown
	case l == podCount && r == podLevel, l == podCount && r == level:
		return podCount
	case l == podLevel && r == podLevel, l == podLevel && r == level:
		return podLevel
	case l == total && r == level, l == level && r == replicas:
		return total
	case l == level && r == level:
		return level
	}
	return unknown
}

func quotient(l, r kind) kind {
	switch {
	case r == number:
		return l
	case l == number && (r == level || r == podLevel):
		return r
	case l.single() && l == r:
		return podLevel
	case l == total && (r == total || r == replicas), l == level && r == level:
		return level
	case l == total && r == level:
		return total
	case l == podCount && (r == podLevel || r == level):
		return podCount
	case l == podLevel && r == level:
		return podLevel
	}
	return unknown
}

func added(op parser.ItemType, l, r kind) kind {
	switch {
	case l == r:
		return l
	case r == number:
		return l
	case l == number && (op == parser.ADD || r == level || r == podLevel):
		return r
	}
	return unknown
}

// over is the kind of an aggregation's result. keeps says that it keeps the
// replicas apart, one that its operand is one series.
func over(op parser.ItemType, in kind, keeps, one bool) kind {
	if in == unknown || in == number || in == replicas && op != parser.COUNT {
		return in
	}
	switch op {
	case parser.SUM:
		return overSum(in, keeps, one)
	case parser.COUNT:
		switch {
		case in.single() && keeps:
			return podCount
		case in.single() || in == foreign:
			return total
		}
	case parser.AVG, parser.MIN, parser.MAX, parser.QUANTILE, parser.STDDEV:
		switch {
		case in.single() && keeps || one:
			return in
		case in.single() || in == level:
			return level
		}
	}
	return unknown
}

func overSum(in kind, keeps, one bool) kind {
	switch {
	case in.single() && keeps:
		return in
	case in == level && !one:
		return unknown
	case in == level:
		return level
	}
	return total
}
