package plugin

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// baselineFile lists findings that are known and accepted for now. The fields
// beside the fingerprint are for readers.
type baselineFile struct {
	Version  int             `json:"version"`
	Findings []baselineEntry `json:"findings"`
}

type baselineEntry struct {
	Fingerprint string `json:"fingerprint"`
	Check       string `json:"check"`
	Object      string `json:"object"`
}

const baselineVersion = 1

// knownSince is the reason of what a baseline holds back. It tells a later
// comparison that nothing else does.
const knownSince = "known since the baseline was written"

// earlier is a baseline, or the JSON report of an earlier run.
type earlier struct {
	Version  int              `json:"version"`
	Findings []earlierFinding `json:"findings"`
	Summary  *struct{}        `json:"summary"` // only a report has one
}

type earlierFinding struct {
	Fingerprint string                   `json:"fingerprint"`
	Check       string                   `json:"check"`
	Severity    string                   `json:"severity"`
	Ref         inventory.Ref            `json:"ref"`
	Workload    inventory.Ref            `json:"workload"`
	Message     string                   `json:"message"`
	Suppression *struct{ Reason string } `json:"suppression"`
}

// applyBaseline suppresses the findings that a baseline holds. Where that is the
// JSON report of an earlier run, it also says what is new and what is gone;
// narrowed says that this run leaves workloads out.
func applyBaseline(report *checks.Report, path string, objects *inventory.Snapshot, narrowed bool) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return usageError("--baseline: %v", err)
	}
	var known earlier
	if err := json.Unmarshal(text, &known); err != nil {
		return usageError("--baseline %s: %v", path, err)
	}
	if known.Version != baselineVersion {
		return usageError("--baseline %s: version %d is not one this build reads", path, known.Version)
	}
	there, held := map[string]bool{}, map[string]bool{}
	for _, f := range known.Findings {
		there[f.Fingerprint] = true
		held[f.Fingerprint] = f.Suppression == nil || f.Suppression.Reason == knownSince
	}
	found := map[string]bool{}
	for i := range report.Findings {
		f := &report.Findings[i]
		found[f.Fingerprint] = true
		if held[f.Fingerprint] && f.Suppression == nil {
			f.Suppression = &checks.Suppression{Reason: knownSince, Where: path}
		}
		if known.Summary != nil {
			f.State = checks.New
			if there[f.Fingerprint] {
				f.State = checks.Unchanged
			}
		}
	}
	if known.Summary != nil {
		report.Compared = compare(report, path, known.Findings, found, objects, narrowed)
	}
	return nil
}

// compare sorts what was not found again: gone is only what this run looked for.
func compare(report *checks.Report, path string, before []earlierFinding, found map[string]bool, objects *inventory.Snapshot, narrowed bool) *checks.Comparison {
	c := &checks.Comparison{With: path}
	for _, f := range before {
		if found[f.Fingerprint] {
			continue
		}
		past := checks.Past{Check: f.Check, Severity: f.Severity, Ref: f.Ref, Workload: f.Workload, Message: f.Message, Fingerprint: f.Fingerprint}
		if narrowed || len(report.Problems) > 0 || !looked(report, f, objects) {
			c.Unjudged = append(c.Unjudged, past)
		} else {
			c.Gone = append(c.Gone, past)
		}
	}
	return c
}

// looked says whether this run judged what an earlier finding is about.
func looked(report *checks.Report, f earlierFinding, objects *inventory.Snapshot) bool {
	if report.Reads[f.Check] == nil {
		return false
	}
	for _, skip := range report.Skipped {
		everyOne := skip.Check == checks.EveryCheck || skip.Check == f.Check
		if everyOne && (skip.Namespace == "" || skip.Namespace == f.Ref.Namespace) {
			return false
		}
	}
	kind, known := inventory.KindOf(f.Ref.Group+"/", f.Ref.Kind)
	return !objects.IsLive() || known && objects.Saw(kind, f.Ref.Namespace)
}

// writeBaseline writes every finding that nothing else suppresses.
func writeBaseline(report checks.Report, path string) error {
	if path == "" {
		return nil
	}
	file := baselineFile{Version: baselineVersion, Findings: []baselineEntry{}}
	for _, f := range report.Findings {
		if f.Suppression == nil {
			file.Findings = append(file.Findings, baselineEntry{f.Fingerprint, f.Check.ID, f.At.Object.Ref.String()})
		}
	}
	sort.Slice(file.Findings, func(i, j int) bool {
		a, b := file.Findings[i], file.Findings[j]
		return a.Object+a.Check+a.Fingerprint < b.Object+b.Check+b.Fingerprint
	})
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(text, '\n'))
}

// writeFile replaces a file in one step, so that a reader never sees half of it.
// What is no file, such as /dev/stderr or a pipe, is written to as it is.
func writeFile(path string, text []byte) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		if err := os.WriteFile(path, text, 0); err != nil {
			return fileError(path, err)
		}
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fileError(path, err)
	}
	defer os.Remove(temp.Name())
	if _, err := temp.Write(text); err != nil {
		temp.Close()
		return fileError(path, err)
	}
	if err := temp.Close(); err != nil {
		return fileError(path, err)
	}
	const readable = 0o644
	if err := os.Chmod(temp.Name(), readable); err != nil {
		return fileError(path, err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fileError(path, err)
	}
	return nil
}

func fileError(path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return usageError("%s cannot be written: %v", path, err)
}
