package fix

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const newBudget = `# One at a time.
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: vllm
  namespace: inference
spec:
  maxUnavailable: 1
`

// newObjects is a cluster with a ScaledObject, and a fix that makes a budget for
// it.
func newObjects(t *testing.T) (all map[inventory.Ref]Content, fixer *Fixer, change Change) {
	t.Helper()
	o, content := parse(t, scaledObjectText)
	all = map[inventory.Ref]Content{o.Ref: content}
	cluster := InMemory(
		func(of Target) Content { return all[of.Ref] },
		func(of Target, object Content) {
			if delete(all, of.Ref); object != nil {
				object["metadata"].(map[string]any)["uid"] = "u-new"
				object["metadata"].(map[string]any)["managedFields"] = []any{map[string]any{"manager": Manager, "operation": "Update"}}
				all[of.Ref] = object
			}
		},
	)
	fixer = &Fixer{Cluster: cluster, Journal: Journal{Dir: t.TempDir()}, Now: time.Now}
	f := finding("pdb-missing", o)
	f.Fix.New = &checks.Manifest{Ref: inventory.Ref{Group: "policy", Kind: "PodDisruptionBudget", Namespace: "inference", Name: "vllm"}, Text: newBudget}
	changes, refused := Plan(nil, []checks.Finding{f, f})
	if len(changes) != 1 || len(refused) != 0 || len(changes[0].Findings) != 2 {
		t.Fatalf("changes: %+v, refused: %v", changes, refused)
	}
	return all, fixer, changes[0]
}

func TestNewObject(t *testing.T) {
	all, fixer, change := newObjects(t)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	want := "--- /dev/null\n+++ inference/PodDisruptionBudget/vllm (new)\n@@ -0,0 +1,8 @@\n+" + strings.ReplaceAll(strings.TrimSpace(newBudget), "\n", "\n+") + "\n"
	if diff := cmp.Diff(want, preview.Diff); diff != "" {
		t.Error(diff)
	}
	entry, err := fixer.Apply(t.Context(), preview)
	if err != nil || !entry.Created || all[entry.Ref] == nil {
		t.Fatalf("%+v, %v", entry, err)
	}
	var stale *Stale
	if _, err := fixer.Preview(t.Context(), change); !errors.As(err, &stale) {
		t.Errorf("made a second time: %v", err)
	}
	var no *Refused
	if _, err := fixer.Apply(t.Context(), preview); !errors.As(err, &no) || no.Reason != "already exists" {
		t.Errorf("made over what is there: %v", err)
	}
	spec := all[entry.Ref]["spec"].(map[string]any)
	spec["unhealthyPodEvictionPolicy"] = "AlwaysAllow"
	if _, err := fixer.Undo(t.Context(), ""); !errors.As(err, &no) {
		t.Errorf("taken away with what somebody wrote into it: %v", err)
	}
	delete(spec, "unhealthyPodEvictionPolicy")
	if _, err := fixer.Undo(t.Context(), ""); err != nil || all[entry.Ref] != nil {
		t.Errorf("after the undo: %v, %v", all[entry.Ref], err)
	}
}

// TestNewObjectElsewhere: beside what Git holds, a new object is for Git.
func TestNewObjectElsewhere(t *testing.T) {
	all, fixer, change := newObjects(t)
	all[change.Object.Ref]["metadata"].(map[string]any)["labels"] = map[string]any{"kustomize.toolkit.fluxcd.io/name": "shop"}
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil || !strings.HasPrefix(preview.Refusal, "ScaledObject/vllm: Flux ") || preview.Handover != newBudget {
		t.Errorf("refused: %q, for the file: %q, %v", preview.Refusal, preview.Handover, err)
	}
}

// TestNewObjectKilled: between the announcement and the note, before and after
// the object was made.
func TestNewObjectKilled(t *testing.T) {
	for _, made := range []bool{false, true} {
		all, fixer, change := newObjects(t)
		preview, err := fixer.Preview(t.Context(), change)
		if err != nil {
			t.Fatal(err)
		}
		entry := fixer.entryOf(preview)
		if err := fixer.Journal.write(entry); err != nil {
			t.Fatal(err)
		}
		if made {
			if _, err := fixer.Cluster.Create(t.Context(), preview.target(), preview.made, false); err != nil {
				t.Fatal(err)
			}
		}
		if unclear, err := fixer.Reconcile(t.Context()); err != nil || len(unclear) > 0 {
			t.Fatal(unclear, err)
		}
		if _, err := fixer.Undo(t.Context(), ""); (err == nil) != made || all[entry.Ref] != nil {
			t.Errorf("made: %t, the undo: %v", made, err)
		}
	}
}
