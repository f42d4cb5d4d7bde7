package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// read reads one document and returns its object with what was wrong.
func read(t *testing.T, text string) (*inventory.Object, []string) {
	t.Helper()
	node, err := inventory.Document{Text: []byte(text), Line: 1}.Parse()
	if err != nil {
		t.Fatal(err)
	}
	c := inventory.ReadNode(node, "f")
	var problems []string
	for _, p := range c.Problems {
		problems = append(problems, p.Error())
	}
	if len(c.Objects) != 1 {
		return nil, problems
	}
	return c.Objects[0], problems
}

const hpaHead = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec:\n"

func TestWrongTypes(t *testing.T) {
	const (
		deploymentHead = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n"
		container      = deploymentHead + "  template:\n    spec:\n      containers:\n      - name: c\n"
	)
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"word for a number", hpaHead + "  maxReplicas: \"eight\"\n", []string{`f:5:16: spec.maxReplicas: must be a whole number, found the string "eight"`}},
		{"number in quotes", hpaHead + "  maxReplicas: \"8\"\n", []string{`f:5:16: spec.maxReplicas: must be a whole number, found the string "8"`}},
		{"fraction", hpaHead + "  maxReplicas: 2.5\n", []string{`f:5:16: spec.maxReplicas: must be a whole number, found the number 2.5`}},
		{"whole all the same", hpaHead + "  maxReplicas: 3.0\n  minReplicas: 1e1\n", nil},
		{"too large", hpaHead + "  maxReplicas: 99999999999\n", []string{`f:5:16: spec.maxReplicas: must be a whole number of 32 bits, found the number 99999999999`}},
		{"object for a number", hpaHead + "  maxReplicas: {a: b}\n", []string{`f:5:16: spec.maxReplicas: must be a whole number, found an object`}},
		{"object for a list", hpaHead + "  metrics: {type: Pods}\n", []string{`f:5:12: spec.metrics: must be a list, found an object`}},
		{"list for an object", deploymentHead + "  selector: [a]\n", []string{`f:5:13: spec.selector: must be an object, found a list`}},
		{"quantity", hpaHead + "  metrics:\n  - type: Pods\n    pods: {target: {averageValue: lots}}\n", []string{
			`f:7:35: spec.metrics[0].pods.target.averageValue: the string "lots": quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
		}},
		{"number for a string", container + "        args: [--port, 8000]\n", []string{`f:9:24: spec.template.spec.containers[0].args[1]: must be a string, found the number 8000: write it in quotes`}},
		{"yes for a string", container + "        env: [{name: A, value: yes}]\n", []string{`f:9:32: spec.template.spec.containers[0].env[0].value: must be a string, found the boolean yes: write it in quotes`}},
		{"quoted yes", container + "        env: [{name: A, value: \"yes\"}, {name: B, value: 'on'}]\n", nil},
		{"yes for a boolean", container + "        tty: yes\n        stdin: off\n", nil},
		{"quoted true for a boolean", container + "        tty: \"true\"\n", []string{`f:9:14: spec.template.spec.containers[0].tty: must be true or false, found the string "true"`}},
		{"placeholders", hpaHead + "  maxReplicas: ${MAX}\n  minReplicas: <min>\n  metrics: $METRICS\n", nil},
		{"written twice", hpaHead + "  maxReplicas: 8\n  minReplicas: 1\n  maxReplicas: 9\n", []string{`f:7:3: spec.maxReplicas: is written twice, first in line 5; the last one counts`}},
		{"a label of a custom kind", "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata:\n  name: s\n  labels: {a: 1}\n", []string{
			`f:5:15: metadata.labels.a: must be a string, found the number 1: write it in quotes`,
		}},
		{"a label of a built-in kind, said once", "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  labels: {a: 1}\n", []string{
			`f:5:15: metadata.labels.a: must be a string, found the number 1: write it in quotes`,
		}},
		{"name", "apiVersion: v1\nkind: Service\nmetadata: {name: 12}\n", []string{`f:3:18: metadata.name: must be a string, found the number 12: write it in quotes`}},
		{"long value, cut between characters", hpaHead + "  maxReplicas: " + strings.Repeat("ü", 30) + "\n", []string{
			`f:5:16: spec.maxReplicas: must be a whole number, found the string "` + strings.Repeat("ü", 20) + `…"`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o, got := read(t, test.text)
			if o == nil {
				t.Fatalf("no object; %q", got)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatDoesNotFitIsLeftOut(t *testing.T) {
	o, _ := read(t, hpaHead+"  minReplicas: ${MIN}\n  maxReplicas: many\n")
	hpa := inventory.As[autoscalingv2.HorizontalPodAutoscaler](o)
	if hpa.Spec.MinReplicas != nil || hpa.Spec.MaxReplicas != 0 {
		t.Errorf("minReplicas %v, maxReplicas %d; a value that nobody knows is not zero", hpa.Spec.MinReplicas, hpa.Spec.MaxReplicas)
	}
	o, _ = read(t, `apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - args: [--port, 8000]
    resources: {limits: {cpu: 2, nvidia.com/gpu: "${GPUS}"}}
`)
	container := inventory.As[corev1.Pod](o).Spec.Containers[0]
	if diff := cmp.Diff([]string{"--port", "8000"}, container.Args); diff != "" {
		t.Error(diff)
	}
	if _, there := container.Resources.Limits["nvidia.com/gpu"]; there || len(container.Resources.Limits) != 1 {
		t.Errorf("limits %v", container.Resources.Limits)
	}
}

func TestAnchorsAndMergeKeys(t *testing.T) {
	o, problems := read(t, `apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
x-base: &base
  image: base
  resources: {limits: {cpu: 1}, requests: {cpu: 1}}
  env: [{name: A, value: base}]
x-more: &more {image: more, tty: true, workingDir: /more}
spec:
  template:
    spec:
      containers:
      - &first
        <<: *base
        name: first
        resources: {limits: {memory: 1Gi}}
      - <<: [*base, *more]
        name: second
      - <<: *first
        name: third
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	containers := inventory.As[appsv1.Deployment](o).Spec.Template.Spec.Containers
	var got []string
	for _, c := range containers {
		got = append(got, fmt.Sprintf("%s %s tty=%v dir=%s limits=%d requests=%d env=%d", c.Name, c.Image, c.TTY, c.WorkingDir, len(c.Resources.Limits), len(c.Resources.Requests), len(c.Env)))
	}
	want := []string{
		"first base tty=false dir= limits=1 requests=0 env=1", // its own resources replace the base's
		"second base tty=true dir=/more limits=1 requests=1 env=1",
		"third base tty=false dir= limits=1 requests=0 env=1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	at := o.At("spec", "template", "spec", "containers", 1, "workingDir")
	if at.Line != 8 {
		t.Errorf("a merged field is in line %d, want 8, where it is written", at.Line)
	}
}

func TestJSON(t *testing.T) {
	o, problems := read(t, "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"ConfigMap\",\n\t\"metadata\": {\"name\": \"c\"},\n\t\"data\":\t{\"tab\": \"a\\tb\",\n\t\t\"face\": \"\\ud83d\\ude00\", \"quote\": \"\\\"\\t\", \"path\": \"a\\/b\"}\n}\n")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string]string{"tab": "a\tb", "face": "😀", "quote": "\"\t", "path": "a/b"}
	if diff := cmp.Diff(want, inventory.As[corev1.ConfigMap](o).Data); diff != "" {
		t.Error(diff)
	}
	if at := o.At("data", "face"); at.Line != 6 {
		t.Errorf("line %d, want 6", at.Line)
	}
}

// bomb writes aliases that stand for 9 to the power of levels nodes, wherever
// a manifest might follow them.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("x0: &x0 {name: a, value: b}\ny0: &y0 {a: b}\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "x%d: &x%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d,", i-1), 9), ","))
		fmt.Fprintf(&b, "y%d: &y%d {<<: [%s]}\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*y%d,", i-1), 9), ","))
	}
	fmt.Fprintf(&b, "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: *y%d\n  managedFields: [{fieldsV1: *x%d}]\n  annotations: &self {<<: *self}\n", levels, levels)
	fmt.Fprintf(&b, "spec:\n  containers:\n  - {name: c, resources: {limits: {cpu: *x%d}}, env: *x%d}\n", levels, levels)
	return b.String()
}

func TestAliasBomb(t *testing.T) {
	started := time.Now()
	o, problems := read(t, bomb(12))
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if o == nil || !strings.Contains(strings.Join(problems, "\n"), "aliases expand to more than") {
		t.Errorf("object %v, problems %q", o != nil, problems)
	}
	if o.At("metadata", "labels", "nowhere"); time.Since(started) > 10*time.Second {
		t.Error("finding a field took too long")
	}
}
