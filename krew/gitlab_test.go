package krew

import (
	"path/filepath"
	"strings"
	"testing"
)

// gitlabJob is what is read of a GitLab job.
type gitlabJob struct {
	Variables    map[string]string `yaml:"variables"`
	BeforeScript []string          `yaml:"before_script"`
	Script       []string          `yaml:"script"`
	Artifacts    struct {
		When    string            `yaml:"when"`
		Reports map[string]string `yaml:"reports"`
	} `yaml:"artifacts"`
}

// testGitLabJob runs the job of gitlab-ci.yaml for a merge request and for a
// branch, in one shell, as GitLab's runner does.
func testGitLabJob(t *testing.T, dist string) {
	for _, c := range []struct {
		name, before, after string
		mergeRequest        bool
		code                int
	}{
		{"errors that the merge request brings", "", "as-written", true, 1},
		{"errors that were there before", "as-written", "as-written", true, 0},
		{"a branch", "as-written", "as-written", false, 1},
		{"a branch that was repaired", "as-written", "repaired", false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRunner(t, dist, c.before, c.after)
			if c.mergeRequest {
				r.set("CI_MERGE_REQUEST_DIFF_BASE_SHA", r.base(t))
			}
			var file struct {
				Job gitlabJob `yaml:"infscale"`
			}
			readYAML(t, "gitlab-ci.yaml", &file)
			job := file.Job
			for name, value := range job.Variables {
				r.set(name, value)
			}
			r.set("CI", "true")
			code, _ := r.shell(t, strings.Join(append(job.BeforeScript, job.Script...), "\n"), "-e", "-o", "pipefail")
			if code != c.code {
				t.Errorf("the job ends with %d, want %d", code, c.code)
			}
			if c.code == 0 {
				return
			}
			if job.Artifacts.When != "always" {
				t.Error("a job that fails keeps its reports only with when: always")
			}
			checkJUnit(t, filepath.Join(r.repo, job.Artifacts.Reports["junit"]))
			checkCodeQuality(t, r.repo, job.Artifacts.Reports["codequality"])
		})
	}
}
