package load

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/testdata/bench/parallel"
)

const pageSize = 500

// query is one LIST, in pages.
type query struct {
	from                          rest.Interface
	resource, namespace, selector string
	page                          func() runtime.Object // an empty list to decode into
}

// Counts is how many objects of each resource were read, in the order of
// Resources.
type Counts struct {
	Resources []string
	Objects   map[string]int
}

func (c Counts) String() string {
	var b strings.Builder
	for i, r := range c.Resources {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%d %s", c.Objects[r], r)
	}
	return b.String()
}

// List is the bound that doctor is measured against: the kinds it reads, side
// by side, as protobuf, in pages that are dropped on arrival; of the pods only
// those of the inference workloads, whose selectors are known beforehand here.
func (c *Client) List(ctx context.Context, s Size) (Counts, error) {
	queries := c.queries(s)
	found := make([]int, len(queries))
	err := parallel.Each(ctx, len(queries), len(queries), func(ctx context.Context, _, i int) (err error) {
		found[i], err = queries[i].count(ctx)
		return err
	})
	counts := Counts{Objects: map[string]int{}}
	for i, q := range queries {
		if _, known := counts.Objects[q.resource]; !known {
			counts.Resources = append(counts.Resources, q.resource)
		}
		counts.Objects[q.resource] += found[i]
	}
	return counts, err
}

func (c *Client) queries(s Size) []query {
	queries := []query{
		{from: c.apps, resource: "deployments", page: func() runtime.Object { return &appsv1.DeploymentList{} }},
		{from: c.autoscaling, resource: "horizontalpodautoscalers", page: func() runtime.Object { return &autoscalingv2.HorizontalPodAutoscalerList{} }},
		{from: c.policy, resource: "poddisruptionbudgets", page: func() runtime.Object { return &policyv1.PodDisruptionBudgetList{} }},
		{from: c.core, resource: "nodes", page: func() runtime.Object { return &corev1.NodeList{} }},
		{from: c.core, resource: "services", page: func() runtime.Object { return &corev1.ServiceList{} }},
		{from: c.core, resource: "persistentvolumeclaims", page: func() runtime.Object { return &corev1.PersistentVolumeClaimList{} }},
	}
	for i := range min(inferenceSpaces, s.Inference) {
		queries = append(queries, query{
			from: c.core, resource: "pods", namespace: inferenceNamespace(i), selector: s.podSelector(i),
			page: func() runtime.Object { return &corev1.PodList{} },
		})
	}
	return queries
}

// podSelector selects the pods of all inference workloads of one namespace, so
// that a namespace costs one request.
func (s Size) podSelector(namespace int) string {
	var names []string
	for i := namespace; i < s.Inference; i += inferenceSpaces {
		names = append(names, s.workload(i).name)
	}
	return "app in (" + strings.Join(names, ",") + ")"
}

func (q query) count(ctx context.Context) (n int, err error) {
	options := metav1.ListOptions{Limit: pageSize, LabelSelector: q.selector}
	for {
		page := q.page()
		err := q.from.Get().NamespaceIfScoped(q.namespace, q.namespace != "").Resource(q.resource).
			VersionedParams(&options, scheme.ParameterCodec).Do(ctx).Into(page)
		if err != nil {
			return n, fmt.Errorf("list %s: %w", q.resource, err)
		}
		n += apimeta.LenList(page)
		list, err := apimeta.ListAccessor(page)
		if err != nil {
			return n, err
		}
		if options.Continue = list.GetContinue(); options.Continue == "" {
			return n, nil
		}
	}
}
