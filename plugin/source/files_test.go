package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestDirectory(t *testing.T) {
	dir := tree(t, `
-- b/all.yaml --`+vllm+`
---
apiVersion: v1
kind: Service
metadata: {name: llm, namespace: inference}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: llm, namespace: inference}
-- a.yml --
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: llm
  namespace: inference
-- c.json --
{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "cache", "namespace": "inference"}}
-- other/web.yaml --
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: web
spec: {template: {spec: {containers: [{name: c, image: nginx}]}}}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: web
-- notes.txt --
kind: Service
-- values.yaml --
image: x
-- .github/workflow.yaml --
apiVersion: v1
kind: Service
metadata: {name: hidden}
-- node_modules/x.yaml --
kind: [
-- vendor/x.yaml --
kind: [
`)
	got := loadFiles(t, dir, Files{Paths: []string{dir}})
	got.want(t, "objects", got.objects,
		"inference/Deployment/llm DIR/b/all.yaml:1",
		"inference/PodDisruptionBudget/llm DIR/a.yml:1",
		"inference/Service/llm DIR/b/all.yaml:21",
		"inference/PersistentVolumeClaim/cache DIR/c.json:1")
	got.want(t, "problems", got.problems)
	got.want(t, "notes", got.notes)
	if want := (Stats{Files: 5, Documents: 8, Decoded: 5, PassedOver: 1}); !cmp.Equal(got.stats, want) {
		t.Errorf("stats %+v, want %+v", got.stats, want)
	}
	for ref, want := range map[inventory.Ref]inventory.Presence{
		{Group: "networking.k8s.io", Kind: "Ingress", Namespace: "inference", Name: "llm"}: inventory.Present,
		{Kind: "Service", Namespace: "web", Name: "web"}:                                   inventory.Present,
		{Kind: "Service", Namespace: "web", Name: "other"}:                                 inventory.Absent,
		{Kind: "Service", Namespace: "elsewhere", Name: "other"}:                           inventory.Unseen,
		{Kind: "ConfigMap", Namespace: "inference", Name: "settings"}:                      inventory.Unseen,
	} {
		if _, got := got.snapshot.Find(ref); got != want {
			t.Errorf("%s is %s, want %s", ref, got, want)
		}
	}
}

func TestOnlyWhatIsNeeded(t *testing.T) {
	dir := tree(t, "-- a.yaml --"+vllm+"---\napiVersion: v1\nkind: Service\nmetadata: {name: llm, namespace: inference}\n")
	frame, err := Files{Paths: []string{dir}}.Load(context.Background(), checks.Needs{Kinds: checks.Workloads()})
	if err != nil {
		t.Fatal(err)
	}
	if len(frame.Objects.List(inventory.Service)) != 0 || len(frame.Objects.Workloads()) != 1 {
		t.Error("a Service was decoded that nobody needs, or the workload was not")
	}
}

// TestNeighbours is about the second step: what is decoded because of others.
func TestNeighbours(t *testing.T) {
	configMap := func(name, namespace, more string) string {
		return fmt.Sprintf("---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  namespace: %s\ndata:\n  a: %s\n", name, namespace, more)
	}
	cronJob := func(namespace, command string) string {
		return fmt.Sprintf("---\napiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: job\n  namespace: %s\nspec:\n  jobTemplate: {spec: {template: {spec: {"+
			"containers: [{name: c, command: [%s], env: [{name: A, valueFrom: {configMapKeyRef: {name: times, key: a}}}]}]}}}}\n", namespace, command)
	}
	role := func(namespace string) string {
		return fmt.Sprintf("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: r\n  namespace: %s\n", namespace)
	}
	dir := tree(t, "-- a.yaml --\n"+configMap("scripts", "inference", "x")+configMap("settings", "inference", "x")+configMap("other", "inference", "x")+
		configMap("scripts", "web", "x")+configMap("rules", "monitoring", "seriesQuery")+configMap("times", "ops", "x")+configMap("times", "web", "x")+
		cronJob("inference", "backup")+cronJob("ops", "kubectl, scale")+cronJob("web", "backup")+
		role("inference")+role("ops")+role("web")+
		"-- b.yaml --"+vllm)
	got := loadFiles(t, dir, Files{Paths: []string{dir}})
	for i, text := range got.objects {
		got.objects[i], _, _ = strings.Cut(text, " ")
	}
	got.want(t, "objects", got.objects,
		"inference/Deployment/llm",
		"inference/ConfigMap/scripts", "inference/ConfigMap/settings", "monitoring/ConfigMap/rules", "ops/ConfigMap/times",
		"inference/CronJob/job", "ops/CronJob/job",
		"inference/Role/r", "ops/Role/r")
}

