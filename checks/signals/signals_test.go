package signals

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestSetKeepsTheNewest(t *testing.T) {
	pod := inventory.Ref{Kind: "Pod", Namespace: "inference", Name: "vllm-0"}
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var set Set
	set.Add(Sample{Metric: QueueDepth, Of: pod, Value: 7, At: noon})
	set.Add(Sample{Metric: QueueDepth, Of: pod, Value: 3, At: noon.Add(-time.Minute)})
	if got, ok := set.Of(QueueDepth, pod); !ok || got.Value != 7 {
		t.Errorf("Of(queue-depth) = %v, %v; want the sample of noon", got.Value, ok)
	}
	if _, ok := set.Of(Running, pod); ok {
		t.Error("a metric that nobody measured is there")
	}
}

func TestNilSetHoldsNothing(t *testing.T) {
	var none *Set
	if _, ok := none.Of(QueueDepth, inventory.Ref{}); ok {
		t.Error("a nil set holds a sample")
	}
}

func TestParts(t *testing.T) {
	scaler := inventory.Ref{Group: "keda.sh", Kind: "ScaledObject", Namespace: "inference", Name: "vllm"}
	var set, more Set
	set.Add(Sample{Metric: TriggerSeries, Of: scaler, Part: "spec.triggers[1]", Value: 2})
	more.Add(Sample{Metric: TriggerSeries, Of: scaler, Part: "spec.triggers[0]", Value: 1})
	more.Miss(Gap{"prometheus", "connection refused"})
	set.Miss(Gap{"prometheus", "connection refused"})
	set.Merge(&more)
	if _, ok := set.Of(TriggerSeries, scaler); ok {
		t.Error("the whole has a number that was only measured of its parts")
	}
	if got, ok := set.Part(TriggerSeries, scaler, "spec.triggers[1]"); !ok || got.Value != 2 {
		t.Errorf("Part = %v, %v", got, ok)
	}
	all := set.All()
	if len(all) != 2 || all[0].Part != "spec.triggers[0]" || all[1].Part != "spec.triggers[1]" {
		t.Errorf("All = %v; want both, sorted", all)
	}
	if gaps := set.Gaps(); len(gaps) != 1 {
		t.Errorf("Gaps = %v; want each once", gaps)
	}
}

// TestEveryMetricHasARow reads the declarations: a metric that is missing from
// the table would be unknown to recordings and reports.
func TestEveryMetricHasARow(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "metric.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	rows := Metrics()
	declared := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		named, isNamed := spec.Type.(*ast.Ident)
		literal, isLiteral := spec.Values[0].(*ast.BasicLit)
		if !isNamed || !isLiteral || named.Name != "Metric" {
			return true
		}
		declared++
		if name, err := strconv.Unquote(literal.Value); err != nil || !slices.Contains(rows, Metric(name)) {
			t.Errorf("%s has no row", literal.Value)
		}
		return true
	})
	if declared != len(rows) {
		t.Errorf("%d metrics, %d rows", declared, len(rows))
	}
}
