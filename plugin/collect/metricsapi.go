package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// APIAnswer is what a metrics API answers to the HPA controller for one metric,
// in thousandths as the controller reads it.
type APIAnswer struct {
	// Path is what was asked, for kubectl get --raw.
	Path string
	// Sum is of all items, PerPod by the pod's name for Pods metrics.
	Sum    int64
	PerPod map[string]int64
	Items  int
	At     time.Time
}

// MetricPath is what the HPA controller asks for a metric; empty for Resource
// metrics, which are read in another way. The selector is of the target's pods.
// Names are escaped: whoever makes an HPA may put a quotation mark into one, and
// people paste the path into a shell.
func MetricPath(namespace string, m autoscalingv2.MetricSpec, pods *metav1.LabelSelector) string {
	const custom = "/apis/" + inventory.CustomMetricsAPI + "/v1beta1/namespaces/"
	query := func(key string, selector *metav1.LabelSelector, into url.Values) {
		if selector != nil {
			into.Set(key, metav1.FormatLabelSelector(selector))
		}
	}
	values := url.Values{}
	var path string
	switch {
	case m.External != nil:
		path = "/apis/" + inventory.ExternalMetricsAPI + "/v1beta1/namespaces/" + namespace + "/" + url.PathEscape(m.External.Metric.Name)
		query("labelSelector", m.External.Metric.Selector, values)
	case m.Pods != nil:
		path = custom + namespace + "/pods/*/" + url.PathEscape(m.Pods.Metric.Name)
		query("labelSelector", pods, values)
		query("metricLabelSelector", m.Pods.Metric.Selector, values)
	case m.Object != nil:
		path = custom + namespace + "/" + objectResource(m.Object.DescribedObject) + "/" + url.PathEscape(m.Object.Metric.Name)
		if m.Object.DescribedObject.Kind == "Namespace" {
			path = custom + url.PathEscape(m.Object.DescribedObject.Name) + "/metrics/" + url.PathEscape(m.Object.Metric.Name)
		}
		query("metricLabelSelector", m.Object.Metric.Selector, values)
	default:
		return ""
	}
	if len(values) > 0 {
		path += "?" + values.Encode()
	}
	return path
}

// objectResource writes an object as the custom metrics API has it. Plurals are
// regular among what has metrics.
func objectResource(of autoscalingv2.CrossVersionObjectReference) string {
	resource := strings.ToLower(of.Kind) + "s"
	if strings.HasSuffix(of.Kind, "s") {
		resource = strings.ToLower(of.Kind) + "es"
	}
	if group := inventory.GroupOf(of.APIVersion); group != "" {
		resource += "." + group
	}
	return url.PathEscape(resource) + "/" + url.PathEscape(of.Name)
}

// Metric asks a metrics API for what the controller asks it.
func (a *APIServer) Metric(ctx context.Context, path string) (APIAnswer, error) {
	answer := APIAnswer{Path: path, PerPod: map[string]int64{}}
	plain, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return answer, err
	}
	body, err := a.Get(ctx, plain, values)
	if err != nil {
		return answer, err
	}
	var list struct {
		Items []struct {
			DescribedObject struct{ Kind, Name string } `json:"describedObject"`
			Timestamp       metav1.Time                 `json:"timestamp"`
			Value           resource.Quantity           `json:"value"`
		} `json:"items"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return answer, fmt.Errorf("undecodable answer: %s", firstLine(err.Error()))
	}
	if len(list.Items) == 0 {
		return answer, errors.New("no values in the answer")
	}
	for _, item := range list.Items {
		value := item.Value.MilliValue()
		answer.Sum += value
		answer.Items++
		answer.At = item.Timestamp.Time
		if item.DescribedObject.Kind == inventory.Pod.String() {
			answer.PerPod[item.DescribedObject.Name] = value
		}
	}
	return answer, nil
}