func TestNamespace(t *testing.T) {
	dir := tree(t, "-- a.yaml --\n"+strings.Replace(vllm, "  namespace: inference\n", "", 1)+`
---
apiVersion: v1
kind: Service
metadata:
  name: llm
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: llm
---
apiVersion: v1
kind: Namespace
metadata:
  name: prod
  labels: {team: llm}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: fast
`)
	got := loadFiles(t, dir, Files{Paths: []string{dir}, Namespace: "prod"})
	got.want(t, "objects", got.objects, "prod/Deployment/llm DIR/a.yaml:2", "prod/Service/llm DIR/a.yaml:21", "StorageClass/fast DIR/a.yaml:37")
	if o := got.snapshot.List(inventory.Deployment)[0]; o.Meta.Namespace != "prod" {
		t.Errorf("metadata has namespace %q", o.Meta.Namespace)
	}
	if labels, ok := got.snapshot.NamespaceLabels("prod"); !ok || labels["team"] != "llm" {
		t.Errorf("labels of the namespace: %v", labels)
	}
	rollout := inventory.Ref{Group: "argoproj.io", Kind: "Rollout", Namespace: "prod", Name: "llm"}
	if _, presence := got.snapshot.Find(rollout); presence != inventory.Present {
		t.Errorf("%s is %s", rollout, presence)
	}
}

func TestWorlds(t *testing.T) {
	dir := tree(t, "-- d/a.yaml --"+vllm+"-- b.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: web}\n")
	for _, test := range []struct {
		name           string
		paths          []string
		world          World
		inference, web bool
	}{
		{"directory", []string{dir}, AutoWorld, true, true},
		{"directory, open", []string{dir}, OpenWorld, false, false},
		{"file", []string{dir + "/d/a.yaml"}, AutoWorld, false, false},
		{"file, closed", []string{dir + "/d/a.yaml"}, ClosedWorld, true, false},
		{"two files", []string{dir + "/d/a.yaml", dir + "/b.yaml"}, AutoWorld, false, false},
		{"directory and file", []string{dir + "/d", dir + "/b.yaml"}, AutoWorld, true, false},
		{"standard input", []string{"-"}, AutoWorld, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := loadFiles(t, dir, Files{Paths: test.paths, World: test.world, Stdin: strings.NewReader(vllm)})
			for ns, want := range map[string]bool{"inference": test.inference, "web": test.web, "": false} {
				if saw := got.snapshot.Saw(inventory.PodDisruptionBudget, ns); saw != want {
					t.Errorf("namespace %q closed: %v, want %v", ns, saw, want)
				}
			}
		})
	}
}

func TestSameFilesSameFrame(t *testing.T) {
	var archive strings.Builder
	for i := range 60 {
		fmt.Fprintf(&archive, "-- %d/x.yaml --%s", i%7*10+i, strings.ReplaceAll(vllm, "llm\n", fmt.Sprintf("llm-%d\n", i%20)))
	}
	dir := tree(t, archive.String())
	first := loadFiles(t, dir, Files{Paths: []string{dir}})
	for range 5 {
		again := loadFiles(t, dir, Files{Paths: []string{dir}})
		if diff := cmp.Diff(first.objects, again.objects); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(first.notes, again.notes); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestCancelled(t *testing.T) {
	dir := tree(t, "-- a.yaml --"+vllm)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	stuck := &blocked{}
	for _, path := range []string{dir, "-"} {
		if _, err := (Files{Paths: []string{path}, Stdin: stuck}).Load(ctx, everyKind()); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

// blocked is a terminal at which nobody types.
type blocked struct{}

func (*blocked) Read([]byte) (int, error) { select {} }

func TestMoment(t *testing.T) {
	dir := tree(t, "-- a.yaml --"+vllm)
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	frame, err := Files{Paths: []string{dir}, At: noon}.Load(context.Background(), everyKind())
	if err != nil || !frame.At.Equal(noon) {
		t.Errorf("at %v, error %v", frame.At, err)
	}
}

func TestParseWorld(t *testing.T) {
	for word, want := range map[string]World{"": AutoWorld, "auto": AutoWorld, "open": OpenWorld, "closed": ClosedWorld} {
		if got, err := ParseWorld(word); got != want || err != nil {
			t.Errorf("%q: %v, %v", word, got, err)
		}
	}
	if _, err := ParseWorld("new"); err == nil {
		t.Error("no error for a word that is no world")
	}
}
