package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n"

func TestProblems(t *testing.T) {
	const notAnObject = "not a Kubernetes object: apiVersion, kind and metadata.name are needed"
	for _, test := range []struct {
		name, archive string
		want          []string
	}{
		{"tab", "-- a.yaml --\n" + service + "-- b.yaml --\napiVersion: v1\nkind: Service\nmetadata:\n\tname: x\n", []string{
			"DIR/b.yaml:4: found character that cannot start any token",
		}},
		{"wrong type", "-- a.yaml --\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: h\nspec:\n  maxReplicas: \"eight\"\n", []string{
			`DIR/a.yaml:6:16: spec.maxReplicas: must be a whole number, found the string "eight"`,
		}},
		{"placeholder", "-- a.yaml --\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: h\nspec:\n  maxReplicas: ${MAX}\n", nil},
		{"no name", "-- a.yaml --\napiVersion: v1\nkind: Service\nmetadata:\n  labels: {a: b}\n", []string{
			"DIR/a.yaml:1:1: Service without metadata.name: " + notAnObject,
		}},
		{"no kind", "-- a.yaml --\napiVersion: v1\nmetadata:\n  name: s\n", []string{"DIR/a.yaml:1:1: " + notAnObject}},
		{"other version", "-- a.yaml --\napiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: h\n", []string{
			"DIR/a.yaml:1:1: apiVersion autoscaling/v2beta1 of HorizontalPodAutoscaler/h: not a version that is read, only v2 and v1",
		}},
		{"other YAML", "-- a.yaml --\n" + service + "-- Chart.yaml --\napiVersion: v2\nname: c\n-- values.yaml --\na: b\n-- patch.yaml --\n- op: add\n" +
			"-- kustomization.yaml --\nresources: [a.yaml]\n-- kubeconfig.yaml --\napiVersion: v1\nkind: Config\n-- playbook.yaml --\n- hosts: all\n  vars: {{ x }}\n" +
			"-- tsconfig.json --\n{\"a\": 1, // c\n}\n-- empty.yaml --\n-- comments.yaml --\n# nothing\n", nil},
		{"empty directory", "-- a.txt --\n", []string{"DIR: holds no Kubernetes manifest (.yaml, .yml or .json)"}},
		{"control character", "-- a.yaml --\n" + service + "  labels: \"\x1b\"\n-- b.yaml --\napiVersion: v1\nkind: Pod\nmetadata: {name: \"\x00\"}\n", []string{
			"DIR/b.yaml:3: the text holds the control character 0x00",
		}},
		{"no text at all", "-- a.yaml --\napiVersion: v1\nkind: Pod\n\x05{{\n", []string{"DIR/a.yaml:3: the text holds the control character 0x05"}},
		{"not UTF-8", "-- a.yaml --\napiVersion: v1\nkind: Service\nmetadata: {name: caf\xe9}\n", []string{
			"DIR/a.yaml:3: the text is not UTF-8: byte 0xe9",
		}},
		{"template", "-- a.yaml --\n{{- if .Values.x }}\napiVersion: v1\nkind: Service\n{{- end }}\n", []string{
			"DIR/a.yaml:1: holds template actions ({{ }}); render it first, a chart with --helm: did not find expected node content",
		}},
		{"template that parses", "-- a.yaml --\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: h\nspec:\n  minReplicas: {{ .Values.min }}\n  maxReplicas: {{ .Values.max }}\n", []string{
			"DIR/a.yaml:6:16: holds template actions ({{ }}); render it first, a chart with --helm: spec.minReplicas: must be a whole number, found an object",
		}},
		{"chart", "-- c/Chart.yaml --\nname: c\n-- c/templates/a.yaml --\n{{ x }}\n-- c/templates/b.yaml --\nkind: {{ y }}\n-- c/templates/plain.yaml --\n" + service +
			"-- c/charts/sub/Chart.yaml --\nname: sub\n-- c/charts/sub/templates/a.yaml --\n{{ x }}\n-- c/values.yaml --\na: b\n", []string{
			"DIR/c: is a Helm chart whose templates were not read; render it with --helm DIR/c",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := tree(t, test.archive)
			got := loadFiles(t, dir, Files{Paths: []string{dir}})
			got.want(t, "problems", got.problems, test.want...)
		})
	}
}

