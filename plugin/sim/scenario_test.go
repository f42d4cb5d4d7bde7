package sim

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Every scenario of testdata runs on a stack.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("../../testdata/scenarios/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseScenario(text, file)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Simulate(context.Background(), s, objectsOf(t, stack), vllm)
		if err != nil || out.Requests < 100 || len(out.Minutes) != int(time.Duration(s.Duration).Minutes()) {
			t.Errorf("%s: %.0f requests in %d minutes, %v", file, out.Requests, len(out.Minutes), err)
		}
	}
}

// The page beside the scenarios shows one that is read.
func TestScenarioPage(t *testing.T) {
	text, err := os.ReadFile("../../testdata/scenarios/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	if s, err := ParseScenario([]byte(example), "README.md"); err != nil || len(s.Workloads) != 1 || s.Workloads[0].Load.Bursts[0].Rate == 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestBadScenarios(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "x.yaml: is empty",
		"name: a\nnmae: b":                    "line 2: field nmae not found",
		"name: a\n---\nname: b":               "more than one document",
		"duration: soon":                      `line 1: "soon" is no duration`,
		"workloads: [{target: vllm}]":         `workloads[0].target: "vllm" is not NAMESPACE/KIND/NAME`,
		"workloads: [{}, {}]":                 `workloads[1]: target "" is named twice`,
		"workloads: [{load: {constant: -1}}]": "workloads[0].load.rate: -1",
		"workloads: [{load: {series: {rates: [1]}}}]":                    "workloads[0].load.series: needs every and rates",
		"workloads: [{load: {diurnal: {peak: noon}}}]":                   `"noon" is no time of day`,
		"workloads: [{numbers: {qeue: 1}}]":                              "line 1: field qeue not found: a number is queue, running, kv, gpu or memory",
		"workloads: [{numbers: {queue: many}}]":                          `line 1: queue: "many" is no number`,
		"workloads: [{numbers: {queue: .nan}}]":                          `line 1: queue: ".nan" is no number`,
		"workloads: [{numbers: {queue: -1}}]":                            "workloads[0].numbers[0].queue: -1 is below 0",
		"workloads: [{numbers: {kv: 0.9, total: true}}]":                 "workloads[0].numbers[0].kv: only whole numbers can be spread over the replicas, found 0.9",
		"workloads: [{numbers: [{at: 1m, queue: 1}, {at: 59s}]}]":        "workloads[0].numbers[1].at: 59s comes before 1m0s",
		"workloads: [{numbers: [{queue: 1}, {at: 3, queue: 2}]}]":        `"3" is no duration`,
		"workloads: [{numbers: 15}]":                                     "line 1: numbers are written as {queue: 15, running: 256}",
		"workloads: [{ready: -1}]":                                       "workloads[0].ready: -1 is below 0",
		"step: 1ms":                                                      "step: 1ms is not from 100ms to 1m0s",
		"workloads: [{start: {spread: 1}}]":                              "workloads[0].start.spread",
		"cluster: {pools: [{name: a, nodes: 3, max: 2, gpus: 8}]}":       "cluster.pools[0]",
		"objects: [{apiVersion: v1, kind: Secret, metadata: {name: a}}]": "",
		"workloads: [{load: {trace: a.csv}}]":                            "",
	} {
		_, err := ParseScenario([]byte(text), "x.yaml")
		if want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	s, err := ParseScenario([]byte("objects: [{apiVersion: v1, kind: Secret, metadata: {name: a}}]"), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewWorld(s); err == nil || !strings.Contains(err.Error(), "x.yaml:1: not an object of a kind that is read") {
		t.Errorf("a Secret: %v", err)
	}
}

func TestTrace(t *testing.T) {
	const heading = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
	trace, err := ReadTrace(strings.NewReader(heading + "2023-11-16 18:17:03.9799600,100,10\n2023-11-16 18:17:04.0319600,50,8\n2023-11-16 18:17:06.9,7,1\n"))
	if err != nil || trace.Requests != 3 || trace.Length() != 3*time.Second {
		t.Fatalf("%+v, %v", trace, err)
	}
	if got := trace.between(0, 3*time.Second); got != (arrival{3, 157, 19}) {
		t.Errorf("all of it: %+v", got)
	}
	if got := trace.between(2*time.Second, 4*time.Second); got != (arrival{3, 157, 19}) {
		t.Errorf("over its end: %+v", got)
	}
	for text, want := range map[string]string{
		"":                                     "line 1",
		heading:                                "holds no request",
		heading + "yesterday,1,1\n":            "line 2: \"yesterday\" is no time",
		heading + "2023-11-16 18:17:03,1\n":    "line 2: 2 fields, want 3",
		heading + "2023-11-16 18:17:03,1,-2\n": "line 2: \"-2\" is no number of tokens",
		heading + "2023-11-16 18:17:03,1,1\n2023-11-16 18:17:02,1,1\n": "line 3: 2023-11-16 18:17:02 comes before",
		heading + "2023-11-16 18:17:03,1,1\n2033-11-16 18:17:02,1,1\n": "line 3: 2033-11-16 18:17:02 is more than a month",
	} {
		if _, err := ReadTrace(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
