package render

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Clean makes a text of unknown origin fit to be shown on one line: control
// characters, escape sequences, bidirectional overrides, invisible characters,
// line breaks and bytes that are not UTF-8 are spelt out (\x1b, \u202e, \n,
// \xff). Letters, marks, symbols and spaces of any script stay as they are,
// and so do backslashes. Cleaning twice changes nothing more.
func Clean(s string) string { return clean(s, false) }

// cleanLines is Clean for formats that have a way to write line breaks and
// tabs of their own.
func cleanLines(s string) string {
	return clean(strings.ReplaceAll(s, "\r\n", "\n"), true)
}

func clean(s string, lines bool) string {
	if ordinary(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case visible(r), lines && (r == '\n' || r == '\t'):
			b.WriteRune(r)
		default:
			b.WriteString(spell(r))
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

// visible says whether a reader can see the character, or the space it takes.
// The two variation selectors that choose between text and emoji are harmless
// and common.
func visible(r rune) bool {
	switch {
	case r == 0xFE0E || r == 0xFE0F:
		return true
	case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	}
	return strconv.IsGraphic(r)
}

func spell(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xFFFF:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

func cleanRef(r inventory.Ref) inventory.Ref {
	return inventory.Ref{Group: Clean(r.Group), Kind: Clean(r.Kind), Namespace: Clean(r.Namespace), Name: Clean(r.Name)}
}
