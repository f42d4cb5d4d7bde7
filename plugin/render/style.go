package render

import "github.com/infscale/kubectl-infscale/checks"

// style is how a stretch of text is painted, as the numbers of an ANSI
// sequence. Only the sixteen colours that every terminal lets its user choose.
type style string

const (
	plain style = ""
	bold  style = "1"
	dim   style = "2"
	red   style = "1;31"
	amber style = "1;33"
	blue  style = "1;36"
)

// paint wraps the text in the style's sequence, or leaves it as it is.
func (o Options) paint(s style, text string) string {
	if !o.Color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

func styleOf(s checks.Severity) style {
	switch s {
	case checks.Error:
		return red
	case checks.Warning:
		return amber
	}
	return blue
}

// glyphs are the signs that go with words, never instead of them.
type glyphs struct {
	err, warning, info string
	under              string // a symptom beneath its cause
	to                 string // between two bounds
	rule               string // draws a line
}

func glyphsFor(ascii bool) glyphs {
	if ascii {
		return glyphs{err: "x", warning: "!", info: "-", under: "`-", to: "..", rule: "-"}
	}
	return glyphs{err: "✖", warning: "▲", info: "•", under: "└", to: "‥", rule: "─"}
}

func (g glyphs) of(s checks.Severity) string {
	switch s {
	case checks.Error:
		return g.err
	case checks.Warning:
		return g.warning
	}
	return g.info
}
