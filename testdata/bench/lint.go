package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/infscale/kubectl-infscale/testdata/bench/manifests"
	"github.com/infscale/kubectl-infscale/testdata/bench/measure"
	"github.com/infscale/kubectl-infscale/testdata/bench/parse"
)

// lint measures the plugin's lint on a tree of manifests.
func (o *options) lint(ctx context.Context) ([]measure.Row, error) {
	tree, err := o.tree(ctx)
	if err != nil {
		return nil, err
	}
	ours := o.plugin("lint", "-f", tree, "--fail-on", "never")
	var others []comparison
	for _, p := range peers() {
		program, err := p.build(ctx, o.given[p.name])
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			progress("%s %s is left out: %v", p.name, p.version, err)
			others = append(others, comparison{other: measure.Command{Name: p.label(o.given)}, missing: err})
			continue
		}
		argv, err := p.argv(tree)
		if err != nil {
			return nil, err
		}
		command := measure.Command{Name: p.label(o.given), Argv: append([]string{program}, argv...), Dir: tree, FindsFaults: true}
		others = append(others, comparison{other: command, faster: p.faster})
	}
	others = append(others,
		comparison{other: o.own("bound: read, decode inference", "parse", "--mode", string(parse.Inference), tree), atMost: lintOfBound},
		comparison{other: o.own("bound: read", "parse", "--mode", string(parse.Read), tree)},
	)
	return o.compare(ctx, fmt.Sprintf("lint, %d files", o.size), ours, others)
}

// tree gives the folder of the load, made if it is not there yet. Its name
// tells the generator's version: a stale tree is never measured. It is written
// under another name and renamed, so that half a tree isn't either, and by a
// process of its own, because this one has to stay small.
func (o *options) tree(ctx context.Context) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("tree-%d-%d-", o.size, o.seed)
	dir := filepath.Join(cache, name+manifests.Digest())
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	progress("writing %s", dir)
	stale, err := filepath.Glob(filepath.Join(cache, name+"*"))
	if err != nil {
		return "", err
	}
	for _, old := range stale {
		if err := os.RemoveAll(old); err != nil {
			return "", err
		}
	}
	half := dir + ".half"
	write := o.own("manifests", "manifests", "--seed", fmt.Sprint(o.seed), half, fmt.Sprint(o.size))
	if _, err := write.Run(ctx); err != nil {
		return "", err
	}
	syscall.Sync() // nothing is to be written back while others are measured
	return dir, os.Rename(half, dir)
}

// cacheDir is outside of any repository.
func cacheDir() (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		base = filepath.Join(home, ".cache")
	}
	dir := filepath.Join(base, "infscale-bench")
	return dir, os.MkdirAll(dir, 0o755)
}
