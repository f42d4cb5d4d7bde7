package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// tree draws causes and symptoms: "a(b c) d".
func tree(causes []*cause) string {
	var words []string
	for _, c := range causes {
		word := c.Check
		var symptoms []string
		for _, s := range c.symptoms {
			symptoms = append(symptoms, s.Check)
		}
		if symptoms != nil {
			word += "(" + strings.Join(symptoms, " ") + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// list makes findings of words such as "e:b<a": an error of b, caused by a.
func list(words string) []*finding {
	ranks := map[string]checks.Severity{"e": checks.Error, "w": checks.Warning, "i": checks.Info}
	var all []*finding
	for _, word := range strings.Fields(words) {
		rank, name, _ := strings.Cut(word, ":")
		name, by, _ := strings.Cut(name, "<")
		all = append(all, &finding{Check: name, CausedBy: by, rank: ranks[rank]})
	}
	return all
}

func TestFoldSymptoms(t *testing.T) {
	for words, want := range map[string]string{
		"e:a w:b":           "a b",
		"w:a e:b":           "b a",
		"w:a w:b<a":         "a(b)",
		"w:a w:c e:b<a":     "a(b) c", // a symptom's weight is its cause's
		"e:a e:b e:c<b":     "b(c) a", // what explains most comes first
		"e:c<b e:b<a e:a":   "a(c b)", // chains end at the first cause
		"e:b<gone":          "b",      // the cause is not in the list
		"e:a<a":             "a",      // of itself
		"e:a<b e:b<a":       "b(a)",   // of each other: none vanishes
		"e:a<b e:b<c e:c<a": "c(a b)",
		"e:a e:a w:b<a":     "a(b) a",
	} {
		if got := tree(foldSymptoms(list(words))); got != want {
			t.Errorf("%s: got %s, want %s", words, got, want)
		}
	}
}

func TestSymptomStandsUnderTheCauseOfItsObject(t *testing.T) {
	all := list("e:a e:a w:b<a")
	all[1].Ref, all[2].Ref = inventory.Ref{Name: "x"}, inventory.Ref{Name: "x"}
	if got, want := tree(foldSymptoms(all)), "a(b) a"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if c := foldSymptoms(all)[0]; c.Ref.Name != "x" {
		t.Errorf("the symptom stands under %+v", c.Ref)
	}
}

// A symptom whose cause was suppressed, or is too mild to be shown, is shown
// by itself and names the cause.
func TestHiddenCauseIsNamed(t *testing.T) {
	r, o := fullReport(t)
	for i := range r.Findings {
		if r.Findings[i].Check.ID == "keda-mean-with-averagevalue" {
			r.Findings[i].Suppression = &checks.Suppression{Reason: "known"}
		}
	}
	text := string(write(t, "text", r, o))
	if want := "    caused by keda-mean-with-averagevalue, which is not shown\n"; !strings.Contains(text, want) {
		t.Errorf("no line %q in\n%s", want, text)
	}
}

func TestBlindSpots(t *testing.T) {
	d := &document{Skipped: []skip{
		{Check: "pdb-missing", Namespace: "a", Reason: "forbidden"},
		{Check: "pdb-missing", Namespace: "b", Reason: "forbidden"},
		{Check: "quota", Namespace: "b", Reason: "forbidden"},
		{Check: "pdb-missing", Namespace: "c", Reason: "forbidden"},
		{Check: "pdb-missing", Namespace: "c", Reason: "forbidden"}, // a check that needs two kinds
		{Check: "pdb-missing", Namespace: "", Reason: "forbidden"},
		{Check: "pdb-missing", Namespace: "a", Reason: "timeout"},
		{Check: "cold-start", Namespace: "", Reason: "boom", Errored: true},
	}}
	var got []string
	for _, b := range d.blindSpots() {
		got = append(got, b.String())
	}
	want := []string{
		"pdb-missing in a, c: forbidden",
		"pdb-missing, quota in b: forbidden",
		"pdb-missing: forbidden",
		"pdb-missing in a: timeout",
		"cold-start broke (a bug worth reporting): boom",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	every := &blind{checks: []string{checks.EveryCheck}, reasons: []string{"forbidden: list a", "forbidden: list b"}}
	if got, want := every.String(), "workloads of other kinds: forbidden: list a; forbidden: list b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
