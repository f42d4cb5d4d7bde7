package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFlagsCanStandAnywhere(t *testing.T) {
	for _, line := range [][]string{{"--seed", "7", "DIR", "10"}, {"DIR", "10", "--seed", "7"}, {"DIR", "--seed=7", "10"}} {
		flags := newFlags("manifests")
		seed := flags.Uint64("seed", 1, "")
		words, err := arguments(flags, line, 2)
		if err != nil || *seed != 7 || !slices.Equal(words, []string{"DIR", "10"}) {
			t.Errorf("%q: got %q, seed %d, %v", line, words, *seed, err)
		}
	}
	if _, err := arguments(newFlags("parse"), nil, 1); !errors.Is(err, errUsage) {
		t.Errorf("a missing word: got %v", err)
	}
}

func TestKubeScoreIsGivenEveryFileByItsShortName(t *testing.T) {
	tree := t.TempDir()
	for _, name := range []string{"b/2.yaml", "a/1.yaml", "a/notes.txt"} {
		path := filepath.Join(tree, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	argv, err := kubeScoreArguments(tree)
	if want := []string{"score", "a/1.yaml", "b/2.yaml"}; err != nil || !slices.Equal(argv, want) {
		t.Errorf("got %q, %v, want %q", argv, err, want)
	}
}
