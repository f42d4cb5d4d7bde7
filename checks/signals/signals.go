// Package signals holds the numbers of one moment, as checks may read them:
// logical metrics with unit, source and age. No PromQL and no engine's metric
// name is known here.
package signals

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Sample is one number of one object, with where it comes from.
type Sample struct {
	Metric Metric        `json:"metric"`
	Of     inventory.Ref `json:"of"`
	// Part is the path of what is measured in the object, where that is not
	// the whole: "spec.triggers[0]" of a ScaledObject, "gpu-3" of a Node.
	Part  string  `json:"part,omitempty"`
	Value float64 `json:"value"`
	// At is when it was measured, not when it was read.
	At time.Time `json:"at"`
	// Source says who measured it: "prometheus http://…", "scrape pod/…".
	Source string `json:"source"`
}

// Gap is a place from which numbers were wanted and could not be read.
type Gap struct {
	Source string `json:"source"` // as in Sample
	Reason string `json:"reason"` // lower case, one line: "connection refused"
}

// Set is the signals of one frame. A missing number is missing, never zero;
// the zero Set holds none, and so does a nil one.
type Set struct {
	samples map[key]reading
	gaps    []Gap
	reads   Reads
}

// Reads are the metrics that were asked for.
type Reads map[Metric]bool

type key struct {
	metric Metric
	of     inventory.Ref
	part   string
}

// reading is the rest of a sample: of a large fleet there are tens of thousands.
type reading struct {
	value  float64
	at     time.Time
	source string
}

func (k key) sample(r reading) Sample {
	return Sample{Metric: k.metric, Of: k.of, Part: k.part, Value: r.value, At: r.at, Source: r.source}
}

// Add keeps the newest sample of each metric and object, or part of one.
func (s *Set) Add(sample Sample) {
	if s.samples == nil {
		s.samples = map[key]reading{}
	}
	k := key{sample.Metric, sample.Of, sample.Part}
	if old, ok := s.samples[k]; !ok || old.at.Before(sample.At) {
		s.samples[k] = reading{sample.Value, sample.At, sample.Source}
	}
}

// Miss notes a place that could not be read.
func (s *Set) Miss(gap Gap) {
	if !slices.Contains(s.gaps, gap) {
		s.gaps = append(s.gaps, gap)
	}
}

// Merge adds what another set holds.
func (s *Set) Merge(other *Set) {
	if other == nil {
		return
	}
	for sample := range other.Each() {
		s.Add(sample)
	}
	for _, gap := range other.gaps {
		s.Miss(gap)
	}
}

// Len is how many samples there are.
func (s *Set) Len() int {
	if s == nil {
		return 0
	}
	return len(s.samples)
}

// Recording returns the same numbers; what is asked of them is noted in reads.
func (s *Set) Recording(reads Reads) *Set {
	noting := Set{reads: reads}
	if s != nil {
		noting.samples, noting.gaps = s.samples, s.gaps
	}
	return &noting
}

// Of returns the newest sample of a metric of an object as a whole.
func (s *Set) Of(metric Metric, of inventory.Ref) (Sample, bool) { return s.Part(metric, of, "") }

// Part returns the newest sample of a metric of a part of an object.
func (s *Set) Part(metric Metric, of inventory.Ref, part string) (Sample, bool) {
	if s == nil {
		return Sample{}, false
	}
	if s.reads != nil {
		s.reads[metric] = true
	}
	k := key{metric, of, part}
	found, ok := s.samples[k]
	if !ok {
		return Sample{}, false
	}
	return k.sample(found), true
}

// Each goes through the samples, in no order: sorting thousands takes longer than
// most that is done with them.
func (s *Set) Each() iter.Seq[Sample] {
	return func(yield func(Sample) bool) {
		if s == nil {
			return
		}
		for k, found := range s.samples {
			if !yield(k.sample(found)) {
				return
			}
		}
	}
}

// All returns every sample, sorted by object, metric and part.
func (s *Set) All() []Sample {
	if s == nil {
		return nil
	}
	all := make([]Sample, 0, len(s.samples))
	for sample := range s.Each() {
		all = append(all, sample)
	}
	slices.SortFunc(all, func(a, b Sample) int {
		return cmp.Or(
			cmp.Compare(a.Of.String(), b.Of.String()), cmp.Compare(a.Of.Group, b.Of.Group),
			cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Part, b.Part))
	})
	return all
}

// Gaps returns the places that could not be read, by their names: places are
// asked side by side, and answer in any order.
func (s *Set) Gaps() []Gap {
	if s == nil {
		return nil
	}
	return slices.SortedFunc(slices.Values(s.gaps), func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Reason, b.Reason))
	})
}
