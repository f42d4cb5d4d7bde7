package fix

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// held is a cluster of one object, in memory.
type held struct{ object Content }

func (h *held) cluster() Cluster {
	return InMemory(
		func(Target) Content { return h.object },
		func(_ Target, object Content) { h.object = object },
	)
}

const budgetText = `
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: vllm
  namespace: inference
  uid: u-1
  resourceVersion: "7"
spec:
  minAvailable: 2
  selector: {matchLabels: {app: vllm}}
`

func parse(t *testing.T, text string) (*inventory.Object, Content) {
	t.Helper()
	node, err := inventory.Documents([]byte(text))[0].Parse()
	if err != nil {
		t.Fatal(err)
	}
	o, _, err := inventory.Read(node, "")
	if err != nil {
		t.Fatal(err)
	}
	var content Content
	if err := node.Decode(&content); err != nil {
		t.Fatal(err)
	}
	return o, clone(content)
}

func finding(id string, o *inventory.Object, edits ...checks.Edit) checks.Finding {
	return checks.Finding{
		Check: &checks.Check{ID: id, Severity: checks.Warning}, Severity: checks.Warning, At: o.At("spec"),
		Fix: &checks.Fix{Title: "repair " + id, Safety: checks.Safe, Object: o, Edits: edits}, Fingerprint: "f-" + id,
	}
}

// newTest is a fixer of one budget, and the change that lets one pod go.
func newTest(t *testing.T) (*held, *Fixer, Change) {
	t.Helper()
	o, content := parse(t, budgetText)
	h := &held{content}
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	fixer := &Fixer{Cluster: h.cluster(), Journal: Journal{Dir: filepath.Join(t.TempDir(), "journal")}, Server: "https://here", Now: func() time.Time { now = now.Add(time.Second); return now }}
	f := finding("pdb-blocks-every-drain", o, checks.Set(1, "spec", "maxUnavailable"), checks.Remove("spec", "minAvailable"))
	changes, refused := Plan([]checks.Finding{f}, []checks.Finding{f})
	if len(changes) != 1 || len(refused) != 0 {
		t.Fatalf("%d changes, refused: %v", len(changes), refused)
	}
	return h, fixer, changes[0]
}

func TestApplyAndUndo(t *testing.T) {
	h, fixer, change := newTest(t)
	before := YAML(h.object)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	want := `--- inference/PodDisruptionBudget/vllm (now)
+++ inference/PodDisruptionBudget/vllm (fixed)
@@ -4,7 +4,7 @@
   name: vllm
   namespace: inference
 spec:
-  minAvailable: 2
+  maxUnavailable: 1
   selector:
     matchLabels:
       app: vllm
`
	if diff := cmp.Diff(want, preview.Diff); diff != "" {
		t.Error(diff)
	}
	if YAML(h.object) != before {
		t.Error("the preview wrote something")
	}
	entry, err := fixer.Apply(t.Context(), preview)
	if err != nil {
		t.Fatal(err)
	}
	fields := []Field{
		{Path: inventory.Path{"spec", "maxUnavailable"}, After: int64(1), Has: true},
		{Path: inventory.Path{"spec", "minAvailable"}, Before: int64(2), Had: true},
	}
	if diff := cmp.Diff(fields, entry.Fields); diff != "" {
		t.Errorf("the journal holds exactly the fields that were touched:\n%s", diff)
	}
	info, err := os.Stat(fixer.Journal.path(entry.ID))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the journal's file: %v, %v", info.Mode(), err)
	}
	if _, err := fixer.Undo(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, YAML(h.object)); diff != "" {
		t.Error(diff)
	}
	if _, err := fixer.Undo(t.Context(), entry.ID); err == nil || !strings.Contains(err.Error(), "undone already") {
		t.Errorf("a second undo: %v", err)
	}
}

