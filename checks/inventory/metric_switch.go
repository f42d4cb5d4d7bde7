package inventory

import (
	"slices"
	"strings"
)

// MetricsOff is why an engine does not export a series.
type MetricsOff struct {
	// What is "metrics", or the series when it alone is off; Setting says why:
	// "without --enable-metrics", "with --disable-log-stats".
	What, Setting string
	// Sure is false where another version may do without the setting.
	Sure bool
	// Path leads to the setting, or to where it belongs, from the container.
	Path Path
	// Remedy says what to do; Add is the word to add to the command line, Drop
	// the switch to take away.
	Remedy, Add, Drop string
}

// Dynamo's variables for the port of a worker's metrics, off by default; the
// older one is a switch (docs.nvidia.com/dynamo, environment variables).
var dynamoPort = []string{"DYN_SYSTEM_PORT", "DYN_SYSTEM_ENABLED"}

// MetricsOff says whether the engine's settings keep it from exporting one of
// its own series. It is false where part of the settings cannot be seen.
func (r *Recognition) MetricsOff(series string) (MetricsOff, bool) {
	off := MetricsOff{What: "metrics", Sure: true, Path: r.commandLine()}
	on, name := r.Engine.MetricsOn, strings.TrimSuffix(r.Engine.MetricsOff, "=false")
	switch {
	case on != "":
		off.Setting, off.Remedy, off.Add = "without "+on, "add "+on, on
		_, written := r.Args.Get(on)
		unseen := !r.Args.Complete || r.env.open && len(r.Engine.mirrors) > 0
		return off, !r.Args.Has(on) && (written || !unseen)
	case name != "" && (name == r.Engine.MetricsOff && r.Args.Has(name) || name != r.Engine.MetricsOff && r.Args.says(name, isFalse)):
		off.Drop = name
	case r.Engine.ID == Triton:
		return r.tritonLatencies(series, off)
	case r.Engine.ID == Dynamo:
		set := slices.ContainsFunc(dynamoPort, func(name string) bool { _, ok := r.Env(name); return ok })
		off.Setting, off.Sure, off.Path = "without "+dynamoPort[0], false, Path{"env"}
		off.Remedy = "set " + dynamoPort[0]
		return off, !set && !r.env.open
	default:
		return off, false
	}
	off.Setting, off.Remedy = "with "+r.Engine.MetricsOff, "remove "+r.Engine.MetricsOff
	if at, written := r.Args.Where(name); written {
		off.Path = at
	}
	return off, true
}

// tritonLatencies tells the latencies that Triton measures only when asked to
// (docs/user_guide/metrics.md).
func (r *Recognition) tritonLatencies(series string, off MetricsOff) (MetricsOff, bool) {
	setting := ""
	switch {
	case strings.HasPrefix(series, "nv_inference_first_response_histogram_ms"):
		setting = "histogram_latencies=true"
	case strings.Contains(series, "_summary_us"):
		setting = "summary_latencies=true"
	default:
		return off, false
	}
	off.What, off.Add = series, "--metrics-config="+setting
	off.Setting, off.Remedy = "without "+off.Add, "add "+off.Add
	asked := r.Args.says("--metrics-config", func(value string) bool { return value == setting || value == "" })
	return off, r.Args.Complete && !asked
}

// says whether a flag is written with a value that a condition holds for, once
// or among other times.
func (a Args) says(name string, holds func(value string) bool) bool {
	return slices.ContainsFunc(a.flags, func(f flag) bool {
		return sameFlag(f.name, trimDashes(name)) && f.hasValue && holds(f.value)
	})
}
