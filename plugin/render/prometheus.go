package render

import (
	"bytes"
	"cmp"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// writePrometheus is the report as a file for node_exporter's textfile
// collector. Totals are there even when they are 0, so that a graph of them
// has no holes. The time is that of a cluster's frame: a report about
// manifests depends on no clock, and neither does this file.
func writePrometheus(out *bytes.Buffer, d *document, o Options) error {
	families := []*dto.MetricFamily{
		gauges("infscale_build_info", "The version of kubectl-infscale that wrote this file.", gauge(1, "version", Clean(o.ToolVersion))),
		d.each("infscale_coverage_ratio", "Share of the pairs of check and workload that could be judged.", func(d *document) []*dto.Metric {
			return []*dto.Metric{gauge(d.Summary.Coverage)}
		}),
		d.each("infscale_findings", "Findings that nothing suppresses.", (*document).totals),
		d.each("infscale_suppressed_findings", "Findings that a suppression or a baseline holds back.", func(d *document) []*dto.Metric {
			return []*dto.Metric{gauge(float64(d.Summary.Suppressed))}
		}),
		d.each("infscale_unreadable_inputs", "Parts of the input that could not be read.", func(d *document) []*dto.Metric {
			return []*dto.Metric{gauge(float64(len(d.Problems)))}
		}),
		d.each("infscale_workloads", "Inference workloads that were seen.", func(d *document) []*dto.Metric {
			return []*dto.Metric{gauge(float64(len(d.Workloads)))}
		}),
		d.reached(),
		counted("infscale_skipped_checks", "Checks that could not look, or broke.", d.skipCounts()),
		counted("infscale_workload_findings", "Findings by check and workload, or object beside the workloads.", d.findingCounts()),
	}
	if !o.At.IsZero() {
		const perSecond = 1e9
		seconds := float64(o.At.UnixNano()) / perSecond
		families = append(families, gauges("infscale_last_run_timestamp_seconds", "When the cluster was looked at.", gauge(seconds)))
	}
	slices.SortFunc(families, func(a, b *dto.MetricFamily) int { return cmp.Compare(a.GetName(), b.GetName()) })
	for _, family := range families {
		if len(family.Metric) == 0 {
			continue
		}
		if _, err := expfmt.MetricFamilyToText(out, family); err != nil {
			return err
		}
	}
	return nil
}

// totals counts by severity what is held against its author.
func (d *document) totals() []*dto.Metric {
	return []*dto.Metric{
		gauge(float64(d.Summary.Errors), "severity", "error"),
		gauge(float64(d.Summary.Infos), "severity", "info"),
		gauge(float64(d.Summary.Warnings), "severity", "warning"),
	}
}

// each is a family about the whole, or about each of several clusters. One that
// could not be looked at has no numbers: 0 would read as fine.
func (d *document) each(name, help string, of func(*document) []*dto.Metric) *dto.MetricFamily {
	if len(d.Clusters) == 0 {
		return gauges(name, help, of(d)...)
	}
	family := gauges(name, help)
	for _, c := range d.Clusters {
		if c.Unreached {
			continue
		}
		for _, m := range of(c.alone) {
			m.Label = append(gauge(0, "context", c.Context).Label, m.Label...)
			family.Metric = append(family.Metric, m)
		}
	}
	return family
}

// reached says of each of several clusters whether it could be looked at.
func (d *document) reached() *dto.MetricFamily {
	family := gauges("infscale_cluster_reached", "1 where the cluster could be looked at, 0 where not.")
	for _, c := range d.Clusters {
		value := 1.0
		if c.Unreached {
			value = 0
		}
		family.Metric = append(family.Metric, gauge(value, "context", c.Context))
	}
	return family
}

// series are labels: name, value, name, value.
type series []string

func (d *document) findingCounts() []series {
	var all []series
	for _, f := range d.Findings {
		if f.Suppression != nil {
			continue
		}
		ref := f.Ref
		if f.Workload != nil {
			ref = *f.Workload
		}
		all = append(all, d.labels(f.Context, "check", f.Check, "namespace", ref.Namespace, "object", ref.Short(), "severity", f.Severity))
	}
	return all
}

func (d *document) skipCounts() []series {
	var all []series
	for _, s := range d.Skipped {
		why := "unseen"
		if s.Errored {
			why = "broken"
		}
		all = append(all, d.labels(s.Context, "check", s.Check, "namespace", s.Namespace, "why", why))
	}
	return all
}

// labels puts the context first where the report is about several.
func (d *document) labels(context string, pairs ...string) series {
	if len(d.Clusters) == 0 {
		return pairs
	}
	return append(series{"context", context}, pairs...)
}

// counted adds up series of the same labels, and sorts them.
func counted(name, help string, list []series) *dto.MetricFamily {
	slices.SortFunc(list, func(a, b series) int { return slices.Compare(a, b) })
	family := gauges(name, help)
	for i := 0; i < len(list); {
		same := i
		for same < len(list) && slices.Equal(list[same], list[i]) {
			same++
		}
		family.Metric = append(family.Metric, gauge(float64(same-i), list[i]...))
		i = same
	}
	return family
}

func gauges(name, help string, metrics ...*dto.Metric) *dto.MetricFamily {
	kind := dto.MetricType_GAUGE
	return &dto.MetricFamily{Name: &name, Help: &help, Type: &kind, Metric: metrics}
}

func gauge(value float64, labels ...string) *dto.Metric {
	m := &dto.Metric{Gauge: &dto.Gauge{Value: &value}}
	for i := 0; i+1 < len(labels); i += 2 {
		m.Label = append(m.Label, &dto.LabelPair{Name: &labels[i], Value: &labels[i+1]})
	}
	return m
}
