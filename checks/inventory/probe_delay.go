package inventory

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// ProbeDelay is the fixed time that a probe keeps a container from being Ready.
type ProbeDelay struct {
	*corev1.Probe
	Field string
	Delay time.Duration
	// FirstTry is when the container is Ready at the latest if the first try
	// succeeds: the kubelet's ticks come a period apart, and it stores whole
	// seconds.
	FirstTry time.Duration
	// Behind names a probe that would wait next, with a delay of its own.
	Behind string
}

// ReadyDelay returns the longest fixed delay before the engine's container can
// be Ready: that of its readiness or of its startup probe. Without a readiness
// probe the startup probe's counts as well; a liveness probe's never does.
func (r *Recognition) ReadyDelay() ProbeDelay {
	if r.Container == nil {
		return ProbeDelay{}
	}
	startup := delayOf("startupProbe", r.Container.StartupProbe)
	readiness := delayOf("readinessProbe", r.Container.ReadinessProbe)
	// The readiness probe's tries begin when the startup probe has passed.
	if d := startup; d.Delay >= readiness.Delay {
		d.FirstTry += readiness.FirstTry - readiness.Delay
		if readiness.Delay > 0 {
			d.Behind = readiness.Field
		}
		return d
	}
	return readiness
}

func delayOf(field string, p *corev1.Probe) ProbeDelay {
	if p == nil {
		return ProbeDelay{Field: field}
	}
	const rounding = 2 * time.Second
	delay := time.Duration(p.InitialDelaySeconds) * time.Second
	period := time.Duration(orDefault(p.PeriodSeconds, defaultProbePeriod)) * time.Second
	return ProbeDelay{Probe: p, Field: field, Delay: delay, FirstTry: delay + period + rounding}
}
