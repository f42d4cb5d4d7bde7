package render

import (
	"bytes"
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
)

// codeQuality is one entry of GitLab's code quality report
// (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format).
type codeQuality struct {
	Description string          `json:"description"`
	Check       string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"`
	Severity    string          `json:"severity"`
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"`
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
}

// writeGitLab is the report for GitLab's merge request widget. What is
// suppressed is not in it: GitLab knows no such state.
func writeGitLab(out *bytes.Buffer, d *document, o Options) error {
	all := []codeQuality{}
	seen := map[string]int{}
	add := func(c codeQuality) {
		seen[c.Fingerprint]++
		if n := seen[c.Fingerprint]; n > 1 { // GitLab drops the second of two equal ones
			c.Fingerprint = fmt.Sprintf("%s-%d", c.Fingerprint, n)
		}
		all = append(all, c)
	}
	for _, p := range d.Problems {
		path := p.place() // of a cluster: there is no file
		if p.File != "" {
			path = Clean(relativeTo(o.Root, p.rawFile))
		}
		add(codeQuality{p.Reason, "could-not-be-read", "could-not-be-read/" + inContext(p.Context) + p.File, "blocker", qualityAt(path, p.Line)})
	}
	for _, f := range d.Findings {
		if f.Suppression != nil {
			continue
		}
		path := f.place() // of a cluster's object: there is no file
		if f.File != "" {
			path = Clean(relativeTo(o.Root, f.rawFile))
		}
		add(codeQuality{f.Message, f.Check, f.identity(), qualityOf(f.rank), qualityAt(path, f.Line)})
	}
	return encode(out, all)
}

func qualityAt(path string, line int) qualityLocation {
	return qualityLocation{path, qualityLines{max(line, 1)}}
}

func qualityOf(s checks.Severity) string {
	switch s {
	case checks.Error:
		return "critical"
	case checks.Warning:
		return "major"
	}
	return "info"
}
