package tui

import (
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
)

// Palette names the colours.
type Palette string

// The palettes. Mono has no colours, only bold, faint and reverse.
const (
	PaletteDefault    Palette = "default"
	PaletteColorBlind Palette = "colour-blind"
	PaletteMono       Palette = "mono"
)

// Palettes lists them.
func Palettes() []Palette { return []Palette{PaletteDefault, PaletteColorBlind, PaletteMono} }

// style is what a stretch of text means; a palette says how that looks.
type style uint8

const (
	plain   style = iota
	faint         // labels, rules, what is stale or missing
	bold          // names
	title         // the program's name
	failing       // errors, what is broken
	warning
	hint    // infos
	good    // what is well, added lines
	removed // removed lines of a diff
	keycap  // keys in the footer and the help
	load    // the area of a chart of load
	serve   // ready replicas
	gap     // replicas that are wanted and not ready
	styles
)

// looks is one palette: the numbers of the ANSI sequence of each style, and of
// the ground under a selected line.
type looks struct {
	of       [styles]string
	selected string
}

func lookOf(p Palette, dark bool) *looks {
	l := &looks{selected: "7"}
	l.of[faint], l.of[bold], l.of[title], l.of[keycap] = "2", "1", "1", "1"
	l.of[failing], l.of[warning], l.of[removed] = "1", "1", "2"
	if p == PaletteMono {
		return l
	}
	l.selected = "48;5;254"
	if dark {
		l.selected = "48;5;237"
	}
	set := func(s style, onDark, onLight string) {
		l.of[s] = onLight
		if dark {
			l.of[s] = onDark
		}
	}
	set(faint, "38;5;245", "38;5;243")
	set(title, "1;38;5;117", "1;38;5;25")
	set(keycap, "38;5;117", "38;5;25")
	set(hint, "38;5;117", "38;5;25")
	set(load, "38;5;111", "38;5;26")
	set(failing, "1;38;5;203", "1;38;5;160")
	set(warning, "1;38;5;221", "1;38;5;130")
	set(good, "38;5;114", "38;5;28")
	set(removed, "38;5;203", "38;5;160")
	set(serve, "38;5;114", "38;5;28")
	set(gap, "38;5;221", "38;5;130")
	if p == PaletteColorBlind { // after Okabe and Ito: vermilion, orange, sky blue, blue
		set(failing, "1;38;5;202", "1;38;5;166")
		set(warning, "1;38;5;220", "1;38;5;136")
		set(good, "38;5;75", "38;5;25")
		set(removed, "38;5;202", "38;5;166")
		set(serve, "38;5;75", "38;5;25")
		set(gap, "38;5;220", "38;5;136")
		set(load, "38;5;252", "38;5;238")
	}
	return l
}

func severityStyle(s checks.Severity) style {
	switch s {
	case checks.Error:
		return failing
	case checks.Warning:
		return warning
	}
	return hint
}

// glyphs are the signs that go with words, never instead of them.
type glyphs struct {
	err, warn, info       string
	to, times, more, none string
	mark, rule, arrow     string
	up, down, level       string
	full, empty           string   // of a progress bar
	bars                  []string // of a sparkline, from nothing to all
	shade                 string   // wanted and not there
	fresh, paused, dot    string
	about                 string
	middle                string // between two things
	trail                 string // a line of a chart's axis
}

func glyphsOf(ascii bool) *glyphs {
	if ascii {
		return &glyphs{
			err: "x", warn: "!", info: "-", to: "..", times: "x", more: "~", none: "-", mark: ">", rule: "-", arrow: "->",
			up: "^", down: "v", level: "=", full: "#", empty: ".", bars: []string{" ", "_", ".", ":", "-", "=", "+", "*", "#"},
			shade: ":", fresh: "@", paused: "||", dot: "*", about: "~", middle: "-", trail: "-",
		}
	}
	return &glyphs{
		err: "✖", warn: "▲", info: "•", to: "‥", times: "×", more: "…", none: "—", mark: "▌", rule: "─", arrow: "→",
		up: "↗", down: "↘", level: " ", full: "■", empty: "□", bars: []string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
		shade: "░", fresh: "⟳", paused: "⏸", dot: "●", about: "~", middle: "·", trail: "─",
	}
}

func (g *glyphs) of(s checks.Severity) string {
	switch s {
	case checks.Error:
		return g.err
	case checks.Warning:
		return g.warn
	}
	return g.info
}

// span is a stretch of clean text in one style.
type span struct {
	style style
	text  string
}

// line is one line of the screen.
type line struct {
	spans    []span
	selected bool
}

func text(s style, words string) line { return line{spans: []span{{s, words}}} }

// add puts a text behind the line.
func (l *line) add(s style, words string) {
	if words != "" {
		l.spans = append(l.spans, span{s, words})
	}
}

func (l *line) join(other line) { l.spans = append(l.spans, other.spans...) }

func (l *line) width() int {
	n := 0
	for _, s := range l.spans {
		n += columns(s.text)
	}
	return n
}

// pad fills the line up to so many columns.
func (l *line) pad(n int) {
	if missing := n - l.width(); missing > 0 {
		l.add(plain, strings.Repeat(" ", missing))
	}
}

// right puts other at the right end of a line of n columns; what has no room is
// left out of the line itself.
func (l *line) right(other line, n int, more string) {
	l.fit(max(0, n-other.width()-1), more)
	l.pad(n - other.width())
	l.join(other)
}

// fit cuts the line to so many columns.
func (l *line) fit(n int, more string) {
	used := 0
	for i := range l.spans {
		c := columns(l.spans[i].text)
		if used+c > n {
			l.spans[i].text = cut(l.spans[i].text, n-used, more)
			l.spans = l.spans[:i+1]
			return
		}
		used += c
	}
}

// write renders the line in so many columns.
func (l *line) write(b *strings.Builder, look *looks, n int, more string) {
	l.fit(n, more)
	if l.selected {
		l.pad(n)
	}
	for _, s := range l.spans {
		code := look.of[s.style]
		if l.selected {
			code = strings.TrimPrefix(code+";"+look.selected, ";")
		}
		if code == "" || s.text == "" {
			b.WriteString(s.text)
			continue
		}
		b.WriteString("\x1b[" + code + "m" + s.text + "\x1b[m")
	}
}
