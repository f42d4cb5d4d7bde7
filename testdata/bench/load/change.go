package load

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Where the Service of a Prometheus is, and its port.
const (
	PrometheusNamespace = "monitoring"
	PrometheusName      = "prometheus"
	PrometheusPort      = 9090
)

// Prometheus makes a Service as the operator of Prometheus does; nothing is behind
// it.
func (c *Client) Prometheus(ctx context.Context) error {
	if err := c.namespace(ctx, PrometheusNamespace); err != nil {
		return err
	}
	return create(ctx, c.core, "services", &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: PrometheusNamespace, Name: PrometheusName, Labels: map[string]string{"operated-prometheus": "true"}},
		Spec:       corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Ports: []corev1.ServicePort{{Name: "web", Port: PrometheusPort}}},
	})
}

// Touch changes an inference workload, one after the other with a rising i.
func (c *Client) Touch(ctx context.Context, s Size, i int) error {
	w := s.workload(i % s.Inference)
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"infscale-bench/touched":"%d"}}}`, i)
	err := c.apps.Patch(types.MergePatchType).Namespace(w.namespace).Resource("deployments").Name(w.name).Body(patch).Do(ctx).Error()
	if err != nil {
		return fmt.Errorf("touch Deployment %s/%s: %w", w.namespace, w.name, err)
	}
	return nil
}
