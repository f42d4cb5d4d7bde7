package render

import (
	"bytes"
	_ "embed"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
)

//go:embed report.html.tmpl
var htmlTemplate string

// htmlPage is what the template shows. The page asks for nothing: no script,
// no font, no picture, and its policy forbids them.
type htmlPage struct {
	*document
	Version, Headline, Coverage, Looked, Hint string
	Problems                                  []htmlProblem
	Groups                                    []htmlGroup
	Lists                                     []htmlList
}

type htmlProblem struct {
	Place, Reason string
	First, Last   bool
}

type htmlGroup struct {
	Title, About string
	Findings     []htmlFinding
}

type htmlFinding struct {
	Anchor, Severity, Glyph, Check, State, Message, Place, Object, Cause, Fix string
	Why, Remedy, Leave, Fingerprint                                           string
	Symptom                                                                   bool
	Evidence                                                                  []evidence
	Sources                                                                   []string
}

// htmlList is a section of lines.
type htmlList struct {
	Title string
	Lines []string
}

// writeHTML is the report as one page, for a browser or a printer.
func writeHTML(out *bytes.Buffer, d *document, o Options) error {
	parsed, err := template.New("report").Parse(htmlTemplate)
	if err != nil {
		return err
	}
	page := htmlPage{
		document: d, Version: Clean(o.ToolVersion), Headline: d.headline(checks.Info),
		Coverage: percent(d.Summary.Coverage), Lists: d.lists(),
	}
	if !o.At.IsZero() {
		page.Looked = o.At.UTC().Format(time.RFC1123)
	}
	if len(d.Workloads) == 0 {
		page.Hint = d.unseenHint()
	}
	for i, p := range d.Problems {
		page.Problems = append(page.Problems, htmlProblem{p.place(), p.Reason, i == 0, i == len(d.Problems)-1})
	}
	glyphs := glyphsFor(o.ASCII)
	for _, g := range d.groups(atLeast(checks.Info)) {
		page.Groups = append(page.Groups, newHTMLGroup(g, glyphs))
	}
	return parsed.Execute(out, page)
}

func newHTMLGroup(g *group, glyphs glyphs) htmlGroup {
	shown := htmlGroup{Title: g.ref.Short()}
	if g.ref.IsZero() {
		shown.Title = "The input"
	}
	about := []string{g.ref.Namespace, g.context}
	if w := g.workload; w != nil {
		about = append(about, w.engine(), w.gpus())
		if w.Scaler != nil {
			about = append(about, w.Scaler.bounds(glyphs.to, true))
		}
	}
	about = slices.DeleteFunc(about, func(s string) bool { return s == "" })
	shown.About = strings.Join(about, " · ")
	for _, c := range g.causes {
		shown.Findings = append(shown.Findings, newHTMLFinding(c.finding, glyphs))
		for _, s := range c.symptoms {
			symptom := newHTMLFinding(s, glyphs)
			symptom.Symptom = true
			shown.Findings = append(shown.Findings, symptom)
		}
	}
	return shown
}

func newHTMLFinding(f *finding, glyphs glyphs) htmlFinding {
	shown := htmlFinding{
		Anchor: f.identity(), Severity: f.Severity, Glyph: glyphs.of(f.rank), Check: f.Check, State: string(f.State),
		Message: f.Message, Place: f.place(), Cause: f.CausedBy, Fingerprint: f.Fingerprint,
		Why: paragraphs(f.of.Doc.Why), Remedy: paragraphs(f.of.Doc.Remedy), Leave: paragraphs(f.of.Doc.Ignore),
	}
	for _, e := range f.Evidence {
		e.Value = paragraphs(strings.TrimRight(e.Value, "\n"))
		shown.Evidence = append(shown.Evidence, e)
	}
	if f.File != "" {
		shown.Object = f.object()
	}
	if f.Fix != nil {
		shown.Fix = f.Fix.String()
	}
	for _, source := range f.of.Doc.Sources {
		if uri := uriText(source); strings.HasPrefix(uri, "https://") {
			shown.Sources = append(shown.Sources, uri)
		}
	}
	return shown
}

// paragraphs keeps line breaks, which the page shows, and spells tabs out.
func paragraphs(text string) string {
	return strings.ReplaceAll(cleanLines(text), "\t", `\t`)
}

// lists are the sections beneath the findings; empty ones are left out.
func (d *document) lists() []htmlList {
	var clean, blindSpots, unmeasured, suppressed, gone htmlList
	bad := map[*workload]bool{}
	for _, f := range d.Findings {
		bad[f.serves] = bad[f.serves] || f.Suppression == nil
		if f.Suppression != nil {
			suppressed.Lines = append(suppressed.Lines, f.Severity+" "+f.Check+", "+f.place()+": "+f.Suppression.String())
		}
	}
	for _, w := range d.Workloads {
		if !bad[w] {
			clean.Lines = append(clean.Lines, inContext(w.Context)+w.Ref.String()+" · "+w.engine())
		}
	}
	for _, b := range d.blindSpots() {
		blindSpots.Lines = append(blindSpots.Lines, b.String())
	}
	for _, u := range d.Unmeasured {
		unmeasured.Lines = append(unmeasured.Lines, inContext(u.Context)+u.Source+": "+u.Reason)
	}
	if d.Compared != nil {
		gone.Lines = []string{d.sentence()}
		for _, p := range d.Compared.Gone {
			gone.Lines = append(gone.Lines, "gone: "+p.String())
		}
	}
	clean.Title, blindSpots.Title, unmeasured.Title = "Nothing found", "Not judged", "Not measured"
	suppressed.Title, gone.Title = "Suppressed", "Since the last report"
	var all []htmlList
	for _, list := range []htmlList{clean, blindSpots, unmeasured, suppressed, gone} {
		if len(list.Lines) > 0 {
			all = append(all, list)
		}
	}
	return all
}
