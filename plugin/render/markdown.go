package render

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
)

// writeMarkdown is the report as a comment on a pull request, in GitHub's
// Markdown: a summary, a table per workload, and the rest folded away. The
// first line lets a bot find its own comment again.
func writeMarkdown(out *bytes.Buffer, d *document, o Options) error {
	m := &markdown{out: out, d: d, glyphs: glyphsFor(o.ASCII)}
	m.printf("<!-- kubectl-infscale -->\n### %s\n\n", mdText(d.headline(checks.Info)))
	if len(d.Workloads) == 0 && d.unreached() == 0 {
		m.printf("%s\n\n", mdText(d.unseenHint()))
	}
	if len(d.Clusters) == 0 {
		m.tables(d.groups(atLeast(checks.Warning)))
	}
	for _, c := range d.Clusters {
		m.printf("#### %s\n\n%s\n\n", mdText(c.Context), mdText(c.said(checks.Info)))
		m.tables(c.groups(d, atLeast(checks.Warning)))
	}
	m.problems()
	m.infos()
	m.unjudged()
	m.compared()
	m.suppressed()
	if groups := d.groups(atLeast(checks.Info)); len(groups) > 0 {
		m.printf("Why, and what to do: %s\n", mdCode(o.Command+" explain "+firstCheck(groups)))
	}
	return nil
}

type markdown struct {
	out    *bytes.Buffer
	d      *document
	glyphs glyphs
}

func (m *markdown) printf(format string, args ...any) { fmt.Fprintf(m.out, format, args...) }

func (m *markdown) tables(groups []*group) {
	for _, g := range groups {
		m.table(g)
	}
}

// table lists what is wrong with one workload, and folds evidence and fixes
// beneath it.
func (m *markdown) table(g *group) {
	m.printf("%s\n\n| | check | what | where |\n|---|---|---|---|\n", m.heading(g))
	for _, c := range g.causes {
		m.row(c.finding, "")
		for _, s := range c.symptoms {
			m.row(s, m.glyphs.under+" ")
		}
	}
	m.printf("\n<details><summary>Evidence and fixes</summary>\n\n")
	for _, c := range g.causes {
		for _, f := range append([]*finding{c.finding}, c.symptoms...) {
			m.details(f)
		}
	}
	m.printf("\n</details>\n\n")
}

func (m *markdown) heading(g *group) string {
	if g.ref.IsZero() {
		return "**The input**"
	}
	words := []string{"**" + mdCode(g.ref.Short()) + "**"}
	if g.ref.Namespace != "" {
		words = append(words, "in "+mdCode(g.ref.Namespace))
	}
	if w := g.workload; w != nil {
		words = append(words, "· "+mdText(w.engine()), "· "+w.gpus())
		if w.Scaler != nil {
			words = append(words, "· "+mdText(w.Scaler.bounds(m.glyphs.to, false)))
		}
	}
	return strings.Join(words, " ")
}

func (m *markdown) row(f *finding, under string) {
	m.printf("| %s%s %s | %s | %s | %s |\n", mdText(under), mdText(m.glyphs.of(f.rank)), f.Severity,
		mdCode(f.Check), mdText(f.Message), mdCode(f.place()))
}

func (m *markdown) details(f *finding) {
	m.printf("- %s", mdCode(f.Check))
	if f.Fix != nil {
		m.printf(" fix: %s", mdText(f.Fix.String()))
	}
	if f.CausedBy != "" {
		m.printf(" caused by %s", mdCode(f.CausedBy))
	}
	m.printf("\n")
	for _, e := range f.Evidence {
		m.printf("  - %s = %s (%s)\n", mdCode(e.Path), mdCode(e.oneLine()), mdText(string(e.Basis)))
	}
	if f.Fingerprint != "" {
		m.printf("  - fingerprint %s\n", mdCode(f.Fingerprint))
	}
}

// problems stand open: what could not be read must not be folded away.
func (m *markdown) problems() {
	if len(m.d.Problems) == 0 {
		return
	}
	m.printf("**Could not be read**\n\n")
	for _, p := range m.d.Problems {
		m.printf("- %s %s\n", mdCode(p.place()), mdText(p.Reason))
	}
	m.printf("\n")
}

func (m *markdown) infos() {
	if m.d.Summary.Infos == 0 {
		return
	}
	m.fold(plural(m.d.Summary.Infos, "info"))
	for _, f := range m.d.Findings {
		if f.Suppression == nil && f.rank < checks.Warning {
			m.printf("- %s %s %s\n", mdCode(f.Check), mdText(f.Message), mdCode(f.place()))
		}
	}
	m.printf("\n</details>\n\n")
}

func (m *markdown) unjudged() {
	spots := m.d.blindSpots()
	if len(spots) == 0 && m.d.Summary.Coverage >= 1 {
		return
	}
	m.fold("Not judged (coverage " + percent(m.d.Summary.Coverage) + ")")
	for _, b := range spots {
		m.printf("- %s\n", mdText(b.String()))
	}
	m.printf("\n</details>\n\n")
}

func (m *markdown) suppressed() {
	if m.d.Summary.Suppressed == 0 {
		return
	}
	m.fold(fmt.Sprintf("%d suppressed", m.d.Summary.Suppressed))
	for _, f := range m.d.Findings {
		if f.Suppression != nil {
			m.printf("- %s %s %s\n", mdCode(f.Check), mdText(f.Suppression.String()), mdCode(f.place()))
		}
	}
	m.printf("\n</details>\n\n")
}

func (m *markdown) fold(title string) {
	m.printf("<details><summary>%s</summary>\n\n", mdText(title))
}

// mdText escapes a clean text so that it reads as it was written anywhere in a
// line of GitHub's Markdown: no markup, no links, no mentions and no
// references to issues. A comment parts a letter from its sign where a
// backslash would not stop GitHub.
func mdText(text string) string {
	escaped := strings.NewReplacer(
		"&", "&amp;", "<", "&lt;", ">", "&gt;",
		`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "|", `\|`, "$", `\$`,
		"[", `\[`, "]", `\]`,
		"@", "@<!-- -->", "#", "#<!-- -->", "GH-", "GH<!-- -->-",
		"://", ":<!-- -->//", "www.", "www<!-- -->.",
	).Replace(text)
	if at, opens := blockMark(escaped); opens {
		return escaped[:at] + `\` + escaped[at:]
	}
	return escaped
}

// blockMark finds the sign by which a text would open a list or an underline:
// a dash, plus or equals sign, or the dot or bracket behind a number.
func blockMark(text string) (at int, opens bool) {
	at = len(text) - len(strings.TrimLeft(text, "0123456789"))
	switch {
	case at == len(text):
		return at, false
	case at == 0:
		return at, strings.ContainsRune("-+=", rune(text[0]))
	}
	return at, text[at] == '.' || text[at] == ')'
}

// mdCode writes a clean text as code, in a table too.
func mdCode(text string) string {
	if text == "" {
		return ""
	}
	simple := func(r rune) bool { return r > ' ' && r <= '~' && !strings.ContainsRune("`|", r) || r == ' ' }
	if !slices.ContainsFunc([]rune(text), func(r rune) bool { return !simple(r) }) && strings.TrimSpace(text) == text {
		return "`" + text + "`"
	}
	return "<code>" + mdText(text) + "</code>"
}
