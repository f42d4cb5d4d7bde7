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
	Context     string `json:"context,omitempty"` // of a kubeconfig, where several clusters were looked at
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

	path string
}

type earlierFinding struct {
	Context     string                   `json:"context"`
	Fingerprint string                   `json:"fingerprint"`
	Check       string                   `json:"check"`
	Severity    string                   `json:"severity"`
	Ref         inventory.Ref            `json:"ref"`
	Workload    inventory.Ref            `json:"workload"`
	Message     string                   `json:"message"`
	Suppression *struct{ Reason string } `json:"suppression"`
}

// readBaseline reads a baseline or an earlier report; nil without a path.
func readBaseline(path string) (*earlier, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usageError("--baseline: %v", err)
	}
	known := &earlier{path: path}
	if err := json.Unmarshal(text, known); err != nil {
		return nil, usageError("--baseline %s: %v", path, err)
	}
	if known.Version != baselineVersion {
		return nil, usageError("--baseline %s: version %d is not one this build reads", path, known.Version)
	}
	return known, nil
}

// about are the earlier findings that may be those of a site: those of its
// context, and those of a run that looked at one cluster only.
func (e *earlier) about(p site) []earlierFinding {
	var all []earlierFinding
	for _, f := range e.Findings {
		if f.Context == "" || f.Context == p.known {
			all = append(all, f)
		}
	}
	return all
}

// apply suppresses the findings that were known. Where the earlier file is the
// JSON report of a run, it also says what is new and what is gone.
func (e *earlier) apply(l *look) {
	if e == nil {
		return
	}
	before := e.about(l.site)
	there, held := map[string]bool{}, map[string]bool{}
	for _, f := range before {
		there[f.Fingerprint] = true
		held[f.Fingerprint] = f.Suppression == nil || f.Suppression.Reason == knownSince
	}
	found := map[string]bool{}
	for i := range l.report.Findings {
		f := &l.report.Findings[i]
		found[f.Fingerprint] = true
		if held[f.Fingerprint] && f.Suppression == nil {
			f.Suppression = &checks.Suppression{Reason: knownSince, Where: e.path}
		}
		if e.Summary != nil {
			f.State = checks.New
			if there[f.Fingerprint] {
				f.State = checks.Unchanged
			}
		}
	}
	if e.Summary != nil {
		l.report.Compared = l.compare(e.path, before, found)
	}
}

// compare sorts what was not found again: gone is only what this run looked for.
// Of a finding without a context nobody knows in which of several clusters it was.
func (l *look) compare(path string, before []earlierFinding, found map[string]bool) *checks.Comparison {
	c := &checks.Comparison{With: path}
	for _, f := range before {
		if found[f.Fingerprint] || f.Context == "" && l.context != "" {
			continue
		}
		past := checks.Past{Check: f.Check, Severity: f.Severity, Ref: f.Ref, Workload: f.Workload, Message: f.Message, Fingerprint: f.Fingerprint}
		elsewhere := l.only.namespace != "" && l.only.namespace != f.Ref.Namespace
		if l.err != nil || l.only.narrows() || elsewhere || len(l.report.Problems) > 0 || !looked(&l.report, f, l.frame.Objects) {
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
func writeBaseline(path string, looks []look) error {
	file := baselineFile{Version: baselineVersion, Findings: []baselineEntry{}}
	for _, l := range looks {
		for _, f := range l.report.Findings {
			if f.Suppression == nil {
				file.Findings = append(file.Findings, baselineEntry{l.context, f.Fingerprint, f.Check.ID, f.At.Object.Ref.String()})
			}
		}
	}
	sort.Slice(file.Findings, func(i, j int) bool {
		a, b := file.Findings[i], file.Findings[j]
		return a.Context+a.Object+a.Check+a.Fingerprint < b.Context+b.Object+b.Check+b.Fingerprint
	})
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(path, append(text, '\n'))
}

// writeFile replaces a file in one step, so that a reader never sees half of it.
// It keeps the file's mode, and a link stays a link. What is no file, such as
// /dev/stderr or a pipe, is written to as it is.
func writeFile(path string, text []byte) error {
	mode := fs.FileMode(0o644)
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		if err := os.WriteFile(path, text, 0); err != nil {
			return fileError(path, err)
		}
		return nil
	}
	if real, linked := filepath.EvalSymlinks(path); err == nil && linked == nil {
		path, mode = real, info.Mode().Perm()
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
	if err := os.Chmod(temp.Name(), mode); err != nil {
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
