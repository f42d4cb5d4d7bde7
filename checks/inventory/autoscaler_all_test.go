package inventory

import (
	"strings"
	"testing"
)

// world builds a snapshot of manifests, or of a cluster.
func world(t *testing.T, live bool, text string) *Snapshot {
	t.Helper()
	b := NewBuilder()
	for _, doc := range Documents([]byte(text)) {
		objects, stubs, problems := doc.Read("a.yaml")
		for _, p := range problems {
			t.Error(p)
		}
		for _, o := range objects {
			b.Add(o)
		}
		for _, ref := range stubs {
			b.AddStub(ref)
		}
	}
	if live {
		b.Live(Versions{})
	}
	return b.Build()
}

const (
	kserveModel = `{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, metadata: {name: m, namespace: ns, annotations: {serving.kserve.io/deploymentMode: Standard}}, spec: {predictor: {maxReplicas: 4, model: {modelFormat: {name: huggingface}}}}}`
	kservesOwn  = `
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: m-predictor, namespace: ns, ownerReferences: [{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, name: m, controller: true}]}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: m-predictor}, maxReplicas: 4}}`
	handMade = `
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a, namespace: ns}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: m-predictor}, maxReplicas: 4}}`
	kedas = `
---
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s, namespace: ns}, spec: {scaleTargetRef: {name: m-predictor}, triggers: [{type: cpu}]}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: keda-hpa-s, namespace: ns}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: m-predictor}, maxReplicas: 4}}`
)

func TestScalers(t *testing.T) {
	for name, c := range map[string]struct {
		live bool
		text string
		want string
	}{
		"an operator's comes first": {false, kserveModel + handMade, "the autoscaler of InferenceService/m, HorizontalPodAutoscaler/a"},
		"in a cluster it is there":  {true, kserveModel + handMade + kservesOwn, "HorizontalPodAutoscaler/m-predictor, HorizontalPodAutoscaler/a"},
		"in a cluster none is made": {true, kserveModel, ""},
		"KEDA's HPA is left out":    {true, strings.TrimPrefix(kedas, "\n---\n") + handMade, "HorizontalPodAutoscaler/a, ScaledObject/s"},
	} {
		var names []string
		for _, a := range world(t, c.live, c.text).Scalers() {
			names = append(names, a.Short())
			if (a.Workload != nil) != strings.Contains(c.want, "InferenceService") || a.Target.Name != "m-predictor" {
				t.Errorf("%s: %s has the workload %v, the target %s", name, a.Short(), a.Workload, a.Target)
			}
		}
		if got := strings.Join(names, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestHPAName(t *testing.T) {
	for text, want := range map[string]string{
		`{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s}, spec: {scaleTargetRef: {name: m}}}`:                                                                                 "keda-hpa-s",
		`{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s}, spec: {scaleTargetRef: {name: m}, advanced: {horizontalPodAutoscalerConfig: {name: mine}}}}`:                        "mine",
		`{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s}, spec: {scaleTargetRef: {name: m}, advanced: {horizontalPodAutoscalerConfig: {name: new}}}, status: {hpaName: old}}`: "old",
		`{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: m}, maxReplicas: 2}}`:                 "",
	} {
		if got := ReadAutoscaler(oneObject(t, text)).HPAName(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestPausedByAnnotation(t *testing.T) {
	for note, want := range map[string]bool{
		"team: a":                                  false,
		`autoscaling.keda.sh/paused: "true"`:       true,
		`autoscaling.keda.sh/paused: "yes"`:        true,
		`autoscaling.keda.sh/paused: "false"`:      false,
		`autoscaling.keda.sh/paused-replicas: "0"`: true,
	} {
		a := ReadAutoscaler(oneObject(t, "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: s, annotations: {"+note+"}}, spec: {scaleTargetRef: {name: m}}}"))
		if got := a.PausedByAnnotation(); got != want {
			t.Errorf("%s: %t", note, got)
		}
	}
}

func TestOperatorsAutoscalers(t *testing.T) {
	const nim = `{apiVersion: apps.nvidia.com/v1alpha1, kind: NIMService, metadata: {name: m, namespace: ns}, spec: {image: {repository: nvcr.io/nim/meta/llama-3.1-8b-instruct}, scale: {enabled: true, hpa: {minReplicas: 2, maxReplicas: 4}}}}`
	for text, want := range map[string]string{
		kserveModel: "minReplicas 1 (the default), maxReplicas 4, cpu 80",
		strings.Replace(kserveModel, "maxReplicas: 4", "minReplicas: 0, maxReplicas: 4, scaleMetric: cpu, scaleTarget: 60", 1): "minReplicas 1, maxReplicas 4, cpu 60",
		strings.Replace(kserveModel, "maxReplicas: 4", "minReplicas: 3, scaleMetric: memory, scaleTarget: 60", 1):              "minReplicas 3, maxReplicas 3 (the default), memory 60",
		strings.Replace(kserveModel, "maxReplicas: 4", "maxReplicas: 4, autoScaling: {metrics: []}", 1):                        "minReplicas 1 (the default), maxReplicas 4,",
		nim: "minReplicas 2, maxReplicas 4,",
	} {
		all := world(t, false, text).Scalers()
		if len(all) != 1 {
			t.Fatalf("%s: %d autoscalers", text, len(all))
		}
		got := all[0].MinText() + ", " + all[0].MaxText() + ","
		for _, m := range all[0].Metrics {
			got += " " + m.Name + " " + m.TargetText
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestOtherScalers(t *testing.T) {
	for kind, want := range map[string]bool{
		"autoscaling.aibrix.ai/v1alpha1/PodAutoscaler": true,
		"llmd.ai/v1alpha1/VariantAutoscaling":          true,
		"http.keda.sh/v1alpha1/HTTPScaledObject":       true,
		"autoscaling.karmada.io/v1alpha1/FederatedHPA": true,
		"autoscaling.k8s.io/v1/VerticalPodAutoscaler":  false,
		"example.com/v1/Widget":                        false,
	} {
		at := strings.LastIndex(kind, "/")
		s := world(t, false, "{apiVersion: "+kind[:at]+", kind: "+kind[at+1:]+", metadata: {name: a, namespace: ns}}")
		if got := len(s.OtherScalers()) == 1; got != want {
			t.Errorf("%s: %t", kind, got)
		}
	}
}
