package render

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
)

//go:embed report.css
var htmlStyle string

// htmlPolicy lets the page ask for nothing: no script, no font, no picture.
const htmlPolicy = "default-src 'none'; style-src 'unsafe-inline'"

// htmlWriter writes elements. Every text and attribute goes through its methods,
// which escape it. (The template packages would cost the program a quarter of its
// size: they call methods by name, and so the linker keeps all of them.)
type htmlWriter struct{ out *bytes.Buffer }

// open begins an element: attributes are name, value, name, value.
func (h htmlWriter) open(name string, attributes ...string) {
	h.out.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			h.out.WriteString(" " + attributes[i] + `="` + html.EscapeString(attributes[i+1]) + `"`)
		}
	}
	h.out.WriteString(">")
}

func (h htmlWriter) close(name string) { h.out.WriteString("</" + name + ">\n") }

func (h htmlWriter) text(text string) { h.out.WriteString(html.EscapeString(text)) }

// element is a whole one with a text inside; nothing without a text.
func (h htmlWriter) element(name, text string, attributes ...string) {
	if text == "" {
		return
	}
	h.open(name, attributes...)
	h.text(text)
	h.close(name)
}

// within puts an element around others.
func (h htmlWriter) within(name string, inside func(), attributes ...string) {
	h.open(name, attributes...)
	h.out.WriteString("\n")
	inside()
	h.close(name)
}

// quiet is a line in a smaller hand.
func (h htmlWriter) quiet(text string) { h.element("p", text, "class", "quiet") }

// writeHTML is the report as one page, for a browser or a printer.
func writeHTML(out *bytes.Buffer, d *document, o Options) error {
	h := htmlWriter{out}
	version := Clean(o.ToolVersion)
	out.WriteString("<!DOCTYPE html>\n")
	h.open("html", "lang", "en")
	out.WriteString("\n")
	h.within("head", func() { h.head(d, version) })
	h.within("body", func() {
		h.summary(d, o)
		h.problems(d.Problems)
		if len(d.Clusters) == 0 {
			h.groups(d.groups(atLeast(checks.Info)), glyphsFor(o.ASCII))
		}
		for _, c := range d.Clusters {
			h.element("h2", c.Context, "class", "cluster")
			h.quiet(c.said(checks.Info))
			h.groups(c.groups(d, atLeast(checks.Info)), glyphsFor(o.ASCII))
		}
		for _, list := range d.lists() {
			h.list(list)
		}
		h.quiet(strings.TrimSpace("kubectl-infscale " + version))
	})
	h.close("html")
	return nil
}

func (h htmlWriter) head(d *document, version string) {
	h.open("meta", "charset", "utf-8")
	for _, meta := range [][2]string{
		{"viewport", "width=device-width, initial-scale=1"},
		{"color-scheme", "light dark"},
		{"referrer", "no-referrer"},
		{"generator", strings.TrimSpace("kubectl-infscale " + version)},
	} {
		h.open("meta", "name", meta[0], "content", meta[1])
		h.out.WriteString("\n")
	}
	h.open("meta", "http-equiv", "Content-Security-Policy", "content", htmlPolicy)
	h.out.WriteString("\n")
	h.element("title", "infscale: "+d.headline(checks.Info))
	h.out.WriteString("<style>\n" + htmlStyle + "</style>\n")
}

func (h htmlWriter) summary(d *document, o Options) {
	h.element("h1", d.headline(checks.Info))
	h.within("ul", func() {
		for _, count := range []struct{ class, text, noun string }{
			{"error", fmt.Sprint(d.Summary.Errors), "errors"},
			{"warning", fmt.Sprint(d.Summary.Warnings), "warnings"},
			{"info", fmt.Sprint(d.Summary.Infos), "infos"},
			{"", fmt.Sprint(d.Summary.Suppressed), "suppressed"},
			{"", percent(d.Summary.Coverage), "judged"},
		} {
			h.within("li", func() {
				h.element("b", count.text, "class", count.class)
				h.text(count.noun)
			})
		}
	}, "class", "tally")
	if !o.At.IsZero() {
		h.quiet("looked at on " + o.At.UTC().Format(time.RFC1123))
	}
	if len(d.Workloads) == 0 && d.unreached() == 0 {
		h.element("p", d.unseenHint())
	}
}

