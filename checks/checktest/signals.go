package checktest

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// signalsOf reads the numbers of a section: the lines of NAME.signals are for
// NAME.yaml. A line is a series in promqltest's notation, whose name is the
// logical metric with underscores and whose labels are the object; its last
// value is of the frame's moment:
//
//	queue_depth{kind="Pod",namespace="inference",name="vllm-x7k2p"} 12
//	trigger_series{kind="ScaledObject",namespace="inference",name="vllm",part="spec.triggers[0]"} 2
//	gap{source="prometheus http://prometheus:9090",reason="connection refused"} 1
//
// Without such lines nobody measured.
func signalsOf(t testing.TB, fixture *txtar.Archive, section string) *signals.Set {
	t.Helper()
	if fixture == nil {
		return nil
	}
	file := sectionOf(fixture, strings.TrimSuffix(section, ".yaml")+signalsEnding)
	if file == nil {
		return nil
	}
	set := new(signals.Set)
	for line := range strings.Lines(string(file.Data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		labels, values, err := parser.NewParser(parser.Options{}).ParseSeriesDesc(line)
		if err != nil || len(values) == 0 {
			t.Fatalf("%s: %s: %v", file.Name, line, err)
		}
		if labels.Get("__name__") == "gap" {
			set.Miss(signals.Gap{Source: labels.Get("source"), Reason: labels.Get("reason")})
			continue
		}
		set.Add(signals.Sample{
			Metric: metricOf(t, labels.Get("__name__")), Of: objectOf(t, labels.Get("kind"), labels.Get("namespace"), labels.Get("name")),
			Part: labels.Get("part"), Value: values[len(values)-1].Value, At: Noon(), Source: "prometheus",
		})
	}
	return set
}

const signalsEnding = ".signals"

func metricOf(t testing.TB, name string) signals.Metric {
	t.Helper()
	name = strings.ReplaceAll(name, "_", "-")
	for _, metric := range signals.Metrics() {
		if string(metric) == name {
			return metric
		}
	}
	t.Fatalf("no logical metric is called %s", name)
	return ""
}

func objectOf(t testing.TB, kind, namespace, name string) inventory.Ref {
	t.Helper()
	for _, k := range inventory.Kinds() {
		if k.String() == kind {
			return inventory.Ref{Group: k.Info().Group, Kind: kind, Namespace: namespace, Name: name}
		}
	}
	t.Fatalf("no kind is called %s", kind)
	return inventory.Ref{}
}
