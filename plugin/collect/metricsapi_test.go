package collect

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestMetricPath(t *testing.T) {
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"scaledobject.keda.sh/name": "vllm"}}
	pods := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "vllm"}}
	named := func(name string) autoscalingv2.MetricIdentifier { return autoscalingv2.MetricIdentifier{Name: name} }
	object := func(kind, apiVersion string) autoscalingv2.MetricSpec {
		return autoscalingv2.MetricSpec{Object: &autoscalingv2.ObjectMetricSource{
			DescribedObject: autoscalingv2.CrossVersionObjectReference{Kind: kind, APIVersion: apiVersion, Name: "x"}, Metric: named("queue"),
		}}
	}
	for want, m := range map[string]autoscalingv2.MetricSpec{
		"/apis/external.metrics.k8s.io/v1beta1/namespaces/a/s0-prometheus?labelSelector=scaledobject.keda.sh%2Fname%3Dvllm": {
			External: &autoscalingv2.ExternalMetricSource{Metric: autoscalingv2.MetricIdentifier{Name: "s0-prometheus", Selector: selector}},
		},
		"/apis/custom.metrics.k8s.io/v1beta1/namespaces/a/pods/*/waiting?labelSelector=app%3Dvllm": {
			Pods: &autoscalingv2.PodsMetricSource{Metric: named("waiting")},
		},
		"/apis/custom.metrics.k8s.io/v1beta1/namespaces/a/services/x/queue":                    object("Service", "v1"),
		"/apis/custom.metrics.k8s.io/v1beta1/namespaces/a/ingresses.networking.k8s.io/x/queue": object("Ingress", "networking.k8s.io/v1"),
		"/apis/custom.metrics.k8s.io/v1beta1/namespaces/x/metrics/queue":                       object("Namespace", "v1"),
		"/apis/external.metrics.k8s.io/v1beta1/namespaces/a/x%27%3B%20rm%20-rf%20~": {
			External: &autoscalingv2.ExternalMetricSource{Metric: named("x'; rm -rf ~")},
		},
		"/apis/custom.metrics.k8s.io/v1beta1/namespaces/a/pods/*/vllm:waiting%27?labelSelector=app%3Dvllm": {
			Pods: &autoscalingv2.PodsMetricSource{Metric: named("vllm:waiting'")},
		},
		"": {Resource: &autoscalingv2.ResourceMetricSource{}},
	} {
		if got := MetricPath("a", m, pods); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestMetricOfAnOddName: what is asked for is the name, and not what is written of
// it.
func TestMetricOfAnOddName(t *testing.T) {
	m := autoscalingv2.MetricSpec{External: &autoscalingv2.ExternalMetricSource{Metric: autoscalingv2.MetricIdentifier{Name: "it's 100 ?"}}}
	api := apiServer(t, map[string]http.HandlerFunc{
		"/apis/external.metrics.k8s.io/v1beta1/namespaces/a/it's 100 ?": text(`{"items":[{"value":"7"}]}`),
	})
	if got, err := api.Metric(t.Context(), MetricPath("a", m, nil)); err != nil || got.Sum != 7000 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMetric(t *testing.T) {
	const path = "/apis/custom.metrics.k8s.io/v1beta1/namespaces/a/pods/*/waiting"
	item := `{"describedObject":{"kind":"Pod","name":%q},"timestamp":"2026-01-01T12:00:00Z","value":%q}`
	api := apiServer(t, map[string]http.HandlerFunc{
		path: func(w http.ResponseWriter, r *http.Request) {
			if got := r.URL.Query().Get("labelSelector"); got != "app=vllm" {
				t.Errorf("asked with %q", got)
			}
			fmt.Fprintf(w, `{"items":[`+item+`,`+item+`]}`, "a", "1500m", "b", "3")
		},
		"/apis/none":   text(`{"items":[]}`),
		"/apis/broken": text(`{"items":`),
	})
	got, err := api.Metric(context.Background(), path+"?labelSelector=app%3Dvllm")
	if err != nil || got.Sum != 4500 || got.Items != 2 || got.PerPod["a"] != 1500 || got.PerPod["b"] != 3000 || !got.At.Equal(noon) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, path := range []string{"/apis/none", "/apis/broken", "/apis/missing"} {
		if got, err := api.Metric(context.Background(), path); err == nil {
			t.Errorf("%s: %+v", path, got)
		}
	}
}
