package inventory

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Errors that Read returns for documents that it does not decode.
var (
	ErrNotAnObject    = errors.New("not a Kubernetes object: apiVersion, kind and metadata.name are needed")
	ErrUnknownKind    = errors.New("not a kind that is read")
	ErrUnknownVersion = errors.New("not a version that is read")
)

// head is what every object has.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   Meta   `json:"metadata"`
}

// Read decodes one YAML or JSON document. A document of a kind that checks do
// not read, or of a version whose fields are others, comes back with its Ref
// and Meta and ErrUnknownKind or ErrUnknownVersion. Fields that do not fit
// their type are left out and reported beside the object.
func Read(doc *yaml.Node, file string) (*Object, []FieldError, error) {
	node := resolve(doc)
	if node.Kind != yaml.MappingNode {
		return nil, nil, fmt.Errorf("%w (found %s)", ErrNotAnObject, describe(node))
	}
	var h head
	errs := decodeInto(node, &h)
	o := &Object{
		Ref:        Ref{Group: GroupOf(h.APIVersion), Kind: h.Kind, Namespace: h.Metadata.Namespace, Name: h.Metadata.Name},
		APIVersion: h.APIVersion,
		Meta:       h.Metadata,
		File:       file,
		root:       node,
	}
	if h.APIVersion == "" || h.Kind == "" {
		return nil, errs, ErrNotAnObject
	}
	kind, known := KindOf(h.APIVersion, h.Kind)
	if !known {
		return o, nil, ErrUnknownKind
	}
	if !kind.reads(version(h.APIVersion)) {
		if slices.Contains(unfoldedKinds[:], kind) {
			return o, nil, ErrUnknownKind // its operator's business, see Unfolded
		}
		versions := strings.Join(kind.Info().Versions, " and ")
		return o, nil, fmt.Errorf("apiVersion %s of %s: %w, only %s", shortened(h.APIVersion), o.Ref, ErrUnknownVersion, versions)
	}
	if o.Name == "" && h.Metadata.generateName(node) == "" {
		return nil, errs, fmt.Errorf("%s without metadata.name: %w", o.Kind, ErrNotAnObject)
	}
	o.Type = kind
	o.Content = kind.Info().New(version(h.APIVersion))
	errs = join(errs, decodeInto(node, o.Content))
	o.Fragment = fragment(o)
	return o, errs, nil
}

// reads says whether objects of a version can be read as the kind's own: the
// versions in the table, and retired ones whose fields are the same as far as
// checks look. Any other may put its fields elsewhere (autoscaling/v2beta1
// does), and what is not found there must not be called missing.
func (k Kind) reads(version string) bool {
	if slices.Contains(k.Info().Versions, version) {
		return true
	}
	switch k {
	case HorizontalPodAutoscaler:
		return version == "v2beta2"
	case Deployment, StatefulSet, ReplicaSet:
		return version == "v1beta1" || version == "v1beta2"
	case PodDisruptionBudget, CronJob, Role, RoleBinding, ClusterRole, ClusterRoleBinding, StorageClass, APIService:
		return version == "v1beta1"
	}
	return false
}

// join adds to the errors of an object's head those of its content, which
// has the same metadata again if the kind is a built-in one.
func join(head, content []FieldError) []FieldError {
	for _, e := range content {
		if !slices.ContainsFunc(head, func(h FieldError) bool { return reflect.DeepEqual(h, e) }) {
			head = append(head, e)
		}
	}
	slices.SortStableFunc(head, func(a, b FieldError) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return head
}

// FromTyped wraps an object that an API server sent: content is what the
// kind's New made, filled.
func FromTyped(kind Kind, meta Meta, content any) *Object {
	info := kind.Info()
	apiVersion := info.Versions[0]
	if info.Group != "" {
		apiVersion = info.Group + "/" + info.Versions[0]
	}
	o := &Object{
		Ref:        Ref{Group: info.Group, Kind: info.Name, Namespace: meta.Namespace, Name: meta.Name},
		Type:       kind,
		APIVersion: apiVersion,
		Meta:       meta,
		Content:    content,
	}
	return o
}

// generateName stands in for the name of an object that gets its name from
// the API server.
func (Meta) generateName(node *yaml.Node) string {
	_, metadata := child(node, "metadata")
	if metadata == nil {
		return ""
	}
	if _, name := child(metadata, "generateName"); name != nil {
		return name.Value
	}
	return ""
}

// version returns the version of an apiVersion: "v1" for "apps/v1".
func version(apiVersion string) string {
	return apiVersion[len(GroupOf(apiVersion))+min(1, len(GroupOf(apiVersion))):]
}
