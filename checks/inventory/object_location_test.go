package inventory_test

import (
	"fmt"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestPathString(t *testing.T) {
	for _, test := range []struct {
		path inventory.Path
		want string
	}{
		{nil, ""},
		{inventory.Path{"spec", "triggers", 0, "metadata", "query"}, "spec.triggers[0].metadata.query"},
		{inventory.Path{"metadata", "annotations", "infscale.dev/ignore"}, "metadata.annotations[infscale.dev/ignore]"},
		{inventory.Path{"data", "config.yaml"}, "data[config.yaml]"},
	} {
		if got := test.path.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestAt(t *testing.T) {
	const text = `# a comment
apiVersion: v1
kind: Service
metadata:
  name: s
  labels: &labels
    app: x
spec:
  selector: *labels
  ports:
  - name: http
    port: 80
  - {name: metrics, port: 81}
`
	objects, _, _ := inventory.Document{Text: []byte(text), Line: 11}.Read("dir/s.yaml")
	o := objects[0]
	for _, test := range []struct {
		path    []any
		at      string
		written bool
	}{
		{nil, "dir/s.yaml:12:1", true},
		{[]any{"spec"}, "dir/s.yaml:18:1", true},
		{[]any{"spec", "ports", 0}, "dir/s.yaml:21:5", true},
		{[]any{"spec", "ports", 0, "port"}, "dir/s.yaml:22:5", true},
		{[]any{"spec", "ports", 1, "port"}, "dir/s.yaml:23:21", true},
		{[]any{"spec", "ports", 2}, "dir/s.yaml:20:3", false},
		{[]any{"spec", "type"}, "dir/s.yaml:18:1", false},
		{[]any{"spec", "ports", "name"}, "dir/s.yaml:20:3", false},
		{[]any{"spec", "selector", "app"}, "dir/s.yaml:17:5", true},
	} {
		at := o.At(test.path...)
		if got := fmt.Sprintf("%s:%d:%d", at.File, at.Line, at.Column); got != test.at {
			t.Errorf("%v is at %s, want %s", test.path, got, test.at)
		}
		if got := o.Written(test.path...); got != test.written {
			t.Errorf("%v written: %v, want %v", test.path, got, test.written)
		}
	}
	live := inventory.FromTyped(inventory.Service, o.Meta, o.Content)
	if at := live.At("spec"); at.Line != 0 || at.File != "" || live.Written("spec") {
		t.Errorf("a cluster's object has a place: %+v", at)
	}
}
