package inventory

import "testing"

func TestPrometheusAlone(t *testing.T) {
	trigger := func(kind string) ScalingMetric {
		return kedaMetric(ScaledObjectTrigger{Type: kind}, Path{"spec"})
	}
	for _, test := range []struct {
		kinds []string
		want  int
	}{
		{nil, 0},
		{[]string{"prometheus", "cron", "prometheus"}, 2},
		{[]string{"prometheus", "cpu"}, 0},
		{[]string{"cron"}, 0},
	} {
		a := &Autoscaler{}
		for _, kind := range test.kinds {
			a.Metrics = append(a.Metrics, trigger(kind))
		}
		if got := a.PrometheusAlone(); len(got) != test.want {
			t.Errorf("%v: %d", test.kinds, len(got))
		}
	}
}
