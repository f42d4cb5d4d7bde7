package source

import (
	"encoding/json"
	"fmt"
	"reflect"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// liveDecoder reads objects of the live scheme in any encoding.
func liveDecoder() runtime.Decoder {
	return serializer.NewCodecFactory(liveScheme()).UniversalDeserializer()
}

// liveScheme holds the groups of the built-in kinds in the table and no
// others: all of client-go's would be a good part of the binary.
func liveScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme,
		corev1.AddToScheme, policyv1.AddToScheme, rbacv1.AddToScheme, storagev1.AddToScheme, nodev1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			panic(err) // two types of one name: cannot happen in a program that ever ran
		}
	}
	return scheme
}

// livePage is one answer to a list, or to a get: then it holds one item.
type livePage struct {
	next    string // continue token; empty on the last page
	version string // the list's resource version
	items   []liveItem
}

// liveItem is an object that has not been decided on. Its content belongs to
// the page: own gives it a copy that does not keep the page alive.
type liveItem struct {
	*inventory.Object
	wrong []inventory.FieldError
	own   func()
}

// builtinPage decodes protobuf (or JSON, where a proxy insists) into the
// kind's own types.
func builtinPage(decoder runtime.Decoder, kind inventory.Kind, version string, body []byte) (livePage, error) {
	decoded, _, err := decoder.Decode(body, nil, nil)
	if err != nil {
		return livePage{}, undecodable(body)
	}
	if !meta.IsListType(decoded) {
		item, ok := builtinItem(kind, version, reflect.ValueOf(decoded))
		if !ok {
			return livePage{}, fmt.Errorf("undecodable answer: found a %T", decoded)
		}
		return livePage{items: []liveItem{item}}, nil
	}
	list, err := meta.ListAccessor(decoded)
	if err != nil {
		return livePage{}, undecodable(body)
	}
	pointer, err := meta.GetItemsPtr(decoded)
	if err != nil {
		return livePage{}, undecodable(body)
	}
	items := reflect.ValueOf(pointer).Elem()
	page := livePage{next: list.GetContinue(), version: list.GetResourceVersion(), items: make([]liveItem, 0, items.Len())}
	for i := range items.Len() {
		item, ok := builtinItem(kind, version, items.Index(i).Addr())
		if !ok {
			return livePage{}, fmt.Errorf("undecodable answer: found a list of %s", items.Type().Elem())
		}
		page.items = append(page.items, item)
	}
	return page, nil
}

// builtinItem wraps a typed object; false when it is of another type than the
// kind's.
func builtinItem(kind inventory.Kind, version string, value reflect.Value) (liveItem, bool) {
	content := value.Interface()
	accessor, ok := content.(metav1.Object)
	if !ok || value.Type() != reflect.TypeOf(kind.Info().New(version)) {
		return liveItem{}, false
	}
	o := inventory.FromTyped(kind, liveMeta(accessor), content)
	o.APIVersion = apiVersion(kind, version)
	return liveItem{Object: o, own: func() {
		if keepsManagers(kind) {
			o.Meta.ManagedFields = managers(accessor)
		}
		mine := reflect.New(value.Type().Elem())
		mine.Elem().Set(value.Elem())
		o.Content = mine.Interface()
		trim(o.Content)
	}}, true
}

// customPage decodes JSON. Items that do not fit their struct are read field
// by field, so that one wrong field costs no more than itself.
func customPage(kind inventory.Kind, version string, body []byte) (livePage, error) {
	var page struct {
		Metadata struct {
			Continue        string `json:"continue"`
			Name            string `json:"name"`
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(body, &page); err != nil {
		return livePage{}, undecodable(body)
	}
	if page.Items == nil && page.Metadata.Name != "" {
		page.Items = []json.RawMessage{body}
	}
	result := livePage{next: page.Metadata.Continue, version: page.Metadata.ResourceVersion, items: make([]liveItem, 0, len(page.Items))}
	for _, raw := range page.Items {
		item, err := customItem(kind, version, raw)
		if err != nil {
			return livePage{}, undecodable(raw)
		}
		result.items = append(result.items, item)
	}
	return result, nil
}

func customItem(kind inventory.Kind, version string, raw []byte) (liveItem, error) {
	var head struct {
		Metadata inventory.Meta `json:"metadata"`
	}
	content := kind.Info().New(version)
	var wrong []inventory.FieldError
	err := json.Unmarshal(raw, &head)
	if err == nil {
		err = json.Unmarshal(raw, content)
	}
	if err != nil {
		o, errs, err := readLeniently(kind, version, raw)
		if err != nil {
			return liveItem{}, err
		}
		head.Metadata, content, wrong = o.Meta, o.Content, errs
	}
	o := inventory.FromTyped(kind, head.Metadata, content)
	o.APIVersion = apiVersion(kind, version)
	delete(o.Meta.Annotations, corev1.LastAppliedConfigAnnotation)
	if !keepsManagers(kind) {
		o.Meta.ManagedFields = nil
	}
	return liveItem{Object: o, wrong: wrong, own: func() {}}, nil
}

// readLeniently reads JSON as the YAML it is. List items carry no apiVersion
// and kind of their own in some servers' answers, so they are written in.
func readLeniently(kind inventory.Kind, version string, raw []byte) (*inventory.Object, []inventory.FieldError, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, nil, err
	}
	fields["apiVersion"], _ = json.Marshal(apiVersion(kind, version))
	fields["kind"], _ = json.Marshal(kind.Info().Name)
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, nil, err
	}
	node, err := inventory.Document{Text: text, Line: 1}.Parse()
	if err != nil {
		return nil, nil, err
	}
	return inventory.Read(node, "")
}

func apiVersion(kind inventory.Kind, version string) string {
	if group := kind.Info().Group; group != "" {
		return group + "/" + version
	}
	return version
}

// undecodable shows how an answer begins: a proxy's login page, say.
func undecodable(body []byte) error {
	const shown = 30
	return fmt.Errorf("undecodable answer, it begins with %q", body[:min(len(body), shown)])
}
