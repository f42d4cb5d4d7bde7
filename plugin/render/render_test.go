package render

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestUnknownFormat(t *testing.T) {
	known := "known: text, wide, json, yaml, sarif, junit, github, markdown, html, prometheus, gitlab)"
	for name, want := range map[string]string{
		"jsn":     `unknown format "jsn": did you mean json? (` + known,
		"sraif":   `unknown format "sraif": did you mean sarif? (` + known,
		"markdwn": `unknown format "markdwn": did you mean markdown? (` + known,
		"yml":     `unknown format "yml": did you mean yaml? (` + known,
		"pdf":     `unknown format "pdf" (` + known,
		"":        `unknown format "" (` + known,
		"\x1b[2J": `unknown format "\\x1b[2J" (` + known,
	} {
		var out bytes.Buffer
		err := Write(&out, name, checks.Report{}, Options{})
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", name, err, want)
		}
		if out.Len() > 0 {
			t.Errorf("%q: wrote %q", name, out.String())
		}
	}
}

func TestEveryFormatIsValid(t *testing.T) {
	for _, name := range Formats() {
		if err := Validate(name); err != nil {
			t.Error(err)
		}
	}
}

// A closed pipe is the caller's to know.
func TestWriteError(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, name := range Formats() {
		if err := Write(failing{broken}, name, checks.Report{}, Options{}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// A report of nothing, and a finding that stands nowhere, break no format.
func TestBareReports(t *testing.T) {
	bare := checks.Report{Findings: []checks.Finding{{Check: &checks.Check{ID: "unused-suppression"}, Severity: checks.Warning, Message: "no such check"}}}
	for _, name := range Formats() {
		write(t, name, checks.Report{}, Options{})
		if out := write(t, name, bare, Options{}); !bytes.Contains(out, []byte("unused-suppression")) {
			t.Errorf("%s lost the finding:\n%s", name, out)
		}
	}
}

func TestScalersTakesTheFirst(t *testing.T) {
	b := inventory.NewBuilder()
	for _, o := range objects(t, "k8s/workloads.yaml", workloadsYAML) {
		b.Add(o)
	}
	for _, o := range objects(t, "k8s/scaler.yaml", scalerYAML) {
		b.Add(o)
	}
	s := b.Build()
	for ref, a := range Scalers(s) {
		if a.Workload == nil || a.Workload.Ref() != ref {
			t.Errorf("%s: %+v", ref, a)
		}
	}
	for _, a := range s.Autoscalers() {
		if a.Workload != nil && Scalers(s)[a.Workload.Ref()] == nil {
			t.Errorf("%s has no autoscaler", a.Workload.Ref())
		}
	}
}

// At 80 columns nothing is wider but what must be copied whole.
func TestWidth(t *testing.T) {
	r, o := fullReport(t)
	for _, format := range []string{"text", "wide"} {
		for _, width := range []int{60, 80, 140} {
			o.Width, o.Show = width, checks.Info
			for _, line := range strings.Split(string(write(t, format, r, o)), "\n") {
				if columns(line) > width && strings.Contains(strings.TrimSpace(line), "  ") {
					t.Errorf("%s at %d columns: %d in %q", format, width, columns(line), line)
				}
			}
		}
	}
}

func TestCoverageIsCutNotRounded(t *testing.T) {
	for share, want := range map[float64]string{1: "100 %", 0.99999: "99.9 %", 0.97: "97 %", 0.8333: "83.3 %", 0: "0 %", -1: "0 %", 2: "100 %"} {
		if got := percent(clampShare(share)); got != want {
			t.Errorf("%v: got %s, want %s", share, got, want)
		}
	}
}
