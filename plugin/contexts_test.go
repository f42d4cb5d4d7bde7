package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/sim"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// demoSite is a simulated cluster of its own, as a context of a kubeconfig.
func demoSite(t *testing.T, context, known string) site {
	t.Helper()
	world, err := sim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	world.Advance(demoMoment)
	return site{context: context, known: known, from: world}
}

// inspected runs inspect and returns its exit code and what it printed.
func inspected(t *testing.T, o options, sites ...site) (code int, out, problems string) {
	t.Helper()
	all, err := selectChecks("--checks", "")
	if err != nil {
		t.Fatal(err)
	}
	o.checks, o.failOn, o.show = all, checks.Error, checks.Error
	if o.outputs == nil {
		o.outputs = []output{{format: "text"}}
	}
	var stdout, stderr bytes.Buffer
	streams := Streams{Out: &stdout, Err: &stderr, Env: func(string) string { return "" }}
	err = inspect(t.Context(), sites, o, streams, Build{})
	var exit *exitError
	if errors.As(err, &exit) {
		code = exit.code
	}
	if err != nil && (exit == nil || exit.cause != nil) {
		t.Fatal(err)
	}
	return code, stdout.String(), stderr.String()
}

// One cluster that does not answer hides none of the others, and decides the exit
// code.
func TestDeadClusterHidesNoOther(t *testing.T) {
	dead := site{context: "eks-dead", err: couldNot(&source.Unreachable{Address: "https://203.0.113.7:6443", Cause: errors.New("connection refused")})}
	prod := demoSite(t, "gke-prod", "gke-prod")
	code, text, _ := inspected(t, options{}, prod, dead)
	if code != exitCouldNot {
		t.Errorf("exit code %d, want %d", code, exitCouldNot)
	}
	for _, want := range []string{
		"gke-prod ──", "✖ error  ", "eks-dead ──", "could not be looked at: https://203.0.113.7:6443: connection refused", "1 of 2 clusters could not be looked at",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if code, _, _ := inspected(t, options{}, prod); code != exitFindings {
		t.Errorf("without the dead one the exit code is %d, want %d", code, exitFindings)
	}
	_, report, _ := inspected(t, options{outputs: []output{{format: "json"}}}, prod, dead)
	judgeReport(t, "two clusters", strings.NewReader(report))
}

// A baseline of several clusters holds back in each what it knows of that one.
func TestBaselineKnowsContexts(t *testing.T) {
	east, west := demoSite(t, "east", "east"), demoSite(t, "west", "west")
	path := filepath.Join(t.TempDir(), "known.json")
	if code, _, _ := inspected(t, options{writeBaseline: path}, east, west); code != exitFindings {
		t.Fatalf("exit code %d, want %d", code, exitFindings)
	}
	if code, text, _ := inspected(t, options{baseline: path}, east, west); code != exitClean {
		t.Errorf("with its own baseline the exit code is %d:\n%s", code, text)
	}
	keep(t, path, "east")
	code, text, _ := inspected(t, options{baseline: path}, east, west)
	if code != exitFindings {
		t.Errorf("the baseline of one cluster holds back the other: exit code %d", code)
	}
	eastern, western, _ := strings.Cut(text, "west ──")
	if strings.Contains(eastern, "✖ error") || !strings.Contains(western, "✖ error") {
		t.Errorf("only west has new findings, and the report is\n%s", text)
	}
	for known, want := range map[string]int{"east": exitClean, "west": exitFindings, "": exitFindings} {
		if code, _, _ := inspected(t, options{baseline: path}, demoSite(t, "", known)); code != want {
			t.Errorf("alone, as context %q: exit code %d, want %d", known, code, want)
		}
	}
}

// keep drops the other contexts' entries of a baseline.
func keep(t *testing.T, path, context string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file baselineFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var kept []baselineEntry
	for _, entry := range file.Findings {
		if entry.Context == context {
			kept = append(kept, entry)
		}
	}
	if len(kept) == 0 || len(kept) == len(file.Findings) {
		t.Fatalf("%d of %d entries are of %s", len(kept), len(file.Findings), context)
	}
	file.Findings = kept
	if text, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A comparison says of each cluster what is gone from it, and says nothing of one
// that did not answer.
func TestComparisonKnowsContexts(t *testing.T) {
	last := filepath.Join(t.TempDir(), "last.json")
	inspected(t, options{outputs: []output{{format: "json", file: last}}}, demoSite(t, "east", "east"), demoSite(t, "west", "west"))
	dead := site{context: "west", known: "west", err: couldNot(errors.New("connection refused"))}
	_, text, _ := inspected(t, options{baseline: last, outputs: []output{{format: "json"}}}, demoSite(t, "east", "east"), dead)
	var report struct {
		Compared struct {
			Gone     []any
			Unjudged []struct{ Context string }
		}
	}
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Compared.Gone) != 0 || len(report.Compared.Unjudged) == 0 {
		t.Errorf("%d are gone, %d not judged", len(report.Compared.Gone), len(report.Compared.Unjudged))
	}
	for _, past := range report.Compared.Unjudged {
		if past.Context != "west" {
			t.Errorf("not judged in %s, which answered", past.Context)
		}
	}
}
