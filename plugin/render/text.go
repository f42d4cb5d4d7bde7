package render

import (
	"bytes"
	"fmt"
	"strings"
)

// writeText is the report for people, in so many columns.
func writeText(out *bytes.Buffer, d *document, o Options) error {
	p := &page{out: out, d: d, o: o, glyphs: glyphsFor(o.ASCII)}
	p.report()
	return nil
}

// page is a text report in the making.
type page struct {
	out    *bytes.Buffer
	d      *document
	o      Options
	glyphs glyphs
	wide   bool
}

func (p *page) report() {
	if len(p.d.Clusters) == 0 {
		p.body()
	}
	for _, c := range p.d.Clusters {
		p.banner(c.Context)
		alone := *p
		alone.d = c.alone
		if c.Unreached {
			p.para(plain, 0, step, c.said(p.o.Show))
		} else {
			alone.body()
			p.clauses(plain, c.said(p.o.Show))
		}
		p.blank()
	}
	p.clauses(bold, p.d.headline(p.o.Show))
	p.hint(p.d.groups(atLeast(p.o.Show)))
}

// body is what was found, and what could not be looked at.
func (p *page) body() {
	for _, g := range p.d.groups(atLeast(p.o.Show)) {
		p.heading(g)
		for _, c := range g.causes {
			p.finding(c.finding, true)
			for _, s := range c.symptoms {
				p.finding(s, false)
			}
		}
		p.blank()
	}
	p.unjudged()
	p.unread()
	p.unmeasured()
	p.compared()
	if p.wide {
		p.suppressed()
	}
}

// banner opens what is said of one of several clusters.
func (p *page) banner(context string) {
	const leastRule = 3
	rule := strings.Repeat(p.glyphs.rule, max(p.room(0)-len([]rune(context))-1, leastRule))
	p.out.WriteString(p.o.paint(bold, context) + " " + p.o.paint(dim, rule) + "\n\n")
}

func (p *page) blank() { p.out.WriteByte('\n') }

// leastText is the narrowest column that text is wrapped to, however narrow
// the terminal.
const leastText = 20

// room is how many columns an indent leaves.
func (p *page) room(indent int) int { return max(p.o.Width-indent, leastText) }

// para writes a wrapped paragraph, its first line indented differently from
// the rest.
func (p *page) para(s style, first, rest int, text string) {
	p.lines(s, first, rest, wrap(text, p.room(first), p.room(rest)))
}

func (p *page) lines(s style, first, rest int, lines []string) {
	for i, line := range lines {
		indent := first
		if i > 0 {
			indent = rest
		}
		p.line(s, indent, line)
	}
}

func (p *page) line(s style, indent int, text string) {
	p.out.WriteString(strings.Repeat(" ", indent) + p.o.paint(s, text) + "\n")
}

// heading is one line for a workload (more where names are long): name,
// namespace, engine, GPUs, autoscaler; or the object's name and namespace.
func (p *page) heading(g *group) {
	words := p.headingWords(g)
	var parts []piece
	for _, word := range words {
		parts = append(parts, piece{word, 2})
	}
	for i, line := range fill(parts, p.room(0), p.room(2*step)) {
		if i == 0 {
			p.out.WriteString(p.o.paint(bold, words[0]) + strings.TrimPrefix(line, words[0]) + "\n")
			continue
		}
		p.line(plain, 2*step, line)
	}
}

func (p *page) headingWords(g *group) []string {
	if g.ref.IsZero() {
		return []string{"the input"}
	}
	words := []string{g.ref.Short()}
	if g.ref.Namespace != "" {
		words = append(words, g.ref.Namespace)
	}
	if w := g.workload; w != nil {
		words = append(words, w.engine(), w.gpus())
		if w.Scaler != nil {
			words = append(words, w.Scaler.bounds(p.glyphs.to, p.wide))
		}
	}
	return words
}

// The indents of a finding and of what is said about it; a symptom stands one
// step deeper than its cause.
const (
	findingIndent = 2
	step          = 2
)

