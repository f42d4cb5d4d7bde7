package tui

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// clean makes a text of unknown origin safe to be laid out in columns: control
// characters, line breaks, what is invisible, what changes the direction and
// what joins the letter before it are spelt out, because terminals do not agree
// on their width. In ASCII mode everything else is, too.
func clean(s string, ascii bool) string {
	if ordinary(s) {
		return s
	}
	var b strings.Builder
	s = norm.NFC.String(s)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case ascii && r > '~', !steady(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// ordinary says whether the text is printable ASCII, as nearly all of it is.
func ordinary(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// steady says whether every terminal gives the character a width of its own.
func steady(r rune) bool {
	switch {
	case !strconv.IsGraphic(r), unicode.In(r, unicode.M, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	case r >= 0x1100 && r <= 0x11FF, r >= 0x1F1E6 && r <= 0x1F1FF, r >= 0x1F3FB && r <= 0x1F3FF:
		return false // Hangul letters that join, flags, skin tones
	}
	return true
}

// columns is how many columns a clean text takes.
func columns(s string) int {
	if ordinary(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r <= '~' {
		return 1
	}
	if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// cut shortens a clean text to so many columns; more stands for what is gone.
func cut(s string, limit int, more string) string {
	if limit <= 0 {
		return ""
	}
	if columns(s) <= limit {
		return s
	}
	limit -= columns(more)
	if limit < 0 {
		return cut(s, limit+columns(more), "")
	}
	n := 0
	for i, r := range s {
		if n += runeColumns(r); n > limit {
			return s[:i] + more
		}
	}
	return s
}

// pad fills a text with spaces up to so many columns.
func pad(s string, n int) string {
	if missing := n - columns(s); missing > 0 {
		return s + strings.Repeat(" ", missing)
	}
	return s
}

// padLeft puts the spaces before it.
func padLeft(s string, n int) string {
	if missing := n - columns(s); missing > 0 {
		return strings.Repeat(" ", missing) + s
	}
	return s
}

// wrap breaks a clean text between words into lines of so many columns; a word
// that is longer is broken where the line ends.
func wrap(text string, limit int) []string {
	if limit < 1 {
		return nil
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= limit:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
		for columns(line) > limit {
			head := cut(line, limit, "")
			if head == "" {
				return append(lines, "?") // a wide letter in a single column
			}
			lines, line = append(lines, head), line[len(head):]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
