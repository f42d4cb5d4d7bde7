package checks

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const twoEngines = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm, namespace: a}
spec:
  selector: {matchLabels: {app: vllm}}
  template: {metadata: {labels: {app: vllm}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1"}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm, namespace: b}
spec:
  selector: {matchLabels: {app: vllm}}
  template: {metadata: {labels: {app: vllm}}, spec: {containers: [{name: vllm, image: "vllm/vllm-openai:v0.18.1"}]}}
`

func frameOf(t *testing.T, prepare func(*inventory.Builder)) Frame {
	t.Helper()
	b := inventory.NewBuilder()
	for _, doc := range inventory.Documents([]byte(twoEngines)) {
		objects, _, problems := doc.Read("two.yaml")
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for _, o := range objects {
			b.Add(o)
		}
	}
	prepare(b)
	return Frame{Objects: b.Build()}
}

func onEachWorkload(id string, needs ...inventory.Kind) *Check {
	return &Check{
		ID: id, Severity: Warning, Needs: Needs{Kinds: Kinds(Workloads(), needs)},
		Run: func(pass *Pass) {
			for _, w := range pass.Workloads() {
				pass.Reportf(w.Object.At("spec"), w, "%s is wrong", w.Object.Name)
			}
		},
	}
}

func TestGapsAreSkipsAndCost(t *testing.T) {
	budgets := onEachWorkload("about-budgets", inventory.PodDisruptionBudget)
	plain := onEachWorkload("about-workloads")
	cases := []struct {
		name     string
		prepare  func(*inventory.Builder)
		skips    int
		coverage float64
	}{
		{"nothing hidden", func(*inventory.Builder) {}, 0, 1},
		{"one namespace hidden", func(b *inventory.Builder) {
			b.Gap(inventory.Gap{Kind: inventory.PodDisruptionBudget, Namespace: "a", Reason: "forbidden"})
		}, 1, 0.75},
		{"everywhere hidden", func(b *inventory.Builder) {
			b.Gap(inventory.Gap{Kind: inventory.PodDisruptionBudget, Reason: "forbidden"})
		}, 1, 0.5},
		{"everywhere hidden, one namespace seen", func(b *inventory.Builder) {
			b.Gap(inventory.Gap{Kind: inventory.PodDisruptionBudget, Reason: "forbidden"})
			b.Looked(inventory.PodDisruptionBudget, "b")
		}, 1, 0.75},
		{"a kind that nobody needs", func(b *inventory.Builder) {
			b.Gap(inventory.Gap{Kind: inventory.CronJob, Reason: "forbidden"})
		}, 0, 1},
	}
	for _, c := range cases {
		report := Run(frameOf(t, c.prepare), []*Check{budgets, plain})
		if len(report.Skipped) != c.skips || report.Coverage != c.coverage {
			t.Errorf("%s: %d skips and coverage %v, want %d and %v", c.name, len(report.Skipped), report.Coverage, c.skips, c.coverage)
		}
	}
}

func TestOneBrokenCheckLosesNothingElse(t *testing.T) {
	broken := &Check{ID: "broken", Severity: Error, Run: func(*Pass) { panic("index out of range") }}
	report := Run(frameOf(t, func(*inventory.Builder) {}), []*Check{broken, onEachWorkload("plain")})
	if len(report.Findings) != 2 {
		t.Errorf("%d findings of the other check, want 2", len(report.Findings))
	}
	if len(report.Skipped) != 1 || !report.Skipped[0].Errored || !strings.Contains(report.Skipped[0].Reason, "index out of range") {
		t.Errorf("the broken check is not named: %+v", report.Skipped)
	}
}

func TestCauseFoldsOnItsOwnWorkload(t *testing.T) {
	cause := &Check{ID: "cause", Severity: Error, Run: func(pass *Pass) {
		w := pass.Workloads()[0]
		pass.Reportf(w.Object.At("spec"), w, "the cause")
	}}
	symptom := onEachWorkload("symptom")
	symptom.CausedBy = []string{"cause"}
	report := Run(frameOf(t, func(*inventory.Builder) {}), []*Check{symptom, cause})
	for _, f := range report.Findings {
		want := ""
		if f.Check.ID == "symptom" && f.Workload.Object.Namespace == "a" {
			want = "cause"
		}
		if f.CausedBy != want {
			t.Errorf("%s in %s is caused by %q, want %q", f.Check.ID, f.Workload.Object.Namespace, f.CausedBy, want)
		}
	}
}

func TestInfoExplainsNothingWorse(t *testing.T) {
	cause, symptom := onEachWorkload("cause"), onEachWorkload("symptom")
	symptom.CausedBy = []string{"cause"}
	for _, is := range []struct {
		cause, symptom Severity
		want           string
	}{{Info, Error, ""}, {Info, Warning, ""}, {Info, Info, "cause"}, {Warning, Error, "cause"}} {
		cause.Severity, symptom.Severity = is.cause, is.symptom
		for _, f := range Run(frameOf(t, func(*inventory.Builder) {}), []*Check{symptom, cause}).Findings {
			if f.Check == symptom && f.CausedBy != is.want {
				t.Errorf("severity %v is caused by %q of severity %v, want %q", is.symptom, f.CausedBy, is.cause, is.want)
			}
		}
	}
}

func TestFingerprintIgnoresLines(t *testing.T) {
	check := onEachWorkload("plain")
	one := Run(frameOf(t, func(*inventory.Builder) {}), []*Check{check})
	moved := frameOf(t, func(*inventory.Builder) {})
	for _, w := range moved.Objects.Workloads() {
		w.Object.Root().Line += 7
	}
	two := Run(moved, []*Check{check})
	seen := map[string]bool{}
	for i := range one.Findings {
		if one.Findings[i].Fingerprint != two.Findings[i].Fingerprint {
			t.Error("the fingerprint moved with the lines")
		}
		seen[one.Findings[i].Fingerprint] = true
	}
	if len(seen) != len(one.Findings) {
		t.Error("two findings share a fingerprint")
	}
}