// TestJudgedAnew: what changed between the look and the preview, or between the
// preview and the write, is never overwritten.
func TestJudgedAnew(t *testing.T) {
	h, fixer, change := newTest(t)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	touch := func(version string, minAvailable int64) {
		h.object["metadata"].(map[string]any)["resourceVersion"] = version
		h.object["spec"].(map[string]any)["minAvailable"] = minAvailable
	}
	h.object["status"] = map[string]any{"currentHealthy": int64(3)}
	touch("8", 3)
	_, err = fixer.Apply(t.Context(), preview)
	var refused *Refused
	if !errors.As(err, &refused) || !refused.Conflict || refused.Reason != "changed since it was previewed: spec.minAvailable was 2, is 3" {
		t.Errorf("applied to another object than was shown: %v", err)
	}
	var stale *Stale
	if _, err := fixer.Preview(t.Context(), change); !errors.As(err, &stale) {
		t.Errorf("previewed for another object than was judged: %v", err)
	}
	if entries, err := fixer.Journal.Entries(); err != nil || len(entries) != 0 {
		t.Errorf("the journal holds what was refused: %v, %v", entries, err)
	}
	touch("9", 2) // and back: only the status and the version are others
	if _, err := fixer.Apply(t.Context(), preview); err != nil {
		t.Error(err)
	}
}

// TestBookkeeping: what a controller notes down in an annotation between the
// preview and the write is no change of somebody's, and no part of the fix.
func TestBookkeeping(t *testing.T) {
	h, fixer, change := newTest(t)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	meta := h.object["metadata"].(map[string]any)
	noted := map[string]any{"deployment.kubernetes.io/revision": "1"}
	meta["resourceVersion"], meta["annotations"] = "8", noted
	entry, err := fixer.Apply(t.Context(), preview)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range entry.Fields {
		if field.Path[0] != "spec" {
			t.Errorf("the journal holds %s", field.Path)
		}
	}
	if _, err := fixer.Undo(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(noted, h.object["metadata"].(map[string]any)["annotations"]); diff != "" {
		t.Error(diff)
	}
}

// TestUndoBesideOthers: what others wrote since into a mapping that the fix made
// stays, and empty mappings that a controller filled in do not.
func TestUndoBesideOthers(t *testing.T) {
	for name, c := range map[string]struct {
		write func(advanced map[string]any)
		left  any
	}{
		"nothing":         {func(map[string]any) {}, nil},
		"an empty one":    {func(a map[string]any) { a["scalingModifiers"] = map[string]any{"x": map[string]any{}} }, nil},
		"something":       {func(a map[string]any) { a["restore"] = true }, map[string]any{"restore": true}},
		"something below": {func(a map[string]any) { a["config"].(map[string]any)["name"] = "x" }, map[string]any{"config": map[string]any{"name": "x"}}},
	} {
		o, content := parse(t, scaledObjectText)
		h := &held{content}
		fixer := &Fixer{Cluster: h.cluster(), Journal: Journal{Dir: t.TempDir()}, Now: time.Now}
		f := finding("policy", o, checks.Set(300, "spec", "advanced", "config", "window"))
		changes, _ := Plan(nil, []checks.Finding{f})
		preview, err := fixer.Preview(t.Context(), changes[0])
		if err == nil {
			_, err = fixer.Apply(t.Context(), preview)
		}
		if err != nil {
			t.Fatal(err)
		}
		advanced := func() any { return h.object["spec"].(map[string]any)["advanced"] }
		c.write(advanced().(map[string]any))
		if _, err := fixer.Undo(t.Context(), ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.left, advanced()); diff != "" {
			t.Errorf("%s was written: %s", name, diff)
		}
	}
}

func TestUndoRefused(t *testing.T) {
	h, fixer, change := newTest(t)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fixer.Apply(t.Context(), preview); err != nil {
		t.Fatal(err)
	}
	h.object["spec"].(map[string]any)["maxUnavailable"] = "50%"
	_, err = fixer.Undo(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), `spec.maxUnavailable was 1, is "50%"`) {
		t.Errorf("undone over somebody's change: %v", err)
	}
	delete(h.object["spec"].(map[string]any), "maxUnavailable")
	h.object["spec"].(map[string]any)["minAvailable"] = int64(2)
	undo, err := fixer.PreviewUndo(t.Context(), "")
	if err != nil || !undo.Already {
		t.Errorf("somebody has undone it already: %v", err)
	}
	h.object["metadata"].(map[string]any)["uid"] = "u-2"
	if _, err := fixer.Undo(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "is not there any more") {
		t.Errorf("undone on another object: %v", err)
	}
	fixer.Server = "https://elsewhere"
	if _, err := fixer.Undo(t.Context(), "2026"); err == nil || !strings.Contains(err.Error(), "was applied to https://here") {
		t.Errorf("undone on another cluster: %v", err)
	}
}
