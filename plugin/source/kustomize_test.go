package source

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestKustomize(t *testing.T) {
	dir := tree(t, `
-- base/kustomization.yaml --
resources: [deployment.yaml]
configMapGenerator:
- name: scripts
  files: [start.sh]
- name: settings
  literals: [repo=https://example.com/org/repo]
-- base/start.sh --
exec vllm serve a/b
-- base/deployment.yaml --`+vllm+`
-- prod/kustomization.yaml --
namespace: prod
resources: [../base]
commonAnnotations: {repo: https://example.com/org/repo}
patches:
- patch: |-
    - {op: add, path: /spec/replicas, value: 3}
  target: {kind: Deployment, name: llm}
`)
	got := loadFiles(t, dir, Files{Kustomize: []string{dir + "/prod"}})
	got.want(t, "problems", got.problems)
	if len(got.objects) != 3 || !strings.HasPrefix(got.objects[0], "prod/Deployment/llm DIR/prod (kustomize):") {
		t.Fatalf("objects %q", got.objects)
	}
	// The names of generated ConfigMaps end in a hash, which the Deployment
	// follows; both are decoded because it mounts them.
	if !strings.Contains(got.objects[1], "prod/ConfigMap/scripts-") || !strings.Contains(got.objects[2], "prod/ConfigMap/settings-") {
		t.Errorf("objects %q", got.objects)
	}
	if !got.snapshot.Saw(inventory.PodDisruptionBudget, "prod") || got.snapshot.Saw(inventory.PodDisruptionBudget, "inference") {
		t.Error("a kustomization is closed in the namespaces it makes")
	}
}

func TestKustomizeCannotBeBuilt(t *testing.T) {
	dir := tree(t, "-- none/a.yaml --\nkind: x\n-- missing/kustomization.yaml --\nresources: [nowhere.yaml]\n-- ok/kustomization.yaml --\nresources: [a.yaml]\n-- ok/a.yaml --\n"+service)
	got := loadFiles(t, dir, Files{Kustomize: []string{dir + "/none", dir + "/missing", dir + "/ok"}})
	if len(got.problems) != 2 || len(got.stats.Notes) != 0 {
		t.Fatalf("problems %q", got.problems)
	}
	for i, start := range []string{"DIR/none (kustomize): cannot be built: ", "DIR/missing (kustomize): cannot be built: "} {
		if !strings.HasPrefix(got.problems[i], start) || strings.Contains(got.problems[i], "\n") {
			t.Errorf("%q does not start with %q in one line", got.problems[i], start)
		}
	}
	if got.snapshot.Saw(inventory.PodDisruptionBudget, "") {
		t.Error("the world is closed, though two kustomizations could not be built")
	}
}

// TestKustomizeFetchesNothing names addresses that do not exist, so that a
// fetch would fail as well; what counts is who refuses.
func TestKustomizeFetchesNothing(t *testing.T) {
	for _, test := range []struct{ name, archive, remote string }{
		{"file", "-- kustomization.yaml --\nresources: ['https://infscale.invalid/a.yaml']\n", "https://infscale.invalid/a.yaml"},
		{"repository", "-- kustomization.yaml --\nresources: ['https://infscale.invalid/org/repo//base?ref=v1']\n", "https://infscale.invalid/org/repo//base?ref=v1"},
		{"well-known host", "-- kustomization.yaml --\nresources: [GitHub.com/org/repo/base]\n", "GitHub.com/org/repo/base"},
		{"scp", "-- kustomization.yaml --\nresources: ['git@infscale.invalid:org/repo']\n", "git@infscale.invalid:org/repo"},
		{"forced git", "-- kustomization.yaml --\nbases: ['git::git@infscale.invalid/org/repo']\n", "git::git@infscale.invalid/org/repo"},
		{"local clone", "-- kustomization.yaml --\nresources: ['file:///tmp/infscale-no-repo']\n", "file:///tmp/infscale-no-repo"},
		{"nested", "-- kustomization.yml --\nresources: [base]\n-- base/Kustomization --\ncomponents: ['ssh://infscale.invalid/org/repo']\n", "ssh://infscale.invalid/org/repo"},
		{"patch", "-- kustomization.yaml --\npatches: [{path: 'https://infscale.invalid/p.yaml'}]\n", "https://infscale.invalid/p.yaml"},
		{"generator", "-- kustomization.yaml --\nconfigMapGenerator: [{name: c, files: ['a=https://infscale.invalid/f']}]\n", "https://infscale.invalid/f"},
		{"schema", "-- kustomization.yaml --\nopenapi: {path: 'https://infscale.invalid/s.json'}\n", "https://infscale.invalid/s.json"},
		{"alias", "-- kustomization.yaml --\nx-a: &a https://infscale.invalid/a.yaml\nresources: [*a]\n", "https://infscale.invalid/a.yaml"},
		{"plugin", "-- kustomization.yaml --\ngenerators: [g.yaml]\n-- g.yaml --\napiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: c}\nfiles: ['https://infscale.invalid/f']\n", "https://infscale.invalid/f"},
		{"plugin inline", "-- kustomization.yaml --\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: p}\n  path: https://infscale.invalid/p.yaml\n", "https://infscale.invalid/p.yaml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := tree(t, test.archive)
			got := loadFiles(t, dir, Files{Kustomize: []string{dir}})
			want := `"` + test.remote + `" is remote, and no address is contacted; download it and name the copy`
			if len(got.problems) != 1 || !strings.Contains(got.problems[0], want) {
				t.Errorf("problems %q, want %s", got.problems, want)
			}
		})
	}
}
