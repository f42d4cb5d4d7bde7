package plugin

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"

	"github.com/infscale/kubectl-infscale/checks"
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

// applyBaseline suppresses the findings that a baseline holds.
func applyBaseline(report *checks.Report, path string) error {
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return usageError("--baseline: %v", err)
	}
	var known baselineFile
	if err := json.Unmarshal(text, &known); err != nil {
		return usageError("--baseline %s: %v", path, err)
	}
	if known.Version != baselineVersion {
		return usageError("--baseline %s: version %d is not one this build reads", path, known.Version)
	}
	held := map[string]bool{}
	for _, entry := range known.Findings {
		held[entry.Fingerprint] = true
	}
	for i := range report.Findings {
		if f := &report.Findings[i]; held[f.Fingerprint] && f.Suppression == nil {
			f.Suppression = &checks.Suppression{Reason: "known since the baseline was written", Where: path}
		}
	}
	return nil
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
