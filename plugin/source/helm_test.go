package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// fakeHelm puts a shell script named helm on PATH, and nothing else but what
// the script itself needs.
func fakeHelm(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the script needs a shell")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "helm"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+"/usr/bin"+string(os.PathListSeparator)+"/bin")
}

const chart = "-- Chart.yaml --\nname: c\n-- prod.yaml --\na: b\n"

func TestHelm(t *testing.T) {
	dir := tree(t, chart)
	fakeHelm(t, `echo "$@" > `+dir+`/called; echo "a warning" >&2; cat <<'END'`+vllm+"END\n")
	got := loadFiles(t, dir, Files{Helm: []HelmChart{{Chart: dir, Values: []string{dir + "/prod.yaml"}}}, Namespace: "prod"})
	got.want(t, "objects", got.objects, "inference/Deployment/llm DIR (helm):1")
	got.want(t, "problems", got.problems)
	got.want(t, "notes", got.notes, "DIR (helm): helm says: a warning")
	called, _ := os.ReadFile(filepath.Join(dir, "called"))
	if want := "template DIR --values DIR/prod.yaml --namespace prod\n"; strings.ReplaceAll(string(called), dir, "DIR") != want {
		t.Errorf("helm was called with %s, want %s", called, want)
	}
	if !got.snapshot.Saw(inventory.PodDisruptionBudget, "inference") {
		t.Error("a chart is closed")
	}
}

func TestHelmFails(t *testing.T) {
	dir := tree(t, chart)
	for _, test := range []struct{ name, script, want string }{
		{"with words", "echo 'Error: values do not\n  meet the schema' >&2; exit 1", "DIR (helm): cannot be rendered: Error: values do not meet the schema"},
		{"without", "exit 3", "DIR (helm): cannot be rendered: exit status 3"},
		{"at length", "while :; do echo 0123456789012345678901234567890123456789; done", "DIR (helm): the rendering is larger than 100000 bytes, and was not read"},
		{"with nothing", "", "DIR (helm): holds no document"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fakeHelm(t, test.script)
			got := loadFiles(t, dir, Files{Helm: []HelmChart{{Chart: dir}}, MaxFileBytes: 100_000})
			got.want(t, "problems", got.problems, test.want)
		})
	}
}

func TestNoHelm(t *testing.T) {
	dir := tree(t, chart)
	t.Setenv("PATH", "")
	got := loadFiles(t, dir, Files{Helm: []HelmChart{{Chart: dir}}})
	got.want(t, "problems", got.problems, "DIR (helm): helm is not on PATH; install it (https://helm.sh/docs/intro/install), "+
		"or render the chart where it is: helm template DIR | kubectl infscale lint -f -")
}

func TestHelmEndsWithTheContext(t *testing.T) {
	dir := tree(t, chart)
	fakeHelm(t, "touch "+dir+"/started; exec sleep 600")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for ctx.Err() == nil {
			if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
				cancel()
			}
			runtime.Gosched()
		}
	}()
	started := time.Now()
	_, err := Files{Helm: []HelmChart{{Chart: dir}}}.Load(ctx, everyKind())
	if !errors.Is(err, context.Canceled) || time.Since(started) > 5*time.Minute {
		t.Errorf("error %v after %v", err, time.Since(started))
	}
}
