package checks_test

import (
	"fmt"
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestRetarget(t *testing.T) {
	hpa := inventory.ScalingMetric{TargetText: "500m", TargetTypePath: inventory.Path{"spec", "metrics", 0, "external", "target", "type"}}
	trigger := inventory.ScalingMetric{TargetText: "5", TargetTypePath: inventory.Path{"spec", "triggers", 0, "metricType"}}
	object := &inventory.Object{}
	for _, test := range []struct {
		a    *inventory.Autoscaler
		m    inventory.ScalingMetric
		to   string
		want string
	}{
		{
			&inventory.Autoscaler{Object: object}, hpa, "Value",
			"safe [{spec.metrics[0].external.target.type Value} {spec.metrics[0].external.target.value 500m} {spec.metrics[0].external.target.averageValue <nil>}]",
		},
		{
			&inventory.Autoscaler{Object: object}, hpa, "AverageValue",
			"safe [{spec.metrics[0].external.target.type AverageValue} {spec.metrics[0].external.target.averageValue 500m} {spec.metrics[0].external.target.value <nil>}]",
		},
		{
			&inventory.Autoscaler{Object: object, KEDA: &inventory.ScaledObjectContent{}}, trigger, "Value",
			"safe [{spec.triggers[0].metricType Value}]",
		},
		{&inventory.Autoscaler{Object: object, GeneratedBy: inventory.Ref{Name: "owner"}}, hpa, "Value", "manual []"},
	} {
		fix := checks.Retarget(test.a, test.m, test.to)
		if got := fmt.Sprint(fix.Safety, " ", fix.Edits); got != test.want {
			t.Errorf("%s\nwant\n%s", got, test.want)
		}
	}
}
