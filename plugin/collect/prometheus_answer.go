package collect

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"time"
)

// The shapes of an answer to a query, by their names in Prometheus' HTTP API.
const (
	shapeVector = "vector"
	shapeScalar = "scalar"
	shapeMatrix = "matrix"
)

// answered is what a server says to a query.
type answered struct {
	shape string
	// take gets the samples as they come: of a scalar one without labels, of a
	// matrix none. What came before an error is no answer.
	take  func(*vectorSample)
	names map[string]string // labels that were read before; nil: none
}

// vectorSample is one sample of an answer, with the labels that anybody here reads.
type vectorSample struct {
	namespace, pod                 string
	exportedNamespace, exportedPod string
	le                             string // upper bound of a bucket
	value                          float64
	at                             time.Time
}

// of is the pod that a sample is about. Where a scrape's own labels won, the
// exporter's are in exported_pod and exported_namespace.
func (s *vectorSample) of() podName {
	if s.exportedPod != "" {
		return podName{s.exportedNamespace, s.exportedPod}
	}
	return podName{s.namespace, s.pod}
}

// label is where the label of a name goes; nil: nowhere.
func (s *vectorSample) label(name string) *string {
	switch name {
	case "namespace":
		return &s.namespace
	case "pod":
		return &s.pod
	case "exported_namespace":
		return &s.exportedNamespace
	case "exported_pod":
		return &s.exportedPod
	case "le":
		return &s.le
	}
	return nil
}

// read takes the data of an answer, whose members come in any order.
func (a *answered) read(in *reader) error {
	if in.PeekKind() == 'n' {
		return in.SkipValue()
	}
	if a.names != nil {
		in.names = a.names
	}
	return in.object(func(name string) (err error) {
		switch name {
		case "resultType":
			if a.shape, err = in.text(); err == nil && a.shape != shapeVector && a.shape != shapeScalar && a.shape != shapeMatrix {
				err = fmt.Errorf("unexpected value type %q", a.shape)
			}
			return err
		case "result":
			return a.result(in)
		}
		return in.SkipValue()
	})
}

// result reads a list of series, or a scalar's point.
func (a *answered) result(in *reader) error {
	if err := in.expect('['); err != nil {
		return err
	}
	if in.PeekKind() == '0' {
		s := new(vectorSample)
		if err := s.point(in); err != nil {
			return err
		}
		a.take(s)
		return nil
	}
	s := new(vectorSample)
	for in.PeekKind() != ']' {
		*s = vectorSample{value: math.NaN()} // a native histogram is no number
		many := false
		err := in.object(func(name string) error {
			switch name {
			case "metric":
				return s.labels(in)
			case "value":
				if err := in.expect('['); err != nil {
					return err
				}
				return s.point(in)
			case "values", "histograms": // of a matrix
				many = true
			}
			return in.SkipValue()
		})
		if err != nil {
			return err
		}
		if !many {
			a.take(s)
		}
	}
	return in.expect(']')
}

func (s *vectorSample) labels(in *reader) error {
	if in.PeekKind() == 'n' {
		return in.SkipValue()
	}
	return in.object(func(name string) (err error) {
		if to := s.label(name); to != nil {
			*to, err = in.text()
			return err
		}
		return in.SkipValue()
	})
}

// point reads what is within the brackets of [seconds, "value"], and the last of
// them.
func (s *vectorSample) point(in *reader) error {
	raw, err := in.ReadValue()
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return fmt.Errorf("%s is no time", raw)
	}
	s.at = time.UnixMilli(int64(math.Round(seconds * 1e3)))
	if raw, err = in.ReadValue(); err != nil {
		return err
	}
	if s.value, err = strconv.ParseFloat(string(bytes.Trim(raw, `"`)), 64); err != nil {
		return fmt.Errorf("%s is no number", raw)
	}
	return in.expect(']')
}

// envelope is what is around the data of an answer.
type envelope struct {
	status, failure string
	warnings        []string
	data            func(*reader) error
}

func (e *envelope) read(in *reader) error {
	return in.object(func(name string) (err error) {
		switch name {
		case "status":
			e.status, err = in.text()
			return err
		case "error":
			e.failure, err = in.text()
			return err
		case "data":
			return e.data(in)
		case "warnings":
			if in.PeekKind() == '[' {
				return in.list(func() error { return e.warning(in) })
			}
		}
		return in.SkipValue()
	})
}

func (e *envelope) warning(in *reader) error {
	text, err := in.text()
	e.warnings = append(e.warnings, text)
	return err
}
