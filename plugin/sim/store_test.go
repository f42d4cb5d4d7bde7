package sim

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// edited is the object with a text in its JSON replaced.
func edited(t *testing.T, w *World, ref inventory.Ref, old, new string) json.RawMessage {
	t.Helper()
	text, err := w.Get(ref)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), old, new, 1)
	if changed == string(text) {
		t.Fatalf("%s has no %s", text, old)
	}
	return json.RawMessage(changed)
}

func TestPut(t *testing.T) {
	w := demo(t)
	stale, err := w.Get(llamas)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Put(llamas, edited(t, w, llamas, `"maxReplicaCount":8`, `"maxReplicaCount":3`)); err != nil {
		t.Fatal(err)
	}
	for range 40 {
		next(t, w)
	}
	if got := w.fleetOf(llama).spec; got != 3 {
		t.Errorf("%d replicas at lunch, and the maximum is 3", got)
	}
	for name, c := range map[string]struct {
		ref  inventory.Ref
		text json.RawMessage
		want string
	}{
		"stale":          {llamas, stale, "has been modified"},
		"another name":   {llamas, edited(t, w, llamas, `"name":"vllm-scaledobject"`, `"name":"other"`), "is called inference/ScaledObject/other"},
		"below":          {llamas, edited(t, w, llamas, `"minReplicaCount":2`, `"minReplicaCount":4`), "spec.maxReplicaCount: 3 is below the minimum of 4"},
		"a wrong type":   {llamas, edited(t, w, llamas, `"minReplicaCount":2`, `"minReplicaCount":"two"`), "minReplicaCount"},
		"no JSON":        {llamas, json.RawMessage("{"), "unexpected end"},
		"a pod":          {inventory.Ref{Kind: "Pod", Namespace: "inference", Name: "x"}, json.RawMessage(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","namespace":"inference"}}`), "own"},
		"an unread kind": {inventory.Ref{Group: "x.y", Kind: "Z", Name: "z"}, json.RawMessage(`{"apiVersion":"x.y/v1","kind":"Z","metadata":{"name":"z"}}`), "not an object of a kind that is read"},
	} {
		if err := w.Put(c.ref, c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := w.Put(llamas, stale); !errors.Is(err, ErrConflict) {
		t.Errorf("%v is no conflict", err)
	}
}

// A changed pod template rolls out, and the new pods load.
func TestRollout(t *testing.T) {
	w := demo(t)
	next(t, w)
	f := w.fleetOf(llama)
	before := f.revision
	if err := w.Put(llama, edited(t, w, llama, "--max-model-len=8192", "--max-model-len=4096")); err != nil {
		t.Fatal(err)
	}
	least := len(f.pods)
	for range 30 {
		next(t, w)
		_, _, ready := f.count(w.now)
		least = min(least, ready)
	}
	current, old, ready := f.count(w.now)
	if f.revision == before || old > 0 || current != int(f.spec) || ready == 0 {
		t.Errorf("after the rollout %d new, %d old, %d ready of %d", current, old, ready, f.spec)
	}
	if least < 2 { // 2 replicas, and a quarter of them rounded down may be gone
		t.Errorf("only %d were ready during the rollout", least)
	}
}

func TestCreateAndDelete(t *testing.T) {
	w := demo(t)
	budget := inventory.Ref{Group: "policy", Kind: "PodDisruptionBudget", Namespace: "chat", Name: "gemma"}
	if err := w.Put(budget, json.RawMessage(`{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"gemma","namespace":"chat"},"spec":{"maxUnavailable":1,"selector":{"matchLabels":{"app":"vllm-gemma"}}}}`)); err != nil {
		t.Fatal(err)
	}
	if o, there := next(t, w).Objects.Find(budget); there != inventory.Present || o.Meta.UID == "" {
		t.Error("the budget is not there")
	}
	if err := w.Delete(budget, "another"); !errors.Is(err, ErrConflict) {
		t.Errorf("deleted by a wrong UID: %v", err)
	}
	if err := w.Delete(budget, ""); err != nil {
		t.Error(err)
	}
	if err := w.Delete(llamas, ""); err != nil { // its HPA goes with it
		t.Error(err)
	}
	for _, o := range next(t, w).Objects.List(inventory.HorizontalPodAutoscaler) {
		if strings.Contains(o.Name, "scaledobject") {
			t.Errorf("%s is still there", o.Ref)
		}
	}
	if _, err := w.Get(llamas); err == nil {
		t.Error("the ScaledObject is still there")
	}
}
