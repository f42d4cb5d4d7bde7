package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

const recordedManifests = `-- llm.yaml --` + vllm + `---
apiVersion: v1
kind: ConfigMap
metadata: {name: scripts, namespace: inference}
data:
  start.sh: |
    exec vllm serve meta-llama/Llama-3-8B --port 8000 --max-num-batched-tokens 8192
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: llm
  namespace: inference
  annotations: {infscale.dev/ignore: "keda-mean-with-averagevalue: measured"}
spec:
  scaleTargetRef: {name: llm}
  minReplicaCount: 0
  maxReplicaCount: 8
  triggers:
  - type: prometheus
    metadata:
      serverAddress: http://prometheus:9090
      query: avg(vllm:num_requests_waiting)
      threshold: "5"
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: inference}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 3
  metrics:
  - type: Pods
    pods: {metric: {name: vllm_num_requests_waiting}, target: {type: AverageValue, averageValue: 500m}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: llm, namespace: inference}
spec: {minAvailable: 100%, selector: {}}
---
apiVersion: v1
kind: Service
metadata: {name: llm, namespace: inference, labels: {app: llm}}
spec: {selector: {app: llm}, ports: [{name: http, port: 80, targetPort: 8000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: patched, namespace: inference}
spec: {replicas: 3, template: {spec: {containers: [{name: vllm, args: [vllm]}]}}}
---
apiVersion: v1
kind: Namespace
metadata: {name: inference, labels: {team: llm}}
`

// frameOf loads manifests; a live one pretends that a cluster sent them.
func frameOf(t *testing.T, live bool) checks.Frame {
	t.Helper()
	dir := tree(t, recordedManifests)
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	frame, err := Files{Paths: []string{dir}, At: at}.Load(context.Background(), everyKind())
	if err != nil {
		t.Fatal(err)
	}
	if !live {
		return frame
	}
	b := inventory.NewBuilder()
	b.Live(inventory.Versions{Kubernetes: "1.37.2", KEDA: "2.21.0"})
	for _, o := range frame.Objects.Dump().Objects {
		o.Meta.CreationTimestamp = at.Add(-time.Hour)
		o.Meta.ManagedFields = []inventory.ManagedField{{Manager: "kubectl", Operation: "Update", FieldsV1: inventory.RawField(`{"f:spec":{"f:replicas":{}}}`)}}
		b.Add(inventory.FromTyped(o.Type, o.Meta, o.Content))
	}
	for _, kind := range inventory.Kinds() {
		b.Looked(kind, "inference")
	}
	b.Gap(inventory.Gap{Kind: inventory.PodDisruptionBudget, Namespace: "web", Reason: "forbidden: list poddisruptionbudgets.policy"})
	b.AddStub(inventory.Ref{Group: "argoproj.io", Kind: "Rollout", Namespace: "inference", Name: "r"})
	b.AddNamespace("inference", map[string]string{"team": "llm"})
	set := new(signals.Set)
	for i, o := range frame.Objects.Dump().Objects {
		set.Add(signals.Sample{Metric: signals.QueueDepth, Of: o.Ref, Value: float64(i) / 3, At: at, Source: "scrape"})
	}
	return checks.Frame{At: at, Objects: b.Build(), Signals: set}
}

// asText is everything that a check can read of a frame, and what the checks
// make of it. Lines and columns within an object are left out where they were
// not recorded.
func asText(t *testing.T, frame checks.Frame) string {
	t.Helper()
	var b strings.Builder
	write := func(what string, value any) {
		text, err := json.MarshalIndent(value, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString(what + " " + string(text) + "\n")
	}
	dump := frame.Objects.Dump()
	for _, o := range dump.Objects {
		fields, err := o.Fields()
		if err != nil {
			t.Fatal(err)
		}
		write(o.Ref.String(), []any{o.File, o.At().Line, o.Fragment, o.Written("spec", "replicas"), o.Written("spec", "template"), o.Written("status"), fields})
	}
	dump.Objects = nil
	write("rest", dump)
	write("at", frame.At)
	write("signals", frame.Signals.All())
	report := checks.Run(frame, rules.All())
	for _, f := range report.Findings {
		write("finding "+f.Check.ID, []any{f.Severity, f.At.Object.Ref, f.At.File, f.At.Path.String(), f.Message, f.Evidence, f.CausedBy, f.Fingerprint})
	}
	write("skipped", report.Skipped)
	write("coverage", report.Coverage)
	for _, w := range report.Workloads {
		write("workload", []any{w.Ref(), w.EngineID(), w.GPUs()})
	}
	return b.String()
}

func TestRecordingIsJudgedAlike(t *testing.T) {
	for _, live := range []bool{true, false} {
		for _, name := range []string{"frame.json", "frame.json.gz"} {
			frame := frameOf(t, live)
			path := filepath.Join(t.TempDir(), name)
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := WriteRecording(file, path, frame, "v1.2.3"); err != nil {
				t.Fatal(err)
			}
			file.Close()
			again, err := Recording{Path: path}.Load(context.Background(), checks.Needs{})
			if err != nil {
				t.Fatal(err)
			}
			want, got := asText(t, frame), asText(t, again)
			if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("live %v, %s (-frame +recording):\n%s", live, name, diff)
			}
			if live != again.Objects.IsLive() || live == again.Objects.List(inventory.Service)[0].Written("spec") {
				t.Error("a cluster's object has nothing written, and a manifest has")
			}
		}
	}
}

func TestRecordingIsRepeatable(t *testing.T) {
	var first bytes.Buffer
	frame := frameOf(t, true)
	if err := Write(&first, frame, "v1"); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		var again bytes.Buffer
		if err := Write(&again, frame, "v1"); err != nil || !bytes.Equal(first.Bytes(), again.Bytes()) {
			t.Fatal("the same frame was recorded differently")
		}
	}
}

func TestBadRecordings(t *testing.T) {
	var whole bytes.Buffer
	if err := Write(&whole, frameOf(t, true), "v1"); err != nil {
		t.Fatal(err)
	}
	zip := func(text []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(text)
		w.Close()
		return b.Bytes()
	}
	for _, test := range []struct {
		name string
		text []byte
		want string
	}{
		{"empty", nil, "is empty"},
		{"cut off", whole.Bytes()[:whole.Len()/2], "is cut off: it ends in the middle"},
		{"cut off, compressed", zip(whole.Bytes())[:400], "is cut off: it ends in the middle"},
		{"manifest", []byte("apiVersion: v1\n"), "is no recording, or is damaged at byte 1: invalid character 'a' looking for beginning of value"},
		{"other JSON", []byte(`{"apiVersion": "v1"}`), "is no recording of kubectl infscale: it has no version and objects"},
		{"newer", []byte(`{"version": 2, "objects": {}}`), "is a recording of version 2, and only version 1 is read; update kubectl infscale"},
		{"something else behind", append(slices.Clone(whole.Bytes()), "and more"...), "is damaged: what follows frame 1 is no frame"},
		{"wrong type", []byte(`{"version": 1, "objects": 3}`), "is damaged: json: cannot unmarshal number into Go struct field recorded.objects of type []json.RawMessage"},
		{"too large", append([]byte(`{"version": 1, "objects": [`), bytes.Repeat([]byte(" "), 1<<20)...), "is larger than 1000000 bytes, and was not read"},
		{"too large, compressed", zip(append([]byte(`{"version": 1, "objects": [`), bytes.Repeat([]byte(" "), 1<<20)...)), "is larger than 1000000 bytes, and was not read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Recording{Path: "-", Stdin: bytes.NewReader(test.text), MaxBytes: 1_000_000}.Load(context.Background(), checks.Needs{})
			var bad *BadRecording
			if !errors.As(err, &bad) || bad.Reason != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
	if _, err := (Recording{Path: filepath.Join(t.TempDir(), "none")}).Load(context.Background(), checks.Needs{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for a file that does not exist", err)
	}
}

// Of several frames the last whole one is judged, and which that is is said.
func TestRecordingOfSeveralFrames(t *testing.T) {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var all bytes.Buffer
	for i := range 3 {
		frame := checks.Frame{At: at.Add(time.Duration(i) * time.Minute), Objects: inventory.NewBuilder().Build()}
		if err := Write(&all, frame, "test"); err != nil {
			t.Fatal(err)
		}
	}
	one := all.Len() / 3
	for _, test := range []struct {
		name, text, chose string
		minute            int
	}{
		{"one", all.String()[:one], "", 0},
		{"three", all.String(), "-: 3 frames, of which the last is judged, of 2026-01-01 12:02:00", 2},
		{"two and a half", all.String()[:2*one+one/2], "-: is cut off after frame 2, of 2026-01-01 12:01:00, which is the one that is judged", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			said := ""
			r := Recording{Path: "-", Stdin: strings.NewReader(test.text), Chose: func(words string) { said = words }}
			frame, err := r.Load(context.Background(), checks.Needs{})
			if err != nil || !frame.At.Equal(at.Add(time.Duration(test.minute)*time.Minute)) || said != test.chose {
				t.Errorf("error %v, frame of %v, said %q", err, frame.At, said)
			}
		})
	}
}

func TestRecordingOfTheFuture(t *testing.T) {
	const text = `{"version": 1, "colour": "blue", "at": "2026-01-01T12:00:00Z", "live": true, "looked": [{"kind": "Service"}, {"kind": "Gadget"}],
 "gaps": [{"kind": "Gadget", "reason": "x"}], "objects": [
 {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"colour": "blue"}},
 {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "t"}, "spec": {"ports": [{"port": "eighty"}]}},
 {"apiVersion": "gadgets.io/v1", "kind": "Gadget", "metadata": {"name": "g"}}]}`
	frame, err := Recording{Path: "-", Stdin: strings.NewReader(text)}.Load(context.Background(), checks.Needs{})
	var partial *Incomplete
	if !errors.As(err, &partial) || partial.Error() != `-: spec.ports[0].port: must be a whole number, found the string "eighty"` {
		t.Errorf("error %v", err)
	}
	if got := len(frame.Objects.List(inventory.Service)); got != 2 || !frame.Objects.Saw(inventory.Service, "x") || frame.Signals != nil {
		t.Errorf("%d Services, seen %v, signals %v", got, frame.Objects.Saw(inventory.Service, "x"), frame.Signals)
	}
}
