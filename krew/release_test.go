// Package krew holds what the plugin is installed by and wired in with; its
// tests do as the files say.
package krew

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	// releaseVariable names the folder of a release that is made already.
	releaseVariable = "INFSCALE_TEST_RELEASE"
	releaseTag      = "v1.2.3"
	homepage        = "https://github.com/infscale/kubectl-infscale"
	releaseDate     = "2026-01-02T03:04:05Z"
)

// TestRelease makes a release of the working tree as the release workflow does,
// and installs, runs and wires in what came out.
func TestRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a release is built for six platforms")
	}
	if runtime.GOOS != "linux" {
		t.Skipf("releases are made, and tested, on Linux, and this is %s", runtime.GOOS)
	}
	if os.Getenv(bedVariable) != "" {
		testOnBed(t, os.Getenv(releaseVariable))
		return
	}
	dist := os.Getenv(releaseVariable)
	if dist == "" {
		r := releaser{program: tool(t, "goreleaser")}
		r.check(t)
		tree := copyTree(t)
		dist = r.release(t, tree)
		t.Run("reproducible", func(t *testing.T) { testReproducible(t, r, tree, dist) })
	}
	t.Run("archives", func(t *testing.T) { testArchives(t, dist) })
	t.Run("github", func(t *testing.T) { testGitHubWorkflow(t, dist) })
	t.Run("gitlab", func(t *testing.T) { testGitLabJob(t, dist) })
	t.Run("bed", func(t *testing.T) { runInsideBed(t, dist) })
}

// releaser calls GoReleaser as the release workflow does.
type releaser struct{ program string }

// check reads the configuration as GoReleaser does: no error, nothing deprecated.
func (r releaser) check(t *testing.T) {
	t.Helper()
	cmd := exec.Command(r.program, "check", ".goreleaser.yaml")
	cmd.Dir = ".."
	run(t, cmd)
}

// release makes all of a release that needs neither a secret nor the network,
// and returns the folder with it.
func (r releaser) release(t *testing.T, tree string) string {
	t.Helper()
	start := time.Now()
	cmd := exec.Command(r.program, "release", "--clean", "--skip=publish,announce,sign,sbom,ko")
	cmd.Dir, cmd.Env = tree, append(cleanEnviron(), compilers()...)
	run(t, cmd)
	t.Logf("released in %.0f s", time.Since(start).Seconds())
	return filepath.Join(tree, "dist")
}

// build makes the programs for this machine alone, with nothing compiled before.
func (r releaser) build(t *testing.T, tree string) string {
	t.Helper()
	start := time.Now()
	args := []string{"build", "--clean", "--single-target", "--id=plugin"}
	if helperBuilt(runtime.GOARCH) {
		args = append(args, "--id=dcgm-"+runtime.GOARCH)
	}
	cmd := exec.Command(r.program, args...)
	cmd.Dir, cmd.Env = tree, append(append(cleanEnviron(), compilers()...), "GOCACHE="+t.TempDir())
	run(t, cmd)
	t.Logf("compiled from nothing in %.0f s", time.Since(start).Seconds())
	return filepath.Join(tree, "dist")
}

// crossCompilers are the C compilers by the architecture that they compile for,
// as Debian calls them.
var crossCompilers = map[string]string{"amd64": "x86_64-linux-gnu-gcc", "arm64": "aarch64-linux-gnu-gcc"}

// compilers tells GoReleaser which architectures infscale-dcgm can be built for.
func compilers() []string {
	var env []string
	for arch, compiler := range crossCompilers {
		if _, err := exec.LookPath(compiler); err == nil {
			env = append(env, "INFSCALE_CC_"+strings.ToUpper(arch)+"="+compiler)
		}
	}
	return env
}

// helperBuilt tells whether an archive for Linux carries infscale-dcgm here.
func helperBuilt(arch string) bool {
	_, err := exec.LookPath(crossCompilers[arch])
	return err == nil
}

// copyTree makes a repository of the files of the working tree, with one commit
// that is the same wherever it lies, tagged as a release.
func copyTree(t *testing.T) string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Skipf("a release is made of a git repository, and this is none: git ls-files: %v", err)
	}
	tree := t.TempDir()
	for _, name := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		copyFile(t, filepath.Join("..", name), filepath.Join(tree, name))
	}
	git(t, tree, "init", "--quiet", "--initial-branch=main")
	git(t, tree, "add", "--all")
	git(t, tree, "commit", "--quiet", "--message=Release")
	git(t, tree, "tag", releaseTag)
	git(t, tree, "remote", "add", "origin", homepage)
	return tree
}

// cloneTree makes a clone in another folder.
func cloneTree(t *testing.T, tree string) string {
	t.Helper()
	clone := filepath.Join(t.TempDir(), "elsewhere")
	git(t, tree, "clone", "--quiet", ".", clone)
	git(t, clone, "remote", "set-url", "origin", homepage)
	return clone
}

// copyFile copies what git would: the bytes and the executable bit. A file that
// was deleted and not committed yet is left out.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, info.Mode().Perm()); err != nil {
		t.Fatal(err)
	}
}

// cleanEnviron is the environment without what would make one machine's git
// and Go differ from another's.
func cleanEnviron() []string {
	var env []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "GIT_") && !strings.HasPrefix(name, "GITHUB_") && !strings.HasPrefix(name, "GITLAB_") && name != "GOFLAGS" {
			env = append(env, variable)
		}
	}
	return append(env,
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Release", "GIT_AUTHOR_EMAIL=release@example.com", "GIT_AUTHOR_DATE="+releaseDate,
		"GIT_COMMITTER_NAME=Release", "GIT_COMMITTER_EMAIL=release@example.com", "GIT_COMMITTER_DATE="+releaseDate,
	)
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = dir, cleanEnviron()
	run(t, cmd)
}

// run returns what a command printed, and wants it to succeed.
func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

// sum is the SHA-256 of a file, in hexadecimal.
func sum(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}
