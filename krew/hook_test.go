package krew

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestPreCommitHook lets pre-commit itself install the hook from this
// repository, and commits to another.
func TestPreCommitHook(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: pre-commit builds the plugin")
	}
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip("pre-commit is not installed")
	}
	modules := strings.TrimSpace(run(t, exec.Command("go", "env", "GOMODCACHE")))
	h := hookUser{t, t.TempDir(), append(cleanEnviron(), "PRE_COMMIT_HOME="+t.TempDir(), "GOMODCACHE="+modules)}
	git(t, h.repo, "init", "--quiet", "--initial-branch=main")
	h.write(".pre-commit-config.yaml", hookConfig(t, copyTree(t)))
	h.run(0, "pre-commit", "install", "--install-hooks")

	if err := os.CopyFS(filepath.Join(h.repo, "k8s"), os.DirFS("../testdata/article/as-written")); err != nil {
		t.Fatal(err)
	}
	h.run(0, "git", "add", "--all")
	out := h.run(1, "git", "commit", "--message=article")
	for _, want := range []string{"infscale lint", "Failed", "exit code: 1", "keda-mean-with-averagevalue", "k8s/scaledobject.yaml:"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	h.run(0, "git", "commit", "--quiet", "--no-verify", "--message=article")

	// What was there before is not the business of a commit that leaves it alone.
	h.write("other.yaml", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: other}\n")
	h.run(0, "git", "add", "--all")
	if out := h.run(0, "git", "commit", "--message=other"); !strings.Contains(out, "Passed") {
		t.Errorf("the hook was not run:\n%s", out)
	}
	h.write("notes.txt", "no YAML\n")
	h.run(0, "git", "add", "--all")
	if out := h.run(0, "git", "commit", "--message=notes"); !strings.Contains(out, "(no files to check)Skipped") {
		t.Errorf("the hook was run without a YAML file:\n%s", out)
	}
}

// hookConfig is the configuration that README.md shows, with the repository in
// the place of the one on GitHub.
func hookConfig(t *testing.T, repository string) string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```yaml\nrepos:")
	shown, _, closed := strings.Cut(rest, "```")
	if !found || !closed || !strings.Contains(shown, homepage) {
		t.Fatal("README.md does not show how the hook is used")
	}
	return "repos:" + strings.ReplaceAll(shown, homepage, repository)
}

// hookUser is somebody who commits to a repository.
type hookUser struct {
	t    *testing.T
	repo string
	env  []string
}

func (h hookUser) write(name, text string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.repo, name), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// run wants an exit code and returns what was printed.
func (h hookUser) run(wantCode int, program string, args ...string) string {
	h.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = h.repo, h.env
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		h.t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != wantCode {
		h.t.Fatalf("%s %s: exit code %d, want %d\n%s", program, strings.Join(args, " "), code, wantCode, out)
	}
	return string(out)
}
