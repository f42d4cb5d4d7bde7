package plugin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/spf13/cobra"
)

// everyVerb lists the commands that people can type.
func everyVerb(root *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{root}
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() && cmd.Name() != "help" {
			all = append(all, everyVerb(cmd)...)
		}
	}
	return all
}

func quietStreams() Streams {
	return Streams{In: strings.NewReader("kind: ConfigMap\napiVersion: v1\nmetadata: {name: empty}\n"), Out: io.Discard, Err: io.Discard, Env: func(string) string { return "" }}
}

// exampleCommands are the command lines of this program in an example: up to a
// pipe, a redirection or the end of a substitution.
func exampleCommands(example string) [][]string {
	var all [][]string
	joined := strings.ReplaceAll(example, "\\\n", " ")
	for _, found := range regexp.MustCompile(`kubectl infscale ?([^|>)\n]*)`).FindAllStringSubmatch(joined, -1) {
		all = append(all, strings.Fields(found[1]))
	}
	return all
}

// TestEveryVerbHasExamples: each is a command line that this program takes.
func TestEveryVerbHasExamples(t *testing.T) {
	for _, verb := range everyVerb(newRoot(quietStreams(), Build{}, "kubectl infscale")) {
		commands := exampleCommands(verb.Example)
		if len(commands) == 0 {
			t.Errorf("%s has no example", verb.CommandPath())
		}
		for _, args := range commands {
			if err := takes(args); err != nil {
				t.Errorf("%s: the example %q: %v", verb.CommandPath(), strings.Join(args, " "), err)
			}
		}
	}
}

// takes says whether a command line has a verb, flags and arguments that exist.
func takes(args []string) error {
	cmd, rest, err := newRoot(quietStreams(), Build{}, "kubectl infscale").Find(args)
	if err != nil {
		return err
	}
	if !cmd.Runnable() {
		return fmt.Errorf("%s does nothing by itself", cmd.CommandPath())
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
		return err
	}
	return cmd.ValidateFlagGroups()
}

// TestExamplesRun runs the examples, in order, in a folder where their files are,
// the article's manifests among them, and on the demo where they mean a cluster.
// Exit code 2 would be wrong usage, 3 something that is not there.
func TestExamplesRun(t *testing.T) {
	dir := exampleFolder(t)
	t.Chdir(dir)
	const patience = 2 * time.Minute // for all of them: they take seconds
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	env := map[string]string{"HOME": dir, "SHELL": "/bin/bash"}
	ran := 0
	for _, verb := range everyVerb(newRoot(quietStreams(), Build{}, "kubectl infscale")) {
		for _, args := range exampleCommands(verb.Example) {
			args = onDemo(args)
			if args == nil {
				continue
			}
			var problems bytes.Buffer
			streams := quietStreams()
			streams.Err, streams.Env = &problems, func(name string) string { return env[name] }
			if code := Main(ctx, streams, Build{}, append([]string{"kubectl-infscale"}, args...)); code > exitFindings {
				t.Errorf("%s: exit code %d\n%s", strings.Join(args, " "), code, problems.String())
			}
			ran++
		}
	}
	if least := 30; ran < least {
		t.Errorf("%d examples ran, want %d at least", ran, least)
	}
}

// onDemo aims an example at the demo instead of a cluster; nil where it has to do
// with what is not there: several clusters, helm, git, a journal, a finding of
// somebody's.
func onDemo(args []string) []string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(args, word) })
	}
	switch {
	case has("--live", "--context", "--helm", "--changed-since", "--undo", "--history", "3f9a1c22", "--print-rbac"):
		return nil
	case !has("doctor", "watch", "fix", "trace", "simulate", "record"):
		return args
	}
	args = slices.Clone(args)
	if !has("-f", "--from", "--demo") {
		args = append(args, "--demo")
	}
	if has("watch") && !has("--once") {
		args = append(args, "--once")
	}
	for i, word := range args { // what the demo calls it
		args[i] = strings.Replace(word, "scaledobject/vllm", "scaledobject/vllm-scaledobject", 1)
	}
	return args
}

// exampleFolder holds what the examples name.
func exampleFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	article := os.DirFS("../testdata/article/repaired")
	for _, folder := range []string{"k8s", "overlays/prod"} {
		if err := os.CopyFS(filepath.Join(dir, folder), article); err != nil {
			t.Fatal(err)
		}
	}
	day, err := os.ReadFile("../testdata/scenarios/lunch.yaml")
	if err != nil {
		t.Fatal(err)
	}
	extra := fstest.MapFS{
		"day.yaml":                         {Data: day},
		"overlays/prod/kustomization.yaml": {Data: []byte("resources: [deployment.yaml, scaledobject.yaml]\n")},
		"ci/infscale.yaml":                 {Data: []byte("failOn: warning\n")},
		".infscale.yaml":                   {Data: []byte("failOn: error\n")},
		"yesterday.json":                   {Data: []byte(`{"version": 1, "findings": [], "summary": {}}`)},
	}
	if err := os.CopyFS(dir, extra); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"record", "--demo", "cluster.json.gz"}, {"record", "--demo", "infscale-20260101T120000.jsonl.gz"},
	} {
		streams := quietStreams()
		args[2] = filepath.Join(dir, args[2])
		if code := Main(t.Context(), streams, Build{}, append([]string{"kubectl-infscale"}, args...)); code != exitClean {
			t.Fatalf("%s: exit code %d", strings.Join(args, " "), code)
		}
	}
	return dir
}
