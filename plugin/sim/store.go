package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// store holds what somebody wrote, as an API server does: the whole documents,
// with version, generation and creation time.
type store struct {
	docs    map[inventory.Ref]*document
	order   []inventory.Ref
	version int64
	created time.Time
}

type document struct {
	fields map[string]any
	object *inventory.Object // decoded, as a cluster's object
}

func newStore(created time.Time) *store {
	return &store{docs: map[inventory.Ref]*document{}, created: created.Add(-longAgo)}
}

// ErrConflict is the error of a Put whose resourceVersion is not the latest.
var ErrConflict = errors.New("the object has been modified since it was read")

// add takes an object from a scenario or another source.
func (s *store) add(o *inventory.Object) error {
	switch o.Type {
	case inventory.Pod, inventory.ReplicaSet, inventory.Event:
		return nil // the world makes its own
	}
	if _, made := o.Controller(); made && o.Type == inventory.HorizontalPodAutoscaler {
		return nil // KEDA's
	}
	fields, err := o.Fields()
	if err != nil {
		return fmt.Errorf("%s: %w", o.Ref, err)
	}
	fields = withType(fields, o)
	if s.docs[o.Ref] != nil {
		return fmt.Errorf("%s: is there twice", o.Ref)
	}
	return s.put(o.Ref, fields)
}

func withType(fields map[string]any, o *inventory.Object) map[string]any {
	fields["apiVersion"], fields["kind"] = o.APIVersion, o.Kind
	meta, _ := fields["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	meta["name"] = o.Name
	if o.Namespace != "" {
		meta["namespace"] = o.Namespace
	}
	fields["metadata"] = meta
	return fields
}

// put stores a document under the next version. What its controller says of it
// (status) stays as it is.
func (s *store) put(ref inventory.Ref, fields map[string]any) error {
	meta, ok := fields["metadata"].(map[string]any)
	if !ok {
		return errors.New("has no metadata")
	}
	old := s.docs[ref]
	generation := int64(1)
	if old != nil {
		if v, _ := meta["resourceVersion"].(string); v != "" && v != old.object.Meta.ResourceVersion {
			return fmt.Errorf("%s: %w", ref, ErrConflict)
		}
		generation = old.object.Meta.Generation
		if !same(old.fields["spec"], fields["spec"]) {
			generation++
		}
	}
	meta["resourceVersion"], meta["generation"] = s.following(old), generation
	if meta["uid"] == nil {
		meta["uid"] = uid(ref.String())
	}
	if old != nil {
		meta["uid"], meta["creationTimestamp"] = old.object.Meta.UID, old.object.Meta.CreationTimestamp.Format(time.RFC3339)
	} else if t, _ := meta["creationTimestamp"].(string); t == "" || t == "0001-01-01T00:00:00Z" {
		meta["creationTimestamp"] = s.created.Format(time.RFC3339)
	}
	object, err := decode(ref, fields)
	if err != nil {
		return err
	}
	if old == nil {
		s.order = append(s.order, ref)
	}
	s.docs[ref] = &document{fields, object}
	return nil
}

// decode reads a document as an API server would: a field of a wrong type, or a
// kind that is not known, is an error.
func decode(ref inventory.Ref, fields map[string]any) (*inventory.Object, error) {
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	objects, _, problems := inventory.Document{Text: text, Line: 1}.Read("")
	switch {
	case len(problems) > 0:
		return nil, fmt.Errorf("%s: %s", ref, problems[0].Reason)
	case len(objects) != 1:
		return nil, fmt.Errorf("%s: not an object of a kind that is read", ref)
	case objects[0].Ref != ref:
		return nil, fmt.Errorf("%s: the object is called %s", ref, objects[0].Ref)
	}
	o := inventory.FromTyped(objects[0].Type, objects[0].Meta, objects[0].Content)
	o.APIVersion = objects[0].APIVersion
	return o, nil
}

func same(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// scale writes the replica count of an object that has one, as a controller does
// through the scale subresource.
func (s *store) scale(ref inventory.Ref, replicas int32) {
	doc := s.docs[ref]
	if doc == nil {
		return
	}
	spec, ok := doc.fields["spec"].(map[string]any)
	if !ok {
		return
	}
	spec["replicas"] = replicas
	if meta, ok := doc.fields["metadata"].(map[string]any); ok {
		next := s.following(doc)
		meta["resourceVersion"], doc.object.Meta.ResourceVersion = next, next
	}
}

// following is the version after a document's own.
func (s *store) following(doc *document) string {
	const apart = 1000
	if doc == nil {
		s.version += apart
		return strconv.FormatInt(s.version, 10)
	}
	version, err := strconv.ParseInt(doc.object.Meta.ResourceVersion, 10, 64)
	if err != nil {
		return "1"
	}
	return strconv.FormatInt(version+1, 10)
}

// snapshot is what somebody wrote, seen as a cluster in which everything may be
// listed.
func (s *store) snapshot(c Cluster) *inventory.Snapshot {
	b := s.builder(c)
	for _, ref := range s.order {
		b.Add(s.docs[ref].object)
	}
	return b.Build()
}

func (s *store) builder(c Cluster) *inventory.Builder {
	b := inventory.NewBuilder()
	b.Live(inventory.Versions{Kubernetes: c.Kubernetes, KEDA: c.KEDA})
	for _, kind := range inventory.Kinds() {
		b.Looked(kind, "")
	}
	for _, ref := range s.order {
		if ref.Namespace != "" {
			b.AddNamespace(ref.Namespace, map[string]string{"kubernetes.io/metadata.name": ref.Namespace})
		}
	}
	return b
}

// uid makes a stable identity of a name.
func uid(name string) string {
	h := fnv.New128a()
	h.Write([]byte(name))
	x := fmt.Sprintf("%032x", h.Sum(nil))
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", x[:8], x[8:12], x[13:16], x[17:20], x[20:32])
}

// revisionOf is the hash of a pod template, which a Deployment's ReplicaSets
// and pods carry.
func revisionOf(template *corev1.PodTemplateSpec) string {
	text, err := json.Marshal(template)
	if err != nil {
		return "0"
	}
	h := fnv.New32a()
	h.Write(text)
	return safeName(uint64(h.Sum32()), 9)
}

// letters are those of Kubernetes' generated names: no vowels, no words.
const letters = "bcdfghjklmnpqrstvwxz2456789"

func safeName(n uint64, length int) string {
	name := make([]byte, length)
	for i := range name {
		name[i] = letters[n%uint64(len(letters))]
		n = n/uint64(len(letters)) + 7*uint64(i+1)
	}
	return string(name)
}
