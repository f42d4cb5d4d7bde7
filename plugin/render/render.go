// Package render writes a report: one format to a file, all of them from one
// document in which every string was cleaned first, so that nothing a manifest
// or a cluster holds can drive a terminal, a log or a page.
package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Options say how a report is shown. The zero value is good for a pipe.
type Options struct {
	// Show is the mildest finding that text and wide list; what is milder is
	// counted in one line. Zero is Warning. The other formats list everything.
	Show checks.Severity
	// FailOn is the mildest finding that junit calls a failure. Zero is Error;
	// anything above Error is never.
	FailOn checks.Severity
	// Color paints text and wide. Glyphs and words say the same without it.
	Color bool
	// ASCII keeps our own glyphs, not the input's letters, to ASCII.
	ASCII bool
	// Width is how many columns text and wide may use. Zero is 80.
	Width int
	// ToolVersion is this program's; empty is unknown.
	ToolVersion string
	// Command is how hints call the program. Empty is "kubectl infscale".
	Command string
	// Root is the directory that the absolute file names of sarif, github and
	// junit are made relative to: the repository's. Empty leaves them alone.
	Root string
	// Scalers are the autoscalers by the workload they scale; see [Scalers].
	Scalers map[inventory.Ref]*inventory.Autoscaler
	// At is when a running cluster was looked at; zero for manifests, whose
	// report depends on no clock.
	At time.Time
}

// Part is the report about one of several clusters.
type Part struct {
	Context string
	Report  checks.Report
	// Unreached says that nothing could be read of it; the report's problems say
	// why.
	Unreached bool
	Scalers   map[inventory.Ref]*inventory.Autoscaler
}

// Scalers returns the autoscaler of each workload of the snapshot that has
// one: the first, where several fight for it.
func Scalers(s *inventory.Snapshot) map[inventory.Ref]*inventory.Autoscaler {
	all := map[inventory.Ref]*inventory.Autoscaler{}
	for _, a := range s.Autoscalers() {
		if a.Workload != nil && all[a.Workload.Ref()] == nil {
			all[a.Workload.Ref()] = a
		}
	}
	return all
}

// format is one way to write a document.
type format struct {
	name  string
	write func(*bytes.Buffer, *document, Options) error
}

func formats() []format {
	return []format{
		{"text", writeText},
		{"wide", writeWide},
		{"json", writeJSON},
		{"yaml", writeYAML},
		{"sarif", writeSARIF},
		{"junit", writeJUnit},
		{"github", writeGitHub},
		{"markdown", writeMarkdown},
		{"html", writeHTML},
		{"prometheus", writePrometheus},
		{"gitlab", writeGitLab},
	}
}

// Formats lists the names that Write knows, the default first.
func Formats() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// Validate says whether Write knows the format, before anything was loaded. Its
// error lists the formats and names the nearest.
func Validate(name string) error {
	if slices.Contains(Formats(), name) {
		return nil
	}
	known := strings.Join(Formats(), ", ")
	if near := Nearest(name, Formats()); near != "" {
		return fmt.Errorf("unknown format %q: did you mean %s? (known: %s)", Clean(name), near, known)
	}
	return fmt.Errorf("unknown format %q (known: %s)", Clean(name), known)
}

// Write renders the report. The same report and options give the same bytes;
// nothing is written when the format is unknown or cannot be made.
func Write(w io.Writer, name string, r checks.Report, o Options) error {
	return WriteParts(w, name, []Part{{Report: r, Scalers: o.Scalers}}, o)
}

// WriteParts renders the reports about several clusters as one. A part without
// a context is alone.
func WriteParts(w io.Writer, name string, parts []Part, o Options) error {
	if err := Validate(name); err != nil {
		return err
	}
	o = o.withDefaults()
	var out bytes.Buffer
	for _, f := range formats() {
		if f.name != name {
			continue
		}
		if err := f.write(&out, joinParts(parts), o); err != nil {
			return fmt.Errorf("cannot write the report as %s: %w", name, err)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// defaultWidth is what a terminal has when nobody knows.
const defaultWidth = 80

func (o Options) withDefaults() Options {
	if o.Show == 0 {
		o.Show = checks.Warning
	}
	if o.FailOn == 0 {
		o.FailOn = checks.Error
	}
	if o.Width <= 0 {
		o.Width = defaultWidth
	}
	if o.Command == "" {
		o.Command = "kubectl infscale"
	}
	return o
}