func TestByHandOnlyObjects(t *testing.T) {
	dir := tree(t, "-- values.yaml --\na: b\n-- empty.yaml --\n# nothing\n-- kustomization.yaml --\nresources: []\n-- two.yaml --\n"+service+"---\na: b\n")
	for name, want := range map[string]string{
		"values.yaml":        "DIR/values.yaml:1: not a Kubernetes object: apiVersion, kind and metadata.name are needed",
		"empty.yaml":         "DIR/empty.yaml: holds no document",
		"kustomization.yaml": "DIR/kustomization.yaml:1: is a kustomization, no Kubernetes object; build its directory with -k",
		"two.yaml":           "DIR/two.yaml:5: not a Kubernetes object: apiVersion, kind and metadata.name are needed",
	} {
		got := loadFiles(t, dir, Files{Paths: []string{filepath.Join(dir, name)}})
		got.want(t, name, got.problems, want)
	}
	got := loadFiles(t, dir, Files{Paths: []string{"-"}, Stdin: strings.NewReader("")})
	got.want(t, "standard input", got.problems, "<stdin>: holds no document")
}

func TestDuplicates(t *testing.T) {
	other := strings.Replace(vllm, "v0.11.0", "v0.12.0", 1)
	fragment := "\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: llm, namespace: inference}\nspec: {replicas: 3, template: {spec: {containers: [{name: vllm}]}}}\n"
	full := "-- overlays/prod/patch.yaml --\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b, namespace: inference}\nspec: {minAvailable: 3}\n" +
		"-- base/pdb.yaml --\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b, namespace: inference}\nspec: {minAvailable: 1}\n-- base/d.yaml --" + vllm
	for _, test := range []struct {
		name, archive   string
		problems, notes []string
		file            string // of the first object
	}{
		{"one file", "-- a.yaml --" + vllm + "---" + other, []string{"DIR/a.yaml:20: inference/Deployment/llm is there twice; the one at DIR/a.yaml:1 is judged"}, nil, "a.yaml"},
		{"one folder", "-- a.yaml --" + vllm + "-- b.yaml --" + other, nil, []string{"DIR/b.yaml:1: inference/Deployment/llm is there twice; the one at DIR/a.yaml:1 is judged"}, "a.yaml"},
		{"two folders", "-- a/a.yaml --" + vllm + "-- b/b.yaml --" + other, nil, []string{"DIR/b/b.yaml:1: inference/Deployment/llm is there twice; the one at DIR/a/a.yaml:1 is judged"}, "a/a.yaml"},
		{"the same text", "-- a.yaml --" + vllm + "-- b.yaml --\n---" + vllm + "\n", nil, nil, "a.yaml"},
		{"a patch first", "-- a.yaml --" + fragment + "-- b.yaml --" + vllm, nil, nil, "b.yaml"},
		{"two patches", "-- a.yaml --" + fragment + "-- b.yaml --" + fragment + "\n# c\n", nil, nil, ""},
		{"a patch that could pass for whole", full + "-- overlays/prod/kustomization.yaml --\npatches: [{path: patch.yaml}]\n", nil, nil, "base/d.yaml"},
		{"of nobody's concern", "-- a.yaml --\n" + service + "-- b.yaml --\n" + service + "spec: {}\n", nil, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := tree(t, test.archive)
			got := loadFiles(t, dir, Files{Paths: []string{dir}})
			got.want(t, "problems", got.problems, test.problems...)
			got.want(t, "notes", got.notes, test.notes...)
			if test.file != "" && !strings.Contains(got.objects[0], " DIR/"+test.file+":") {
				t.Errorf("%s is judged, want the one of %s", got.objects[0], test.file)
			}
		})
	}
}

func TestDuplicatesByHand(t *testing.T) {
	dir := tree(t, "-- a.yaml --"+vllm+"-- b.yaml --"+strings.Replace(vllm, "v0.11.0", "v0.12.0", 1))
	got := loadFiles(t, dir, Files{Paths: []string{dir + "/b.yaml", dir + "/a.yaml"}})
	got.want(t, "problems", got.problems, "DIR/a.yaml:1: inference/Deployment/llm is there twice; the one at DIR/b.yaml:1 is judged")
}

func TestOneFileByTwoRoads(t *testing.T) {
	dir := tree(t, "-- d/a.yaml --"+vllm)
	if err := os.Symlink(filepath.Join(dir, "d", "a.yaml"), filepath.Join(dir, "d", "link.yaml")); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "d", "loop")); err != nil {
		t.Skip(err)
	}
	got := loadFiles(t, dir, Files{Paths: []string{filepath.Join(dir, "d", "a.yaml"), dir, dir + "/d/../d", dir + "/d/loop/d"}})
	got.want(t, "problems", got.problems)
	if got.stats.Files != 1 || len(got.objects) != 1 {
		t.Errorf("%d files, objects %q", got.stats.Files, got.objects)
	}
}

