package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
)

// changes are the files of a git repository that differ from a revision.
type changes struct {
	since string
	root  string          // of the working tree, without links
	files map[string]bool // absolute, without links
}

// changedSince asks git for the files that changed since the revision and the
// present one parted: committed, staged, edited and new ones; a renamed file
// goes by its new name. What is ignored has not changed.
func changedSince(ctx context.Context, revision string) (*changes, error) {
	top, err := git(ctx, "", "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, usageError("--changed-since: %v", err)
	}
	c := &changes{since: revision, root: strings.TrimSuffix(top, "\n"), files: map[string]bool{}}
	if real, err := filepath.EvalSymlinks(c.root); err == nil {
		c.root = real
	}
	base, err := c.base(ctx)
	if err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"diff", "--name-only", "--no-relative", "--no-ext-diff", "--find-renames", "-z", base, "--"},
		{"ls-files", "--others", "--exclude-standard", "-z"},
	} {
		list, err := git(ctx, c.root, args...)
		if err != nil {
			return nil, couldNot(fmt.Errorf("--changed-since: %w", err))
		}
		for name := range strings.SplitSeq(strings.TrimSuffix(list, "\x00"), "\x00") {
			c.add(filepath.Join(c.root, filepath.FromSlash(name)))
		}
	}
	return c, nil
}

// base is where the revision and the present one parted.
func (c *changes) base(ctx context.Context) (string, error) {
	commit, err := git(ctx, c.root, "rev-parse", "--verify", "--quiet", "--end-of-options", c.since+"^{commit}")
	if err != nil && c.since == "HEAD" {
		// Before the first commit, which a hook is run for too, all is new.
		if empty, err := git(ctx, c.root, "hash-object", "-t", "tree", "--stdin"); err == nil {
			return strings.TrimSpace(empty), nil
		}
	}
	if err != nil {
		return "", usageError("--changed-since: git knows no revision %q; a shallow clone lacks most of them (git fetch --unshallow)", c.since)
	}
	base, err := git(ctx, c.root, "merge-base", strings.TrimSpace(commit), "HEAD")
	if err != nil {
		return "", usageError("--changed-since: %q and HEAD have no common ancestor; a shallow clone lacks it (git fetch --unshallow)", c.since)
	}
	return strings.TrimSpace(base), nil
}

// add notes a file and, if it is a link, what it leads to.
func (c *changes) add(path string) {
	c.files[path] = true
	if real, err := filepath.EvalSymlinks(path); err == nil {
		c.files[real] = true
	}
}

// git runs the git program. No program that a repository's configuration names
// is run on the way.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-c", "core.fsmonitor=false"}, args...)...)
	cmd.Dir = dir
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("the program git is not on the PATH")
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		said, _, _ := strings.Cut(strings.TrimPrefix(problem.String(), "fatal: "), "\n")
		return "", fmt.Errorf("git: %s", strings.TrimSpace(said))
	}
	return out.String(), nil
}

// holds says whether the file changed. What is no file of the repository may
// have: nobody can tell.
func (c *changes) holds(file string) bool {
	path, err := filepath.Abs(file)
	if err != nil {
		return true
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if errors.Is(err, os.ErrNotExist) {
		return true // a rendering, or standard input
	}
	inside, err := filepath.Rel(c.root, path)
	if err != nil || inside == ".." || strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
		return true
	}
	return c.files[path]
}

// keep drops the findings of files that did not change, and says how many. What
// could not be read stays: nobody knows what it hides.
func (c *changes) keep(report *checks.Report) (said string) {
	if c == nil {
		return ""
	}
	var kept []checks.Finding
	held := 0
	for _, f := range report.Findings {
		switch {
		case c.holds(f.At.File):
			kept = append(kept, f)
		case f.Suppression == nil:
			held++
		}
	}
	report.Findings = kept
	if held == 0 {
		return ""
	}
	return fmt.Sprintf("left out what stands in files that did not change since %s: %d findings", c.since, held)
}
