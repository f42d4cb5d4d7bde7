package inventory_test

import (
	"errors"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestRead(t *testing.T) {
	for _, test := range []struct {
		name, text string
		ref        string
		err        error
	}{
		{"known", "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: n}\n", "n/Service/s", nil},
		{"unknown kind", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n", "Ingress/i", inventory.ErrUnknownKind},
		{"unknown group", "apiVersion: example.com/v1\nkind: Service\nmetadata: {name: s}\n", "Service/s", inventory.ErrUnknownKind},
		{"retired version, same fields", "apiVersion: autoscaling/v2beta2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n", "HorizontalPodAutoscaler/h", nil},
		{"retired version, other fields", "apiVersion: autoscaling/v2beta1\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n", "HorizontalPodAutoscaler/h", inventory.ErrUnknownVersion},
		{"version to come", "apiVersion: keda.sh/v3\nkind: ScaledObject\nmetadata: {name: s}\n", "ScaledObject/s", inventory.ErrUnknownVersion},
		{"generated name", "apiVersion: v1\nkind: Pod\nmetadata: {generateName: p-}\n", "Pod/", nil},
		{"no name", "apiVersion: v1\nkind: Pod\nmetadata: {}\n", "", inventory.ErrNotAnObject},
		{"no metadata", "apiVersion: v1\nkind: Pod\n", "", inventory.ErrNotAnObject},
		{"no kind", "apiVersion: v1\nmetadata: {name: x}\n", "", inventory.ErrNotAnObject},
		{"no apiVersion", "kind: Pod\nmetadata: {name: x}\n", "", inventory.ErrNotAnObject},
		{"null", "null\n", "", inventory.ErrNotAnObject},
	} {
		t.Run(test.name, func(t *testing.T) {
			node, err := inventory.Document{Text: []byte(test.text), Line: 1}.Parse()
			if err != nil {
				t.Fatal(err)
			}
			o, _, err := inventory.Read(node, "f")
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			if got := ""; o != nil {
				if got = o.Ref.String(); got != test.ref {
					t.Errorf("got %q, want %q", got, test.ref)
				}
			} else if test.ref != "" {
				t.Errorf("no object, want %q", test.ref)
			}
		})
	}
}

func TestHPAVersions(t *testing.T) {
	const spec = "\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}, maxReplicas: 5}\n"
	for _, version := range []string{"autoscaling/v1", "autoscaling/v2", "autoscaling/v2beta2"} {
		node, err := inventory.Document{Text: []byte("apiVersion: " + version + spec), Line: 1}.Parse()
		if err != nil {
			t.Fatal(err)
		}
		o, wrong, err := inventory.Read(node, "f")
		if err != nil || len(wrong) > 0 {
			t.Fatal(err, wrong)
		}
		if o.APIVersion != version || o.Fragment || o.Type != inventory.HorizontalPodAutoscaler {
			t.Errorf("%s: read as %s of %s, fragment %v", version, o.Type, o.APIVersion, o.Fragment)
		}
	}
}