func (h htmlWriter) problems(list []problem) {
	if len(list) == 0 {
		return
	}
	h.within("section", func() {
		h.element("h2", "Could not be read")
		h.within("ul", func() {
			for _, p := range list {
				h.within("li", func() {
					h.element("code", p.place())
					h.text(p.Reason)
				})
			}
		})
	})
}

func (h htmlWriter) groups(list []*group, glyphs glyphs) {
	for _, g := range list {
		h.group(g, glyphs)
	}
}

// group is a workload, or an object beside the workloads, with its findings.
func (h htmlWriter) group(g *group, glyphs glyphs) {
	title := g.ref.Short()
	if g.ref.IsZero() {
		title = "The input"
	}
	about := []string{g.ref.Namespace}
	if w := g.workload; w != nil {
		about = append(about, w.engine(), w.gpus())
		if w.Scaler != nil {
			about = append(about, w.Scaler.bounds(glyphs.to, true))
		}
	}
	about = slices.DeleteFunc(about, func(s string) bool { return s == "" })
	h.within("section", func() {
		h.element("h2", title)
		h.quiet(strings.Join(about, " · "))
		for _, c := range g.causes {
			h.finding(c.finding, glyphs, "")
			for _, s := range c.symptoms {
				h.finding(s, glyphs, " symptom")
			}
		}
	})
}

func (h htmlWriter) finding(f *finding, glyphs glyphs, more string) {
	h.within("article", func() {
		h.within("h3", func() {
			h.element("span", glyphs.of(f.rank)+" "+f.Severity, "class", f.Severity)
			h.text(f.Check)
			h.element("span", string(f.State), "class", "state")
		})
		h.element("p", f.Message)
		h.within("p", func() { h.element("code", f.place()) }, "class", "quiet")
		if f.CausedBy != "" {
			h.quiet("caused by " + f.CausedBy)
		}
		if f.Fix != nil {
			h.element("p", "fix: "+f.Fix.String())
		}
		h.within("details", func() { h.details(f) })
	}, "class", "finding "+f.Severity+more, "id", f.identity())
}

// details are folded away: evidence, and what explain says.
func (h htmlWriter) details(f *finding) {
	h.element("summary", "evidence and remedy")
	if f.File != "" {
		h.within("p", func() { h.element("code", f.object()) })
	}
	h.within("ul", func() {
		for _, e := range f.Evidence {
			h.within("li", func() {
				h.element("code", e.Path)
				h.text("= ")
				h.element("code", paragraphs(strings.TrimRight(e.Value, "\n")))
				h.text("(" + string(e.Basis) + ")")
			})
		}
	})
	for _, part := range [][2]string{{"Why", f.of.Doc.Why}, {"Remedy", f.of.Doc.Remedy}, {"When to leave it", f.of.Doc.Ignore}} {
		if part[1] != "" {
			h.within("p", func() {
				h.element("b", part[0])
				h.text(paragraphs(part[1]))
			})
		}
	}
	h.within("ul", func() {
		for _, source := range f.of.Doc.Sources {
			if uri := uriText(source); strings.HasPrefix(uri, "https://") {
				h.within("li", func() { h.element("a", uri, "href", uri, "rel", "noreferrer") })
			}
		}
	})
	h.quiet("fingerprint " + f.Fingerprint)
}

func (h htmlWriter) list(list htmlList) {
	h.within("section", func() {
		h.element("h2", list.title)
		h.within("ul", func() {
			for _, line := range list.lines {
				h.element("li", line)
			}
		})
	})
}

// paragraphs keeps line breaks, which the page shows in code, and spells tabs out.
func paragraphs(text string) string {
	return strings.ReplaceAll(cleanLines(text), "\t", `\t`)
}