// finding writes one finding. A symptom has no fix line: mending the cause
// comes first.
func (p *page) finding(f *finding, isCause bool) {
	indent, under := findingIndent, ""
	if !isCause {
		indent += step
		under = p.glyphs.under + " "
	}
	p.out.WriteString(strings.Repeat(" ", indent) + under +
		p.o.paint(styleOf(f.rank), p.glyphs.of(f.rank)+" "+f.Severity) + "  " + p.o.paint(bold, f.Check) + "\n")
	indent += step
	p.para(plain, indent, indent, f.Message)
	if place := f.place(); place != "" {
		p.line(dim, indent, place) // never wrapped, so that it can be clicked
	}
	if isCause && f.CausedBy != "" {
		p.para(plain, indent, indent+step, "caused by "+f.CausedBy+", which is not shown")
	}
	if p.wide {
		p.details(f, indent)
	}
	if f.Fix != nil && (isCause || p.wide) {
		p.para(plain, indent, indent+step, "fix: "+f.Fix.String())
	}
}

// unjudged says what could not be looked at. Silence here would read as "fine".
func (p *page) unjudged() {
	spots := p.d.blindSpots()
	if len(spots) == 0 && p.d.Summary.Coverage >= 1 {
		return
	}
	title := "Not judged"
	if p.d.Summary.Coverage < 1 {
		title += " (coverage " + percent(p.d.Summary.Coverage) + " of checks on workloads)"
	}
	p.para(bold, 0, 2, title)
	for _, b := range spots {
		p.para(plain, findingIndent, findingIndent, b.subject())
		for _, reason := range b.reasons {
			p.para(dim, findingIndent+step, findingIndent+2*step, reason)
		}
	}
	p.blank()
}

// unread names the parts of the input that could not be read.
func (p *page) unread() {
	if len(p.d.Problems) == 0 {
		return
	}
	p.para(bold, 0, 2, "Could not be read")
	for _, problem := range p.d.Problems {
		p.line(dim, findingIndent, problem.place())
		p.para(plain, findingIndent+step, findingIndent+step, problem.Reason)
	}
	p.blank()
}

// unmeasuredShown is how many places that gave no numbers are worth reading: a
// fleet that cannot be reached has as many as it has pods.
const unmeasuredShown = 6

// unmeasured names the places that gave no numbers: the checks then judged by
// the objects alone.
func (p *page) unmeasured() {
	if len(p.d.Unmeasured) == 0 {
		return
	}
	p.para(bold, 0, 2, "Not measured")
	for i, place := range p.d.Unmeasured {
		if i == unmeasuredShown {
			p.line(dim, findingIndent, fmt.Sprintf("and %d more (all of them with -o json)", len(p.d.Unmeasured)-i))
			break
		}
		p.para(dim, findingIndent, findingIndent+step, place.Source+": "+place.Reason)
	}
	p.blank()
}

// clauses writes one line, broken between its clauses where it must be.
func (p *page) clauses(s style, text string) {
	var parts []piece
	for _, clause := range strings.SplitAfter(text, "; ") {
		parts = append(parts, piece{strings.TrimSuffix(clause, " "), 1})
	}
	p.lines(s, 0, step, fill(parts, p.room(0), p.room(step)))
}

// place is the part of the input, or the cluster of which nothing could be read.
func (p problem) place() string {
	if p.File == "" {
		return p.Context
	}
	return inContext(p.Context) + position(p.File, p.Line, p.Column)
}

// hint says what to do next: read why, or give a better input.
func (p *page) hint(groups []*group) {
	switch {
	case len(groups) > 0:
		p.para(dim, 0, 2, "why, and what to do: "+p.o.Command+" explain "+firstCheck(groups))
	case len(p.d.Workloads) == 0 && p.d.unreached() == 0:
		p.para(dim, 0, 2, p.d.unseenHint())
	}
}

// unfoldedShown is how many names make a hint.
const unfoldedShown = 3

// unseenHint says what to try when no inference workload was seen.
func (d *document) unseenHint() string {
	if len(d.unfolded) > 0 {
		names := strings.Join(d.unfolded[:min(len(d.unfolded), unfoldedShown)], ", ")
		return names + ": an operator decides what it runs; doctor judges that in the cluster"
	}
	known := "a model server is recognised by its image or its command"
	if d.live {
		return known + "; -A looks at all namespaces"
	}
	return known + "; was the right file or directory given?"
}

// firstCheck is the check to explain first: the cause of the worst.
func firstCheck(groups []*group) string {
	worst := groups[0].causes[0]
	for _, g := range groups {
		for _, c := range g.causes {
			if c.worst() > worst.worst() {
				worst = c
			}
		}
	}
	return worst.Check
}
