package source

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestParseName(t *testing.T) {
	tests := map[string]string{
		"deploy/vllm":                   "ns/Deployment/vllm",
		"deployment/vllm":               "ns/Deployment/vllm",
		"Deployments.apps/vllm":         "ns/Deployment/vllm",
		"sts/a":                         "ns/StatefulSet/a",
		"lws/a":                         "ns/LeaderWorkerSet/a",
		"isvc/a":                        "ns/InferenceService/a",
		"hpa/a":                         "ns/HorizontalPodAutoscaler/a",
		"so/a":                          "ns/ScaledObject/a",
		"scaledobjects.keda.sh/a":       "ns/ScaledObject/a",
		"nimservices.apps.nvidia.com/a": "ns/NIMService/a",
		"vllm":                          `"vllm": expected TYPE/NAME, such as deployment/vllm`,
		"deploy/":                       `"deploy/": expected TYPE/NAME, such as deployment/vllm`,
		"deploy/a/b":                    `"deploy/a/b": expected TYPE/NAME, such as deployment/vllm`,
		"pod/a":                         `"pod/a": no kind of workload or autoscaler is called "pod"`,
		"deployments.extensions/a":      `"deployments.extensions/a": no kind of workload or autoscaler is called "deployments.extensions"`,
	}
	for text, want := range tests {
		ref, err := ParseName(text, "ns")
		got := ref.String()
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestMergeSelections(t *testing.T) {
	tests := map[string]struct{ have, want []liveSelection }{
		"one label": {
			[]liveSelection{{"a", "app=x", true}, {"a", "app=y", true}, {"b", "app=x", true}, {"a", "app=x", true}},
			[]liveSelection{{"a", "app in (x,y)", true}, {"b", "app=x", true}},
		},
		"the releases of a chart": {
			[]liveSelection{{"a", "instance=m1,name=vllm", true}, {"a", "instance=m2,name=vllm", true}, {"a", "instance=m1,name=router", true}},
			[]liveSelection{{"a", "name=router,instance=m1", true}, {"a", "name=vllm,instance in (m1,m2)", true}},
		},
		"nothing in common": {
			[]liveSelection{{"a", "app=x", true}, {"a", "name=x", true}, {"a", "app=y", false}},
			[]liveSelection{{"a", "app=x", true}, {"a", "name=x", true}, {"a", "app=y", false}},
		},
		"sets": {
			[]liveSelection{{"a", "app in (x,y)", true}, {"a", "app=z", true}, {"a", "!gone", true}},
			[]liveSelection{{"a", "!gone", true}, {"a", "app in (x,y)", true}, {"a", "app=z", true}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := mergeSelections(test.have)
			if name == "the releases of a chart" {
				selectsTheSame(t, got, test.want)
				return
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(liveSelection{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// selectsTheSame compares what the selectors select: which of two labels is
// merged does not matter.
func selectsTheSame(t *testing.T, got, want []liveSelection) {
	t.Helper()
	for _, name := range []string{"vllm", "router"} {
		for _, instance := range []string{"m1", "m2"} {
			set := labels.Set{"name": name, "instance": instance}
			if selects(t, got, set) != selects(t, want, set) {
				t.Errorf("%v: %v, want %v", set, got, want)
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
}

func selects(t *testing.T, all []liveSelection, set labels.Set) bool {
	t.Helper()
	for _, s := range all {
		parsed, err := labels.Parse(s.labels)
		if err != nil {
			t.Fatal(err)
		}
		if parsed.Matches(set) {
			return true
		}
	}
	return false
}

func TestKEDAVersion(t *testing.T) {
	operator := func(name, image string, set map[string]string) *inventory.Object {
		d := &appsv1.Deployment{}
		d.Spec.Template.Spec.Containers = []corev1.Container{{Image: image}}
		return inventory.FromTyped(inventory.Deployment, inventory.Meta{Name: name, Labels: set}, d)
	}
	hpa := func(set map[string]string) *inventory.Object {
		return inventory.FromTyped(inventory.HorizontalPodAutoscaler, inventory.Meta{Name: "x", Labels: set}, nil)
	}
	tests := []struct {
		object *inventory.Object
		want   string
	}{
		{operator("keda-operator", "ghcr.io/kedacore/keda:2.21.0", nil), "2.21.0"},
		{operator("keda-operator", "registry:5000/keda:v2.20.2@sha256:00", nil), "2.20.2"},
		{operator("keda-operator", "keda", map[string]string{labelVersion: "2.19.0"}), "2.19.0"},
		{operator("keda-operator", "registry:5000/keda", nil), ""},
		{operator("keda-operator", "keda:main", nil), ""},
		{operator("shop", "shop:1.2.3", map[string]string{labelVersion: "1.2.3"}), ""},
		{hpa(map[string]string{labelVersion: "2.21.0", labelManagedBy: kedaOperator}), "2.21.0"},
		{hpa(map[string]string{labelVersion: "2.21.0"}), ""},
	}
	for _, test := range tests {
		if got := kedaVersion(test.object); got != test.want {
			t.Errorf("%s: %q, want %q", test.object.Name, got, test.want)
		}
	}
}
