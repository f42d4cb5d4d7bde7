package plugin

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// proofsFile holds what the proofs have shown, check by check: checks/README.md
// and explain tell of it.
const proofsFile = proofsDir + "/results.json"

// proofResult is what was seen of one check.
type proofResult struct {
	Check string     `json:"check"`
	Runs  []proofRun `json:"runs"`
}

// proofRun is one run of a proof. Times are in seconds: those of the symptom
// count from where the proof begins its clock, those of the recovery from the
// repair.
type proofRun struct {
	Kubernetes string      `json:"kubernetes"`
	KEDA       string      `json:"keda,omitempty"`
	Finding    string      `json:"finding"`
	Symptom    []proofStep `json:"symptom"`
	Repair     string      `json:"repair"`
	Recovery   []proofStep `json:"recovery,omitempty"`
	// Simulator says for each awaited replica count that the simulator came to
	// it too, or why it was not asked.
	Simulator []string `json:"simulator,omitempty"`
}

type proofStep struct {
	Seen    string `json:"seen"`
	Seconds int    `json:"seconds"`
}

func seconds(d time.Duration) int { return int(d.Round(time.Second) / time.Second) }

// versions asks the bed what runs.
func (r *proofRun) versions(bed *situations) error {
	var version struct{ GitVersion string }
	body, err := bed.api.Get(bed.Context(), "/version", nil)
	if err == nil {
		err = json.Unmarshal(body, &version)
	}
	if err != nil {
		return err
	}
	r.Kubernetes = version.GitVersion
	var operator struct {
		Spec struct {
			Template struct {
				Spec struct{ Containers []struct{ Image string } }
			}
		}
	}
	body, err = bed.api.Get(bed.Context(), "/apis/apps/v1/namespaces/keda/deployments/keda-operator", nil)
	if err != nil {
		return nil // a plain bed has none
	}
	if err := json.Unmarshal(body, &operator); err != nil {
		return err
	}
	for _, container := range operator.Spec.Template.Spec.Containers {
		_, r.KEDA, _ = strings.Cut(container.Image, ":")
	}
	return nil
}

// write leaves the run for the process that started the bed.
func (r *proofRun) write(ts *testscript.TestScript, check string) {
	text, err := json.Marshal(proofResult{check, []proofRun{*r}})
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(os.Getenv(proofsResults), check+"@"+r.Kubernetes+".json"), text, 0o600))
}

func readResults(t *testing.T) []proofResult {
	t.Helper()
	text, err := os.ReadFile(proofsFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []proofResult
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// recordResults puts the runs of this time into the file, each in the place of
// an earlier one of the same version. What has no proof any more goes.
func recordResults(t *testing.T, folder string) {
	t.Helper()
	all := readResults(t)
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var one proofResult
		if err := json.Unmarshal(text, &one); err != nil {
			t.Fatal(err)
		}
		all = withRun(all, one.Check, one.Runs[0])
	}
	proofs := readProofs(t)
	all = slices.DeleteFunc(all, func(r proofResult) bool {
		return !slices.ContainsFunc(proofs, func(p proof) bool { return p.check == r.Check })
	})
	slices.SortFunc(all, func(a, b proofResult) int { return strings.Compare(a.Check, b.Check) })
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(proofsFile, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d checks are proven", len(all))
}

func withRun(all []proofResult, check string, run proofRun) []proofResult {
	i := slices.IndexFunc(all, func(r proofResult) bool { return r.Check == check })
	if i < 0 {
		return append(all, proofResult{check, []proofRun{run}})
	}
	runs := slices.DeleteFunc(all[i].Runs, func(r proofRun) bool { return r.Kubernetes == run.Kubernetes })
	runs = append(runs, run)
	slices.SortFunc(runs, func(a, b proofRun) int { return strings.Compare(b.Kubernetes, a.Kubernetes) })
	all[i].Runs = runs
	return all
}

// TestEveryProofHasAResult holds the recorded results to the proofs there are.
func TestEveryProofHasAResult(t *testing.T) {
	results := readResults(t)
	for _, p := range readProofs(t) {
		i := slices.IndexFunc(results, func(r proofResult) bool { return r.Check == p.check })
		if i < 0 {
			t.Errorf("%s: nothing is recorded; run make proofs", p.check)
			continue
		}
		for _, version := range p.Kubernetes {
			if !slices.ContainsFunc(results[i].Runs, func(r proofRun) bool { return strings.HasPrefix(r.Kubernetes, "v"+version+".") }) {
				t.Errorf("%s: nothing is recorded of Kubernetes %s; run make proofs", p.check, version)
			}
		}
	}
}

// proven is what the catalogue says of a check's proof, "" where there is none.
func proven(results []proofResult, check string) string {
	i := slices.IndexFunc(results, func(r proofResult) bool { return r.Check == check })
	if i < 0 {
		return ""
	}
	var versions []string
	for _, run := range results[i].Runs {
		versions = append(versions, run.Kubernetes)
	}
	latest := results[i].Runs[0]
	on := "Kubernetes " + strings.Join(versions, " and ")
	if latest.KEDA != "" {
		on += ", KEDA " + latest.KEDA
	}
	text := fmt.Sprintf("**Seen** on %s: %s. ", on, steps(latest.Symptom))
	text += fmt.Sprintf("Repaired (%s)", latest.Repair)
	if len(latest.Recovery) > 0 {
		text += ": " + steps(latest.Recovery)
	}
	return text + fmt.Sprintf(". The proof: `testdata/proofs/%s.txtar`.\n\n", check)
}

// TestProofsTable keeps the table in testdata/proofs/README.md equal to the
// results.
func TestProofsTable(t *testing.T) {
	const path, heading = proofsDir + "/README.md", "\n## Seen\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(text), heading)
	if !found {
		t.Fatalf("%s has no heading %q", path, strings.TrimSpace(heading))
	}
	want := before + heading + proofsTable(readResults(t))
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s is not what results.json says; run make golden", path)
	}
}

func proofsTable(results []proofResult) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nWritten by `make golden` from results.json: %d checks. Seconds until the last symptom, and from the repair to the recovery.\n\n", len(results))
	b.WriteString("| check | Kubernetes | symptom | recovery | simulator |\n|---|---|---|---|---|\n")
	for _, r := range results {
		for _, run := range r.Runs {
			simulator := "–"
			if slices.Contains(run.Simulator, simulatorAgrees) {
				simulator = simulatorAgrees
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.Check, run.Kubernetes, last(run.Symptom), last(run.Recovery), simulator)
		}
	}
	return b.String()
}

func last(all []proofStep) string {
	if len(all) == 0 {
		return "–"
	}
	return fmt.Sprintf("%d s", all[len(all)-1].Seconds)
}

func steps(all []proofStep) string {
	var words []string
	for _, step := range all {
		words = append(words, fmt.Sprintf("%s (%d s)", step.Seen, step.Seconds))
	}
	return strings.Join(words, "; ")
}
