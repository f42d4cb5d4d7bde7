package inventory

import (
	"time"

	"go.yaml.in/yaml/v3"
)

// Object is one object of a known kind, with where it came from.
type Object struct {
	Ref
	Type       Kind
	APIVersion string
	Meta       Meta
	// Content is a pointer to what KindInfo.New made: *appsv1.Deployment,
	// *ScaledObjectContent, … Use [As] to reach it.
	Content any
	// File is where a manifest was read; empty for a cluster's object.
	File string
	// Fragment marks a manifest that is a patch of something (a kustomize
	// overlay): nothing in it may be called missing and no rate or count of
	// it is judged.
	Fragment bool

	root *yaml.Node
}

// Meta is the part of metadata that checks read.
type Meta struct {
	Name              string            `json:"name,omitempty"`
	Namespace         string            `json:"namespace,omitempty"`
	UID               string            `json:"uid,omitempty"`
	Labels            map[string]string `json:"labels,omitempty"`
	Annotations       map[string]string `json:"annotations,omitempty"`
	CreationTimestamp time.Time         `json:"creationTimestamp,omitzero"`
	DeletionTimestamp *time.Time        `json:"deletionTimestamp,omitempty"`
	Generation        int64             `json:"generation,omitempty"`
	ResourceVersion   string            `json:"resourceVersion,omitempty"`
	OwnerReferences   []OwnerReference  `json:"ownerReferences,omitempty"`
	ManagedFields     []ManagedField    `json:"managedFields,omitempty"`
}

// OwnerReference is metadata.ownerReferences[i].
type OwnerReference struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
	Controller *bool  `json:"controller,omitempty"`
}

// ManagedField says which manager last wrote which fields, by the paths of
// its FieldsV1 set.
type ManagedField struct {
	Manager     string    `json:"manager"`
	Operation   string    `json:"operation,omitempty"`
	Subresource string    `json:"subresource,omitempty"`
	Time        time.Time `json:"time,omitzero"`
	FieldsV1    RawField  `json:"fieldsV1,omitempty"`
}

// RawField is a FieldsV1 set, kept as JSON.
type RawField []byte

// UnmarshalJSON keeps the bytes.
func (f *RawField) UnmarshalJSON(b []byte) error { *f = append((*f)[:0], b...); return nil }

// MarshalJSON gives them back.
func (f RawField) MarshalJSON() ([]byte, error) {
	if len(f) == 0 {
		return []byte("null"), nil
	}
	return f, nil
}

// As returns the content of o as T, or nil when it is something else.
func As[T any](o *Object) *T {
	if o == nil {
		return nil
	}
	v, _ := o.Content.(*T)
	return v
}

// Age is how long ago the object was created, and false when nobody knows
// (a manifest has no creation time).
func (o *Object) Age(now time.Time) (time.Duration, bool) {
	if o.Meta.CreationTimestamp.IsZero() {
		return 0, false
	}
	return now.Sub(o.Meta.CreationTimestamp), true
}

// Controller returns the owner that controls the object.
func (o *Object) Controller() (OwnerReference, bool) {
	for _, owner := range o.Meta.OwnerReferences {
		if owner.Controller != nil && *owner.Controller {
			return owner, true
		}
	}
	return OwnerReference{}, false
}

// Root is the manifest's document, for sources and fixes that need its bytes'
// places; nil for a cluster's object.
func (o *Object) Root() *yaml.Node { return o.root }
