package inventory

// PrometheusAlone returns the triggers of a ScaledObject on which everything
// depends: those that ask Prometheus, where there are no others. Cron is a floor
// by the clock and left out.
func (a *Autoscaler) PrometheusAlone() []ScalingMetric {
	var all []ScalingMetric
	for _, m := range a.Metrics {
		switch {
		case m.TriggerType == "cron":
		case m.Source != SourcePrometheus:
			return nil
		default:
			all = append(all, m)
		}
	}
	return all
}
