package load

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/testdata/bench/parallel"
)

// writers is how many requests are under way at once: enough to keep a server
// on a few processors busy, few enough to stay below its limits.
const writers = 64

// object is what every API type is, by pointer.
type object interface {
	runtime.Object
	metav1.Object
}

// Fill makes the whole load in an empty cluster. Nobody else is at work in it:
// no controller, so that every status has to be written here, and no object
// changes afterwards.
func (c *Client) Fill(ctx context.Context, s Size) error {
	if err := s.Check(); err != nil {
		return err
	}
	if err := c.refuseClusterInUse(ctx); err != nil {
		return err
	}
	names := s.namespaces()
	err := parallel.Each(ctx, writers, len(names), func(ctx context.Context, _, i int) error { return c.namespace(ctx, names[i]) })
	if err != nil {
		return err
	}
	if err := parallel.Each(ctx, writers, s.Nodes, func(ctx context.Context, _, i int) error { return c.node(ctx, s, i) }); err != nil {
		return err
	}
	return parallel.Each(ctx, writers, s.Deployments, func(ctx context.Context, _, i int) error { return c.workload(ctx, s, s.workload(i)) })
}

// refuseClusterInUse keeps thousands of objects out of a cluster that somebody
// needs: a fresh one without nodes is asked for.
func (c *Client) refuseClusterInUse(ctx context.Context) error {
	var nodes corev1.NodeList
	err := c.core.Get().Resource("nodes").VersionedParams(&metav1.ListOptions{Limit: 1}, scheme.ParameterCodec).Do(ctx).Into(&nodes)
	if err == nil && len(nodes.Items) > 0 {
		return fmt.Errorf("the cluster has nodes already: refusing to fill anything but a fresh cluster")
	}
	return err
}

// namespace comes with the service account that a controller would add: no pod
// is admitted without it.
func (c *Client) namespace(ctx context.Context, name string) error {
	if err := create(ctx, c.core, "namespaces", &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
		return err
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: name}}
	if err := create(ctx, c.core, "serviceaccounts", account); !apierrors.IsAlreadyExists(err) {
		return err
	}
	return nil
}

func (c *Client) node(ctx context.Context, s Size, i int) error {
	n := node(s, i)
	if err := create(ctx, c.core, "nodes", n); err != nil {
		return err
	}
	n.Spec.Taints = taints(s, i)
	return update(ctx, c.core, "nodes", "", n)
}

func (c *Client) workload(ctx context.Context, s Size, w workload) error {
	d := deployment(w)
	err := settle(ctx, c.apps, "deployments", d, func() { d.Status = deploymentStatus(d) })
	if err != nil {
		return err
	}
	r := replicaSet(w, d)
	if err := settle(ctx, c.apps, "replicasets", r, func() { r.Status = replicaSetStatus(r) }); err != nil {
		return err
	}
	for i := range s.PodsPer {
		p := pod(s, w, r, i)
		if err := settle(ctx, c.core, "pods", p, func() { p.Status = running(p, w.index*s.PodsPer+i) }); err != nil {
			return err
		}
	}
	if err := create(ctx, c.core, "services", service(w)); err != nil {
		return err
	}
	return c.neighbours(ctx, s, w)
}

// neighbours are what only some workloads have.
func (c *Client) neighbours(ctx context.Context, s Size, w workload) error {
	if w.inference {
		p := claim(w)
		if err := settle(ctx, c.core, "persistentvolumeclaims", p, func() { p.Status = claimStatus(p) }); err != nil {
			return err
		}
	}
	if !w.scaled(s) {
		return nil
	}
	h := autoscaler(w)
	if err := settle(ctx, c.autoscaling, "horizontalpodautoscalers", h, func() { h.Status = autoscalerStatus(w, h) }); err != nil {
		return err
	}
	b := budget(w)
	return settle(ctx, c.policy, "poddisruptionbudgets", b, func() { b.Status = budgetStatus(w, b) })
}

// settle creates an object and then writes the status that report sets: the
// server drops a status that comes with the creation.
func settle(ctx context.Context, to rest.Interface, resource string, o object, report func()) error {
	if err := create(ctx, to, resource, o); err != nil {
		return err
	}
	report()
	return update(ctx, to, resource, "status", o)
}

// create leaves in o what the server made of it: its UID and version.
func create(ctx context.Context, to rest.Interface, resource string, o object) error {
	err := to.Post().NamespaceIfScoped(o.GetNamespace(), o.GetNamespace() != "").Resource(resource).Body(o).Do(ctx).Into(o)
	if err != nil {
		return fmt.Errorf("create %s %s/%s: %w", resource, o.GetNamespace(), o.GetName(), err)
	}
	return nil
}

func update(ctx context.Context, to rest.Interface, resource, subresource string, o object) error {
	put := to.Put().NamespaceIfScoped(o.GetNamespace(), o.GetNamespace() != "").Resource(resource).Name(o.GetName())
	if subresource != "" {
		put = put.SubResource(subresource)
	}
	if err := put.Body(o).Do(ctx).Error(); err != nil {
		return fmt.Errorf("update %s %s/%s: %w", resource, o.GetNamespace(), o.GetName(), err)
	}
	return nil
}
