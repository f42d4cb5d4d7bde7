package sim

import (
	"fmt"
	"strings"
	"testing"
)

// Formulas of KEDA's documentation and the like, with what
// github.com/expr-lang/expr v1.17.8 makes of them.
func TestFormula(t *testing.T) {
	numbers := map[string]float64{"queue": 12, "running": 30, "kv": 0.5}
	for text, want := range map[string]string{
		"queue":                                  "12",
		"queue + running/10":                     "15",
		"2 + 3 * 4 - 6 / 3":                      "12",
		"(queue + running) * kv":                 "21",
		"-queue + 20":                            "8",
		"-2 ** 2":                                "-4",
		"2 ** 3 ** 2":                            "512",
		"queue ^ 3":                              "1728",
		"1_000 + 1e3 + .5":                       "2000.5",
		"max(queue, running / 10, 1)":            "12",
		"min(queue, 5) + abs(-1) + round(2.5)":   "9",
		"floor(2.7) + ceil(2.1) + int(3.9)":      "8",
		"kv > 0.4 ? queue * 2 : queue":           "24",
		"kv > 0.8 ? 100 : kv > 0.4 ? 10 : 1":     "10",
		"(kv > 0.8 ? 100 : 1) + queue":           "13",
		"kv > 0.4 and queue > 20 ? 1 : 2":        "2",
		"kv > 0.4 or queue > 20 ? 1 : 2":         "1",
		"not (kv > 0.4) || !(queue > 20) ? 1: 2": "1",
		"queue == 12 && running != 12 && kv <= 0.5 && kv >= 0.5 && kv < 1 ? 3 : 4": "3",
		"kv>0.4\n? 1\n: 2": "1",
	} {
		f, err := ParseFormula(text, []string{"queue", "running", "kv"})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := f.Value(numbers); err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v, want %s", text, got, err, want)
		}
	}
}

func TestFormulaThatIsNotEvaluated(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "it ends too early",
		"queue +":                   "it ends too early",
		"queue running":             `"running" is not evaluated here`,
		"queu + 1":                  `"queu" is the name of no trigger`,
		"(queue":                    `")" is missing`,
		"queue)":                    `")" is not evaluated here`,
		"queue > 3":                 "a condition stands where a number is due",
		"queue ? 1 : 2":             "a number stands where a condition is due",
		"queue > 3 ? 1":             `":" is missing`,
		"queue > 3 ? 1 : running>2": "a number is due",
		"queue ?? 3":                `"??" is not evaluated here`,
		"queue % 3":                 `"%" is not evaluated here`,
		`"queue"`:                   `"\"" is not evaluated here`,
		"count([queue], {# > 1})":   `the function "count" is not evaluated here`,
		"max()":                     `")" is not evaluated here`,
		"abs(queue, 1)":             "abs takes one number",
		"1 + (2 > 1)":               "a condition stands where a number is due",
		"\x1b[31m":                  `"\x1b" is not evaluated here`,
		strings.Repeat("1+", 6_000): "it is longer than 10000 bytes",
		strings.Repeat("(", 9_000):  "it ends too early",
	} {
		if _, err := ParseFormula(text, []string{"queue", "running"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
	f, err := ParseFormula("1 / queue", []string{"queue"})
	if err != nil {
		t.Fatal(err)
	}
	if value, err := f.Value(map[string]float64{"queue": 0}); err == nil {
		t.Errorf("1 / 0: %v", value)
	}
}
