package render

import (
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":            "",
		"vllm-llama3": "vllm-llama3",
		"größe 模型 модель 🦙 ‥ é":           "größe 模型 модель 🦙 ‥ é",
		"▲ warning ⚠️":                    "▲ warning ⚠️",
		`C:\models\x1b`:                   `C:\models\x1b`,
		"\x1b[31mred\x1b[0m":              `\x1b[31mred\x1b[0m`,
		"\x1b]0;title\a":                  `\x1b]0;title\x07`,
		"\u009b31m":                       `\u009b31m`,
		"a\nb\r\nc\td":                    `a\nb\r\nc\td`,
		"user\u202e\u2066gnp.exe":         `user\u202e\u2066gnp.exe`,
		"zero\u200bwidth\ufeff\u00adhere": `zero\u200bwidth\ufeff\u00adhere`,
		"line\u2028and\u2029paragraph":    `line\u2028and\u2029paragraph`,
		"filler\u3164\u115f\u034f":        `filler\u3164\u115f\u034f`,
		"tag\U000e0041":                   `tag\U000e0041`,
		"hidden\U000e0101":                `hidden\U000e0101`,
		"private\ue000":                   `private\ue000`,
		"\xff\xfe\x9b!":                   `\xff\xfe\x9b!`,
		"cut \xe6\xa8":                    `cut \xe6\xa8`,
		"\x00\x7f":                        `\x00\x7f`,
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
		if got := Clean(Clean(in)); got != want {
			t.Errorf("cleaning %q twice gives %q", in, got)
		}
	}
}

func TestCleanLinesKeepsLayoutAlone(t *testing.T) {
	if got, want := cleanLines("sum(\r\n\tvllm:x)\r\x1b\u202e"), "sum(\n\tvllm:x)\\r\\x1b\\u202e"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range hostile() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || got != Clean(got) {
			t.Errorf("Clean(%q) = %q", s, got)
		}
		for _, r := range got {
			if !visible(r) {
				t.Errorf("Clean(%q) keeps %U", s, r)
			}
		}
	})
}
