package fix

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestOwners(t *testing.T) {
	const item = `{"f:spec":{"f:containers":{"k:{\"name\":\"vllm\"}":{".":{},"f:image":{}}}}}`
	content := Content{"spec": map[string]any{"containers": []any{
		map[string]any{"name": "proxy", "image": "envoy"}, map[string]any{"name": "vllm", "image": "vllm"},
	}}}
	for _, c := range []struct {
		fields string
		path   inventory.Path
		want   bool
	}{
		{`{"f:spec":{"f:replicas":{}}}`, inventory.Path{"spec", "replicas"}, true},
		{`{"f:spec":{"f:replicas":{}}}`, inventory.Path{"spec", "paused"}, false},
		{`{"f:spec":{"f:triggers":{}}}`, inventory.Path{"spec", "triggers", 3, "metadata"}, true}, // a list with one owner
		{`{"f:spec":{"f:selector":{"f:a":{}}}}`, inventory.Path{"spec", "selector"}, true},        // a part of it
		{item, inventory.Path{"spec", "containers", 1, "image"}, true},
		{item, inventory.Path{"spec", "containers", 0, "image"}, false},
		{item, inventory.Path{"spec", "containers", 1, "args"}, false},
		{`no JSON`, inventory.Path{"spec"}, false},
	} {
		if got := (manager{FieldsV1: []byte(c.fields)}).owns(content, c.path); got != c.want {
			t.Errorf("%s owns %s: %v", c.fields, c.path, got)
		}
	}
	if (manager{Subresource: "status", FieldsV1: []byte(`{"f:spec":{}}`)}).owns(content, inventory.Path{"spec"}) {
		t.Error("what is written through a subresource counts")
	}
}

func TestHeldBy(t *testing.T) {
	edits := []checks.Edit{checks.Set(1, "spec", "x")}
	with := func(key string, value any) Content { return Content{"metadata": map[string]any{key: value}} }
	writer := func(name string) Content {
		return with("managedFields", []any{map[string]any{"manager": name, "operation": "Update", "fieldsV1": map[string]any{"f:spec": map[string]any{"f:x": map[string]any{}}}}})
	}
	for _, c := range []struct {
		content Content
		want    string
	}{
		{Content{}, ""},
		{writer("kubectl-client-side-apply"), ""},
		{writer("kubectl-set"), ""},
		{writer("k9s"), ""},
		{writer(Manager), ""},
		{writer("helm"), "helm owns it and may take changes back: put the patch where it reads from"},
		{writer("some-operator"), "some-operator wrote spec.x and is no tool of people's that is known here: it may write it again"},
		{with("labels", map[string]any{"app.kubernetes.io/managed-by": "me"}), ""},
		{with("labels", map[string]any{"helm.toolkit.fluxcd.io/name": "shop"}), "Flux (helm.toolkit.fluxcd.io/name: shop) owns it and may take changes back: put the patch where it reads from"},
		{with("ownerReferences", []any{map[string]any{"kind": "ScaledObject", "name": "a"}}), ""},
		{with("ownerReferences", []any{map[string]any{"kind": "ScaledObject", "name": "a", "controller": true}}), "ScaledObject/a generates it and may take changes back: make the change there"},
	} {
		if got := heldBy(c.content, edits); got != c.want {
			t.Errorf("%v:\n got %q\nwant %q", c.content, got, c.want)
		}
	}
}

// TestRefusals: a server's no is passed on in its own words, and told from a
// webhook that could not judge.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		code      int
		body      string
		reason    string
		conflict  bool
		undecided bool
	}{
		{422, `{"apiVersion":"v1","kind":"Status","status":"Failure","message":"spec.x: Invalid value","reason":"Invalid","code":422}`, "spec.x: Invalid value", false, false},
		{422, `{"apiVersion":"v1","kind":"Status","status":"Failure","message":"the server rejected our request due to an error in our request","reason":"Invalid","code":422}`, "the server rejected our request due to an error in our request", true, false},
		{409, `{"apiVersion":"v1","kind":"Status","status":"Failure","message":"the object has been modified","reason":"Conflict","code":409}`, "the object has been modified", true, false},
		{400, `{"apiVersion":"v1","kind":"Status","status":"Failure","message":"admission webhook \"w\" does not support dry run","reason":"BadRequest","code":400}`, `admission webhook "w" does not support dry run`, false, true},
		{403, `{"apiVersion":"v1","kind":"Status","status":"Failure","message":"admission webhook \"w\" denied the request: no","reason":"Forbidden","code":403}`, `admission webhook "w" denied the request: no`, false, false},
		{500, `{"apiVersion":"v1","kind":"Status","status":"Failure","message":"failed calling webhook \"w\": refused","reason":"InternalError","code":500}`, `failed calling webhook "w": refused`, false, true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(c.code)
			_, _ = w.Write([]byte(c.body))
		}))
		cluster, err := NewCluster(&rest.Config{Host: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		o, _ := parse(t, scaledObjectText)
		_, err = cluster.Patch(context.Background(), TargetOf(o), Patch{JSONPatch, []byte("[]")}, true)
		refused, ok := err.(*Refused)
		if !ok || refused.Reason != c.reason || refused.Conflict != c.conflict || refused.Undecided != c.undecided {
			t.Errorf("%d: %+v", c.code, err)
		}
		server.Close()
	}
}

// TestFailures: of a write that the server failed at nobody knows whether it came
// to be. It stays in the journal as announced, for the next run to find out; a
// dry run that failed has told nothing.
func TestFailures(t *testing.T) {
	for body, told := range map[string]bool{
		`{"apiVersion":"v1","kind":"Status","status":"Failure","message":"Timeout: request did not complete within requested timeout","reason":"Timeout","code":504}`: false,
		`{"apiVersion":"v1","kind":"Status","status":"Failure","message":"etcdserver: request timed out","reason":"InternalError","code":500}`:                        false,
		`<html>bad gateway</html>`: false,
		`{"apiVersion":"v1","kind":"Status","status":"Failure","message":"Internal error occurred: failed calling webhook \"w\": refused","reason":"InternalError","code":500}`: true,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte(body))
		}))
		cluster, err := NewCluster(&rest.Config{Host: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		h, fixer, change := newTest(t)
		preview, err := fixer.Preview(t.Context(), change)
		if err != nil {
			t.Fatal(err)
		}
		var refused *Refused
		patch := Patch{JSONPatch, []byte("[]")}
		if _, err := cluster.Patch(t.Context(), preview.target(), patch, true); !errors.As(err, &refused) || !refused.Undecided {
			t.Errorf("a dry run: %v", err)
		}
		fixer.Cluster.Patch = cluster.Patch
		if _, err = fixer.Apply(t.Context(), preview); errors.As(err, &refused) != told {
			t.Errorf("%s: %v", body, err)
		}
		h.object = preview.After // it had come to be
		entries, err := fixer.Journal.Entries()
		if err != nil || len(entries) == 1 == told {
			t.Errorf("%s: in the journal: %v, %v", body, entries, err)
		}
		if !told {
			if _, err := fixer.Reconcile(t.Context()); err != nil {
				t.Error(err)
			}
			if entries, err = fixer.Journal.Entries(); err != nil || len(entries) != 1 || entries[0].State != Applied {
				t.Errorf("%s: after the next look: %v, %v", body, entries, err)
			}
		}
		server.Close()
	}
}
