package inventory

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Defaults of a probe, from the API's core/v1 defaults.
const (
	defaultProbePeriod    = 10 // seconds
	defaultProbeTimeout   = 1  // seconds
	defaultProbeThreshold = 3
)

// ProbeWindow is how long a probe lets a container fail before it acts:
// initialDelaySeconds + failureThreshold × the longer of period and timeout.
// It is 0 for a nil probe.
func ProbeWindow(p *corev1.Probe) time.Duration {
	if p == nil {
		return 0
	}
	const forever = 1 << 32 // seconds: people write such thresholds to turn a probe off
	period := max(orDefault(p.PeriodSeconds, defaultProbePeriod), orDefault(p.TimeoutSeconds, defaultProbeTimeout))
	seconds := int64(p.InitialDelaySeconds) + int64(orDefault(p.FailureThreshold, defaultProbeThreshold))*int64(period)
	return time.Duration(min(seconds, forever)) * time.Second
}

// ProbeTimeout is what one try of the probe may take.
func ProbeTimeout(p *corev1.Probe) time.Duration {
	return time.Duration(orDefault(p.TimeoutSeconds, defaultProbeTimeout)) * time.Second
}

func orDefault(value, standard int32) int32 {
	if value == 0 {
		return standard
	}
	return value
}
