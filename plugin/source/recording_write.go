package source

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// WriteRecording is Write, compressed when the path that w leads to ends in
// ".gz".
func WriteRecording(w io.Writer, path string, frame checks.Frame, toolVersion string) error {
	if !strings.HasSuffix(path, ".gz") {
		return Write(w, frame, toolVersion)
	}
	zipped := gzip.NewWriter(w)
	if err := Write(zipped, frame, toolVersion); err != nil {
		return err
	}
	return zipped.Close()
}

// Write records a frame as one JSON document, which Recording reads. What no
// check reads and what may be secret is left out: the values of environment
// variables but for those that configure an engine, annotations but for those
// that checks know, and whatever looks like a token. The file it goes to still
// names a cluster's workloads: create it for its owner alone.
func Write(w io.Writer, frame checks.Frame, toolVersion string) error {
	dump := frame.Objects.Dump()
	rec := recorded{
		Version: recordingVersion, Tool: toolVersion, At: frame.At, Live: dump.Live, Server: dump.Server,
		Looked: []recordedLook{}, Namespaces: dump.Namespaces, Objects: make([]json.RawMessage, 0, len(dump.Objects)), Stubs: dump.Stubs,
		Signals: frame.Signals.All(), SignalGaps: frame.Signals.Gaps(),
	}
	for _, look := range dump.Looked {
		rec.Looked = append(rec.Looked, recordedLook{Kind: look.Kind.String(), Namespace: look.Namespace})
	}
	for _, gap := range dump.Gaps {
		rec.Gaps = append(rec.Gaps, recordedGap{recordedLook{Kind: gap.Kind.String(), Namespace: gap.Namespace}, gap.Reason})
	}
	if dump.Cluster != nil {
		rec.Facts = newRecordedFacts(*dump.Cluster)
	}
	mask := newMask()
	for _, o := range dump.Objects {
		text, err := recordObject(o, mask)
		if err != nil {
			return fmt.Errorf("%s: %w", o.Ref, err)
		}
		rec.Objects = append(rec.Objects, text)
	}
	return json.NewEncoder(w).Encode(rec)
}

func recordObject(o *inventory.Object, mask *mask) (json.RawMessage, error) {
	fields, err := o.Fields()
	if err != nil {
		return nil, err
	}
	mask.object(fields)
	if o.Root() != nil {
		at := o.At()
		fields[placeField] = recordedPlace{File: at.File, Line: at.Line, Fragment: o.Fragment}
	}
	return json.Marshal(fields)
}
