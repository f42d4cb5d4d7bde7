package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{
		"":                   0,
		"plain ASCII":        11,
		"größe":              5,
		"gro\u0308\u00dfe":   5, // o with a combining mark
		"模型":                 4,
		"ｖｌｌｍ":               8, // fullwidth
		"ﾓﾃﾞﾙ":               4, // halfwidth
		"한글":                 4,
		"\u1112\u1161\u11ab": 2, // one syllable of three conjoining letters
		"🦙":                  2,
		"✖▲•└‥":              5, // ambiguous: narrow
		"2‥8":                3,
	} {
		if got := columns(text); got != want {
			t.Errorf("columns(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text        string
		first, rest int
		want        []string
	}{
		{"", 10, 10, nil},
		{"one two three", 7, 7, []string{"one two", "three"}},
		{"one two three", 3, 9, []string{"one", "two three"}},
		{"  spaces   between  ", 20, 20, []string{"spaces between"}},
		{"a unbreakable-as-it-is b", 10, 10, []string{"a", "unbreakable-as-it-is", "b"}},
		{"队列为空时模型被移除", 8, 8, []string{"队列为空", "时模型被", "移除"}},
		{"the 队列 is", 6, 6, []string{"the 队", "列 is"}},
		{"vllm模型", 5, 5, []string{"vllm", "模型"}},
		{"e\u0301e\u0301 e\u0301", 2, 2, []string{"e\u0301e\u0301", "e\u0301"}},
		{"\u0301 alone", 20, 20, []string{"\u0301 alone"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.text, c.first, c.rest)); diff != "" {
			t.Errorf("wrap(%q, %d, %d) (-want +got):\n%s", c.text, c.first, c.rest, diff)
		}
	}
}

// Nothing is lost or added by wrapping but spaces.
func FuzzWrap(f *testing.F) {
	f.Add("the 队列 is empty", 6)
	f.Add("\u0301 \u0301\u0301模", 1)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		text = Clean(text)
		lines := wrap(text, limit, limit)
		if got, want := squeeze(strings.Join(lines, "")), squeeze(text); got != want {
			t.Errorf("wrap(%q, %d) = %q", text, limit, lines)
		}
		for _, line := range lines {
			if columns(line) > limit && len(wrap(line, 1, 1)) > 1 && strings.Contains(line, " ") {
				t.Errorf("wrap(%q, %d) leaves %q", text, limit, line)
			}
		}
	})
}

func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }
