package fix

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const scaledObjectText = `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: vllm, namespace: inference, resourceVersion: "7"}
spec:
  scaleTargetRef: {name: vllm}
  triggers:
  - {type: prometheus, metadata: {query: a, threshold: "5"}}
  - {type: cron, metadata: {timezone: UTC}}
`

func TestPlan(t *testing.T) {
	o, _ := parse(t, scaledObjectText)
	other, _ := parse(t, budgetText)
	query := inventory.Path{"spec", "triggers", 0, "metadata", "query"}
	bad := func(id string, severity checks.Severity, edits ...checks.Edit) checks.Finding {
		f := finding(id, o, edits...)
		f.Severity = severity
		return f
	}
	mild := bad("a-mild", checks.Warning, checks.Edit{Path: query, Value: "c"})
	worst := bad("z-worst", checks.Error, checks.Edit{Path: query, Value: "b"})
	same := bad("b-same", checks.Warning, checks.Edit{Path: query, Value: "b"}, checks.Set(3, "spec", "maxReplicaCount"))
	item := bad("c-item", checks.Warning, checks.Remove("spec", "triggers", 1))
	manual := bad("d-manual", checks.Warning)
	manual.Fix.Safety = checks.Manual
	restart := finding("e-restart", other, checks.Set(true, "spec", "x"))
	restart.Fix.Restarts, restart.Fix.Safety = true, checks.Unsafe
	all := []checks.Finding{mild, same, item, manual, restart, worst}

	changes, refused := Plan(all, all)
	if len(changes) != 1 || changes[0].Safety != checks.Safe {
		t.Fatalf("changes: %+v", changes)
	}
	edits := []checks.Edit{{Path: query, Value: "b"}, checks.Set(3, "spec", "maxReplicaCount")}
	if diff := cmp.Diff(edits, changes[0].Edits); diff != "" {
		t.Error(diff)
	}
	var said []string
	for _, r := range refused {
		said = append(said, r.Finding.Check.ID+": "+r.Reason)
	}
	want := []string{
		"a-mild: it changes spec.triggers[0].metadata.query, and so does the fix of z-worst: apply them one after the other",
		"c-item: it changes spec.triggers[1], and so does the fix of z-worst: apply them one after the other",
		"d-manual: it is for people to decide, nothing can be applied",
		"e-restart: it restarts the pods of PodDisruptionBudget/vllm, which no batch does: choose that object alone",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
}

func TestRestartWithoutRoom(t *testing.T) {
	o, _ := parse(t, budgetText)
	w := &inventory.Workload{Object: o, Owner: o}
	f := finding("slow", o, checks.Set(true, "spec", "x"))
	f.Fix.Restarts, f.Workload = true, w
	spare := checks.Finding{Check: &checks.Check{ID: SpareGPU}, Workload: w, Message: "there is no room"}
	_, refused := Plan([]checks.Finding{f, spare}, []checks.Finding{f})
	if len(refused) != 1 || !strings.Contains(refused[0].Reason, "rollout-needs-spare-gpu says that there is no room") {
		t.Errorf("refused: %+v", refused)
	}
	spare.Suppression = &checks.Suppression{Reason: "there are GPUs to spare"}
	if changes, refused := Plan([]checks.Finding{f, spare}, []checks.Finding{f}); len(changes) != 1 || len(refused) != 0 {
		t.Errorf("somebody vouches for it: %+v", refused)
	}
}

func TestChoose(t *testing.T) {
	o, _ := parse(t, scaledObjectText)
	safe, unsafe, hushed := finding("one", o, checks.Set(1, "spec", "a")), finding("two", o, checks.Set(1, "spec", "b")), finding("three", o, checks.Set(1, "spec", "c"))
	unsafe.Fix.Safety = checks.Unsafe
	hushed.Suppression = &checks.Suppression{}
	all := []checks.Finding{safe, unsafe, hushed}
	for name, c := range map[string]struct {
		choice Choice
		want   string
	}{
		"nothing":     {Choice{}, ""},
		"all safe":    {Choice{AllSafe: true}, "one"},
		"check":       {Choice{Checks: []string{"two"}}, "two"},
		"object":      {Choice{Objects: []inventory.Ref{o.Ref}}, "one two"},
		"fingerprint": {Choice{Fingerprints: []string{"f-on"}}, "one"},
		"suppressed":  {Choice{Checks: []string{"three"}}, ""},
	} {
		var got []string
		for _, f := range c.choice.Choose(all) {
			got = append(got, f.Check.ID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s chooses %v, want %q", name, got, c.want)
		}
	}
}

func TestPatches(t *testing.T) {
	o, content := parse(t, scaledObjectText)
	for name, c := range map[string]struct {
		edits  []checks.Edit
		server PatchType
		body   string
		file   string
	}{
		"a new field": {
			[]checks.Edit{checks.Set(300, "spec", "advanced", "restore")},
			ServerSideApply,
			`{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"vllm","namespace":"inference","resourceVersion":"7"},"spec":{"advanced":{"restore":300}}}`,
			"merge",
		},
		"one item of a list": {
			[]checks.Edit{checks.Set("b", "spec", "triggers", 0, "metadata", "query")},
			JSONPatch,
			`[{"op":"test","path":"/spec/triggers/0/metadata/query","value":"a"},{"op":"replace","path":"/spec/triggers/0/metadata/query","value":"b"},{"op":"replace","path":"/metadata/resourceVersion","value":"7"}]`,
			"json",
		},
		"a field goes": {
			[]checks.Edit{checks.Remove("spec", "triggers", 0, "metadata", "threshold"), checks.Remove("spec", "nothing")},
			JSONPatch,
			`[{"op":"test","path":"/spec/triggers/0/metadata/threshold","value":"5"},{"op":"remove","path":"/spec/triggers/0/metadata/threshold"},{"op":"replace","path":"/metadata/resourceVersion","value":"7"}]`,
			"json",
		},
		"a map is replaced": {
			[]checks.Edit{checks.Set(map[string]any{"kind": "x"}, "spec", "scaleTargetRef")},
			JSONPatch,
			`[{"op":"test","path":"/spec/scaleTargetRef","value":{"name":"vllm"}},{"op":"replace","path":"/spec/scaleTargetRef","value":{"kind":"x"}},{"op":"replace","path":"/metadata/resourceVersion","value":"7"}]`,
			"json",
		},
		"a key with a slash, and parents": {
			[]checks.Edit{checks.Set("false", "spec", "triggers", 1, "a/b", "c~d")},
			JSONPatch,
			`[{"op":"add","path":"/spec/triggers/1/a~1b","value":{"c~d":"false"}},{"op":"replace","path":"/metadata/resourceVersion","value":"7"}]`,
			"json",
		},
		"the first item of a list that is not there": {
			[]checks.Edit{checks.Set("30", "spec", "steps", 0, "seconds")},
			JSONPatch,
			`[{"op":"add","path":"/spec/steps","value":[{"seconds":"30"}]},{"op":"replace","path":"/metadata/resourceVersion","value":"7"}]`,
			"json",
		},
	} {
		patch, err := patchFor(TargetOf(o), content, c.edits)
		if err != nil {
			t.Fatal(err)
		}
		if patch.Type != c.server || string(patch.Body) != c.body {
			t.Errorf("%s: %s\n%s\nwant\n%s", name, patch.Type, patch.Body, c.body)
		}
		file, err := PatchOf(Change{Object: o, Edits: c.edits}, content)
		if err != nil || file.Type != c.file {
			t.Errorf("%s: for a file it is a %s patch, want %s (%v)", name, file.Type, c.file, err)
		}
	}
}

// TestSecondApply: what an earlier apply of ours owns stays, since the second
// is no apply.
func TestSecondApply(t *testing.T) {
	o, content := parse(t, scaledObjectText)
	content["metadata"].(map[string]any)["managedFields"] = []any{map[string]any{"manager": Manager, "operation": "Apply", "fieldsV1": map[string]any{}}}
	patch, err := patchFor(TargetOf(o), content, []checks.Edit{checks.Set(3, "spec", "maxReplicaCount")})
	if err != nil || patch.Type != JSONPatch {
		t.Errorf("%s, %v", patch.Type, err)
	}
}
