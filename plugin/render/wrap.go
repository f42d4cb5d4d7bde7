package render

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns is how many columns of a terminal a clean text takes: two for wide
// East Asian letters and emoji, none for combining marks, one for the rest.
// Characters whose width depends on the locale count as one.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r >= ' ' && r <= '~':
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), conjoining(r):
		return 0
	case wide(r):
		return 2
	}
	return 1
}

func wide(r rune) bool {
	kind := width.LookupRune(r).Kind()
	return kind == width.EastAsianWide || kind == width.EastAsianFullwidth
}

// conjoining says whether r is a Hangul vowel or final consonant that joins
// the letter before it.
func conjoining(r rune) bool { return r >= 0x1160 && r <= 0x11FF }

// piece is a stretch of text that stays on one line, and the space before it
// when it is not the first of its line.
type piece struct {
	text string
	gap  int
}

// wrap breaks a text into lines, between words and between wide letters, which
// need no space. The first line may have first columns, the others rest. A word
// that is longer than a line stays whole: a query or a path that was cut cannot
// be copied.
func wrap(text string, first, rest int) []string {
	var all []piece
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }) {
		for i, part := range breakable(word) {
			all = append(all, piece{part, 1 - min(i, 1)})
		}
	}
	return fill(all, first, rest)
}

// fill sets pieces into lines, the first of so many columns, the others of rest.
func fill(pieces []piece, first, rest int) []string {
	var lines []string
	var line strings.Builder
	used, limit := 0, first
	for _, p := range pieces {
		n := columns(p.text)
		switch {
		case line.Len() == 0:
		case used+p.gap+n > limit:
			lines = append(lines, line.String())
			line.Reset()
			used, limit = 0, rest
		default:
			line.WriteString(strings.Repeat(" ", p.gap))
			used += p.gap
		}
		line.WriteString(p.text)
		used += n
	}
	if line.Len() > 0 {
		lines = append(lines, line.String())
	}
	return lines
}

// breakable cuts a word before and after each wide letter; what has no width
// stays with what it stands on.
func breakable(word string) []string {
	var all []string
	from, last := 0, -1 // columns of the letter before; -1 at the start
	for i, r := range word {
		n := runeColumns(r)
		if n == 0 {
			continue
		}
		if last == 2 || last == 1 && n == 2 {
			all = append(all, word[from:i])
			from = i
		}
		last = n
	}
	return append(all, word[from:])
}
