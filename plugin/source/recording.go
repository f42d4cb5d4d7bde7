package source

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Recording reads a frame that Write has written, and of several, one after the
// other, the last whole one. A frame and its recording are judged alike; of
// manifests a recording keeps each object's file and first line, and findings
// point there.
type Recording struct {
	// Path is a file, or "-" for Stdin. A compressed one is recognised by its
	// first bytes.
	Path  string
	Stdin io.Reader
	// Facts says that a recording of facts alone will do.
	Facts bool
	// MaxBytes bounds a frame of the recording, uncompressed; 0 is 1 GiB.
	MaxBytes int64
	// Chose is told which frame of how many Load took, where there are several or
	// the file is cut off. It may be nil.
	Chose func(words string)
}

// BadRecording is the error of a file that is no recording, or is damaged.
type BadRecording struct{ Path, Reason string }

func (e *BadRecording) Error() string { return e.Path + ": " + e.Reason }

const (
	recordingVersion = 1
	maxRecording     = 1 << 30 // bytes; a cluster of thousands of GPU pods takes a hundredth
)

// recorded is the file: one JSON object. Fields may be added to it; a change
// that old programs would misread needs a new version.
type recorded struct {
	Version    int                          `json:"version"`
	Tool       string                       `json:"tool"`
	At         time.Time                    `json:"at"`
	Live       bool                         `json:"live"`
	Server     inventory.Versions           `json:"server"`
	Looked     []recordedLook               `json:"looked"`
	Gaps       []recordedGap                `json:"gaps,omitempty"`
	Namespaces map[string]map[string]string `json:"namespaces,omitempty"`
	Objects    []json.RawMessage            `json:"objects"`
	Stubs      []inventory.Ref              `json:"stubs,omitempty"`
	Facts      *recordedFacts               `json:"facts,omitempty"`
	Signals    []signals.Sample             `json:"signals"` // null when no numbers were collected
	SignalGaps []signals.Gap                `json:"signalGaps,omitempty"`
}

// recordedFacts mark a recording that holds what a cluster adds to manifests, and
// no workload.
type recordedFacts struct {
	Starts         []recordedStarts `json:"starts"`
	NodeAutoscaler string           `json:"nodeAutoscaler,omitempty"`
	AddsNodes      string           `json:"addsNodes"` // unseen, absent or present
}

type recordedStarts struct {
	Of    inventory.Ref        `json:"of"`
	Loads []inventory.LoadTime `json:"loads"`
}

type recordedLook struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
}

type recordedGap struct {
	recordedLook
	Reason string `json:"reason"`
}

// recordedPlace stands in an object that came from a manifest, beside its own
// fields.
type recordedPlace struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Fragment bool   `json:"fragment,omitempty"`
}

const placeField = "infscale.dev/place"

// Load reads the whole recording, whatever the needs: what a check may not
// read of it was not recorded. Objects that cannot be decoded are in the
// *Incomplete beside the frame; a file that is no recording is a *BadRecording.
func (r Recording) Load(ctx context.Context, _ checks.Needs) (checks.Frame, error) {
	rec, err := r.read(ctx)
	if err != nil {
		return checks.Frame{}, err
	}
	if rec.Facts != nil && !r.Facts {
		return checks.Frame{}, &BadRecording{Path: r.Path, Reason: "holds facts for lint --facts, and no workloads"}
	}
	b := inventory.NewBuilder()
	var problems []inventory.Problem
	for _, text := range rec.Objects {
		if err := ctx.Err(); err != nil {
			return checks.Frame{}, err
		}
		objects, wrong := r.object(text, rec.Live)
		problems = append(problems, wrong...)
		for _, o := range objects {
			b.Add(o)
		}
	}
	rec.surroundings(b)
	if rec.Facts != nil {
		b.Cluster(rec.Facts.cluster(rec.Server))
	}
	frame := checks.Frame{At: rec.At, Objects: b.Build()}
	if rec.Signals != nil {
		frame.Signals = new(signals.Set)
		for _, sample := range rec.Signals {
			frame.Signals.Add(sample)
		}
		for _, gap := range rec.SignalGaps {
			frame.Signals.Miss(gap)
		}
	}
	if len(problems) > 0 {
		return frame, &Incomplete{Problems: problems}
	}
	return frame, nil
}

// surroundings restores what is known beside the objects. Kinds that this
// program does not know were looked at by a newer one.
func (rec *recorded) surroundings(b *inventory.Builder) {
	kinds := map[string]inventory.Kind{}
	for _, kind := range inventory.Kinds() {
		kinds[kind.String()] = kind
	}
	if rec.Live {
		b.Live(rec.Server)
	}
	for _, look := range rec.Looked {
		if kind, ok := kinds[look.Kind]; ok {
			b.Looked(kind, look.Namespace)
		}
	}
	for _, gap := range rec.Gaps {
		if kind, ok := kinds[gap.Kind]; ok {
			b.Gap(inventory.Gap{Kind: kind, Namespace: gap.Namespace, Reason: gap.Reason})
		}
	}
	for name, labels := range rec.Namespaces {
		b.AddNamespace(name, labels)
	}
	for _, ref := range rec.Stubs {
		b.AddStub(ref)
	}
}

// object decodes one recorded object as a manifest would be. A cluster's
// object is no manifest, though: nothing in it was written by anybody.
func (r Recording) object(text []byte, live bool) ([]*inventory.Object, []inventory.Problem) {
	var at struct {
		Place recordedPlace `json:"infscale.dev/place"`
	}
	if err := json.Unmarshal(text, &at); err != nil {
		return nil, []inventory.Problem{{File: r.Path, Reason: err.Error()}}
	}
	node, err := inventory.Document{Text: text, Line: max(1, at.Place.Line)}.Parse()
	if err != nil {
		return nil, []inventory.Problem{inventory.ParseProblem(err, r.Path)}
	}
	onePlace(node, at.Place.Line)
	c := inventory.ReadNode(node, at.Place.File)
	for i, o := range c.Objects {
		o.Fragment = o.Fragment || at.Place.Fragment
		if live {
			c.Objects[i] = inventory.FromTyped(o.Type, o.Meta, o.Content)
			c.Objects[i].APIVersion = o.APIVersion
		}
	}
	for i := range c.Problems {
		c.Problems[i].File = r.Path
		c.Problems[i].Line, c.Problems[i].Column = 0, 0
	}
	return c.Objects, c.Problems
}

// onePlace puts every field in the object's first line: its own line was not
// recorded, and where it stands in the recording is no use to anybody.
func onePlace(node *yaml.Node, line int) {
	node.Line, node.Column = line, 0
	for _, inner := range node.Content {
		onePlace(inner, line)
	}
}