func TestTooLarge(t *testing.T) {
	dir := tree(t, "-- a.yaml --\n"+service+"-- b.yaml --\n"+strings.Repeat("# long\n", 100)+service)
	got := loadFiles(t, dir, Files{Paths: []string{dir, "-"}, Stdin: strings.NewReader(strings.Repeat("#", 1000)), MaxFileBytes: 200})
	got.want(t, "problems", got.problems, "DIR/b.yaml: is larger than 200 bytes, and was not read", "<stdin>: is larger than 200 bytes, and was not read")
}

func TestWrongUsage(t *testing.T) {
	dir := tree(t, "-- a.yaml --\n"+service)
	for _, test := range []struct {
		files Files
		want  string
	}{
		{Files{Paths: []string{dir + "/none"}}, "DIR/none: no such file or directory"},
		{Files{Paths: []string{"https://example.com/a.yaml"}}, "https://example.com/a.yaml: no address is contacted; download it and name the copy"},
		{Files{Paths: []string{"-"}}, "-: there is no standard input"},
		{Files{Kustomize: []string{dir + "/none"}}, "DIR/none: no such file or directory"},
		{Files{Kustomize: []string{dir + "/a.yaml"}}, "DIR/a.yaml: is a file; -k takes the directory of a kustomization"},
		{Files{Kustomize: []string{"github.com/org/repo"}}, "github.com/org/repo: no address is contacted; download it and name the copy"},
		{Files{Helm: []HelmChart{{Chart: "oci://example.com/chart"}}}, "oci://example.com/chart: no address is contacted; download it and name the copy"},
		{Files{Helm: []HelmChart{{Chart: "repo/chart"}}}, "repo/chart: there is no such chart here; only local charts are read, fetch others with helm pull"},
		{Files{Helm: []HelmChart{{Chart: dir, Values: []string{dir + "/v.yaml"}}}}, "DIR/v.yaml: no such file or directory"},
		{Files{Helm: []HelmChart{{Chart: dir, Values: []string{"https://example.com/v.yaml"}}}}, "https://example.com/v.yaml: no address is contacted; download it and name the copy"},
	} {
		if _, err := tryFiles(dir, test.files); err == nil || strings.ReplaceAll(err.Error(), dir, "DIR") != test.want {
			t.Errorf("error %v, want %s", err, test.want)
		}
	}
}

func TestWhatCannotBeReadIsNotMissing(t *testing.T) {
	const brokenBudget = "-- b.yaml --\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: b\n  namespace: inference\nspec: [\n"
	for _, test := range []struct {
		name, archive    string
		budgets, service bool
	}{
		{"all is well", "", true, true},
		{"a broken budget", brokenBudget, false, true},
		{"something broken", "-- b.yaml --\napiVersion: [\nkind: x\n", false, false},
		{"a chart", "-- c/Chart.yaml --\nname: c\n-- c/templates/a.yaml --\n{{ x }}\n", false, false},
	} {
		dir := tree(t, "-- a.yaml --"+vllm+test.archive)
		got := loadFiles(t, dir, Files{Paths: []string{dir}})
		if saw := got.snapshot.Saw(inventory.PodDisruptionBudget, "inference"); saw != test.budgets {
			t.Errorf("%s: budgets seen: %v, want %v", test.name, saw, test.budgets)
		}
		if saw := got.snapshot.Saw(inventory.Service, "inference"); saw != test.service {
			t.Errorf("%s: Services seen: %v, want %v", test.name, saw, test.service)
		}
	}
}

func TestAFileThatChanges(t *testing.T) {
	dir := tree(t, "-- a.yaml --"+vllm+"-- b.yaml --\napiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  namespace: inference\n")
	f := Files{Paths: []string{dir}, MaxFileBytes: defaultMaxFileBytes}
	l := newFilesLoad(f, everyKind())
	if err := l.readAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.yaml"), []byte("kind: Service\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := l.readChosen(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := l.merge()
	if len(m.problems) != 1 || !strings.HasSuffix(m.problems[0].Error(), "b.yaml:1: changed while it was read") {
		t.Errorf("problems %v", m.problems)
	}
}
