package inventory_test

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestJSONPlaces(t *testing.T) {
	const text = "{\"apiVersion\": \"v1\", \"kind\": \"Service\",\n\t\"metadata\": {\"name\": \"s\"},\n  \"spec\": {\"ports\": [{\"port\": 80},\n    {\"port\": \"eighty\"}]}}"
	objects, _, problems := inventory.Document{Text: []byte(text), Line: 5}.Read("f")
	if len(objects) != 1 || len(problems) != 1 {
		t.Fatalf("objects %v, problems %v", objects, problems)
	}
	if got, want := problems[0].Error(), `f:8:14: spec.ports[1].port: must be a whole number, found the string "eighty"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	at := objects[0].At("spec", "ports", 0, "port")
	if got := fmt.Sprintf("%d:%d", at.Line, at.Column); got != "7:23" {
		t.Errorf("the port is at %s, want 7:23", got)
	}
}

func TestFlowYAMLIsNoJSON(t *testing.T) {
	o, problems := read(t, "{apiVersion: v1, kind: Service, # a comment\n metadata: {name: s}, spec: {ports: [{port: 80}],}}\n")
	if o == nil || len(problems) > 0 || inventory.As[corev1.Service](o).Spec.Ports[0].Port != 80 {
		t.Errorf("object %v, problems %q", o, problems)
	}
}
