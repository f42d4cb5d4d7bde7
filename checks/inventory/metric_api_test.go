package inventory

import "testing"

func TestMetricAPI(t *testing.T) {
	for source, want := range map[MetricSource]string{
		SourceResource: ResourceMetricsAPI, SourcePods: CustomMetricsAPI, SourceObject: CustomMetricsAPI,
		SourceExternal: ExternalMetricsAPI, SourcePrometheus: ExternalMetricsAPI, SourceTrigger: ExternalMetricsAPI, "": "",
	} {
		if got := (ScalingMetric{Source: source}).API(); got != want {
			t.Errorf("a %s metric is asked of %q, want %q", source, got, want)
		}
	}
}
