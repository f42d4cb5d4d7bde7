package source

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// liveMeta copies what checks read of metadata, without the field managers.
func liveMeta(o metav1.Object) inventory.Meta {
	m := inventory.Meta{
		Name:              o.GetName(),
		Namespace:         o.GetNamespace(),
		UID:               string(o.GetUID()),
		Labels:            o.GetLabels(),
		Annotations:       o.GetAnnotations(),
		CreationTimestamp: o.GetCreationTimestamp().Time,
		Generation:        o.GetGeneration(),
		ResourceVersion:   o.GetResourceVersion(),
	}
	if deleted := o.GetDeletionTimestamp(); deleted != nil {
		m.DeletionTimestamp = &deleted.Time
	}
	for _, owner := range o.GetOwnerReferences() {
		m.OwnerReferences = append(m.OwnerReferences, inventory.OwnerReference{
			APIVersion: owner.APIVersion, Kind: owner.Kind, Name: owner.Name, UID: string(owner.UID), Controller: owner.Controller,
		})
	}
	return m
}

// keepsManagers says for which kinds it matters who wrote which field. The
// lists are often larger than the object itself.
func keepsManagers(kind inventory.Kind) bool {
	return slices.Contains(inventory.WorkloadKinds(), kind) || slices.Contains(inventory.AutoscalerKinds(), kind)
}

func managers(o metav1.Object) []inventory.ManagedField {
	var all []inventory.ManagedField
	for _, entry := range o.GetManagedFields() {
		field := inventory.ManagedField{Manager: entry.Manager, Operation: string(entry.Operation), Subresource: entry.Subresource}
		if entry.Time != nil {
			field.Time = entry.Time.Time
		}
		if entry.FieldsV1 != nil {
			field.FieldsV1 = entry.FieldsV1.GetRawBytes()
		}
		all = append(all, field)
	}
	return all
}

// trim drops from a kept object what is large and read by nobody.
func trim(content any) {
	if o, ok := content.(metav1.Object); ok {
		o.SetManagedFields(nil)
		delete(o.GetAnnotations(), corev1.LastAppliedConfigAnnotation)
	}
	switch c := content.(type) {
	case *corev1.Node:
		c.Status.Images, c.Status.VolumesInUse, c.Status.VolumesAttached = nil, nil, nil
	case *corev1.ConfigMap:
		c.BinaryData = nil
	}
}
