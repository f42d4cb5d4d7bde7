package krew

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// workflow is what is read of a GitHub workflow.
type workflow struct {
	Env  map[string]string `yaml:"env"`
	Jobs map[string]struct {
		Steps []step `yaml:"steps"`
	} `yaml:"jobs"`
}

type step struct {
	Name string            `yaml:"name"`
	If   string            `yaml:"if"`
	Uses string            `yaml:"uses"`
	Run  string            `yaml:"run"`
	Env  map[string]string `yaml:"env"`
	With map[string]string `yaml:"with"`
}

// testGitHubWorkflow runs the steps of github-actions.yaml on changes of a
// repository. Of the actions used, the one that uploads is looked at.
func testGitHubWorkflow(t *testing.T, dist string) {
	for _, c := range []struct {
		name, event, before, after string
		code                       int
	}{
		{"errors that the pull request brings", "pull_request", "", "as-written", 1},
		{"errors that were there before", "pull_request", "as-written", "as-written", 0},
		{"a pull request that repairs", "pull_request", "as-written", "repaired", 0},
		{"a push", "push", "", "as-written", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRunner(t, dist, c.before, c.after)
			code, out := runWorkflow(t, r, c.event, c.after)
			if code != c.code {
				t.Errorf("the job ends with %d, want %d", code, c.code)
			}
			if annotated := strings.Contains(out, "::error file=k8s/scaledobject.yaml,line="); annotated != (c.code == 1) {
				t.Errorf("annotates the pull request: %t", annotated)
			}
			if summary, err := os.ReadFile(filepath.Join(r.repo, "..", "summary.md")); c.event == "pull_request" && len(summary) == 0 {
				t.Errorf("the summary is empty (%v)", err)
			}
		})
	}
}

// runWorkflow runs the steps of the job, up to the first that fails.
func runWorkflow(t *testing.T, r *runner, event, after string) (int, string) {
	t.Helper()
	var w workflow
	readYAML(t, "github-actions.yaml", &w)
	for name, value := range w.Env {
		r.set(name, value)
	}
	pathFile := filepath.Join(t.TempDir(), "path")
	r.env = append(r.env, "RUNNER_TEMP="+t.TempDir(), "GITHUB_PATH="+pathFile, "GITHUB_STEP_SUMMARY="+filepath.Join(r.repo, "..", "summary.md"), "CI=true", "GITHUB_ACTIONS=true")
	ran := 0
	for _, s := range w.Jobs["lint"].Steps {
		if file := s.With["sarif_file"]; file != "" && checkSARIF(t, r.repo, file) == 0 && after != "repaired" {
			t.Error("the SARIF file has no result")
		}
		if s.Run == "" || !takesPart(t, s, event) {
			continue
		}
		here := &runner{repo: r.repo, env: r.env}
		for name, value := range s.Env {
			here.env = append(here.env, name+"="+fillExpression(t, value, r.base(t)))
		}
		code, out := here.shell(t, s.Run, "-e")
		ran++
		if added, err := os.ReadFile(pathFile); err == nil {
			r.env = append(r.env, "PATH="+strings.TrimSpace(string(added))+":"+os.Getenv("PATH"))
		}
		if code != 0 || s.If != "" {
			return code, out
		}
	}
	if ran == 0 {
		t.Error("no step was run")
	}
	return 0, ""
}

// takesPart evaluates the one condition that the file has.
func takesPart(t *testing.T, s step, event string) bool {
	t.Helper()
	switch s.If {
	case "":
		return true
	case "github.event_name == 'pull_request'":
		return event == "pull_request"
	}
	t.Fatalf("the step %q has a condition that is new here: %s", s.Name, s.If)
	return false
}

// fillExpression evaluates the one expression that the file has.
func fillExpression(t *testing.T, value, base string) string {
	t.Helper()
	value = strings.ReplaceAll(value, "${{ github.event.pull_request.base.sha }}", base)
	if strings.Contains(value, "${{") {
		t.Fatalf("an expression is new here: %s", value)
	}
	return value
}
