package fix

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Content is an object as JSON has it: maps, lists, strings, bools, int64 and
// float64.
type Content = map[string]any

// normal turns a value of Go into the types of a [Content].
func normal(value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		return value // a channel or a function: no check's edit holds one
	}
	var plain any
	if utiljson.Unmarshal(text, &plain) != nil {
		return value
	}
	return plain
}

func clone(content Content) Content {
	copied, _ := normal(content).(map[string]any)
	return copied
}

func equal(a, b any) bool { return reflect.DeepEqual(a, b) }

// get returns the value of a field, and whether it is there.
func get(content any, path inventory.Path) (any, bool) {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, _ := content.(map[string]any)
			value, found := fields[step]
			if !found {
				return nil, false
			}
			content = value
		case int:
			items, _ := content.([]any)
			if step < 0 || step >= len(items) {
				return nil, false
			}
			content = items[step]
		}
	}
	return content, true
}

// edited returns a copy of the object with the edits carried out. The error
// says which list item is not there.
func edited(content Content, edits []checks.Edit) (Content, error) {
	after := clone(content)
	for _, edit := range edits {
		if edit.Value == nil {
			if _, there := get(after, edit.Path); !there {
				continue
			}
		}
		changed, err := put(after, edit.Path, edit.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", edit.Path, err)
		}
		after, _ = changed.(map[string]any)
	}
	return after, nil
}

// put writes a value (nil removes the field) into node and returns the node,
// which is another one where a list became shorter. Maps on the way are made.
func put(node any, path inventory.Path, value any) (any, error) {
	if len(path) == 0 {
		return normal(value), nil
	}
	remove := len(path) == 1 && value == nil
	switch step := path[0].(type) {
	case string:
		fields, ok := node.(map[string]any)
		if node != nil && !ok {
			return nil, fmt.Errorf("found no mapping that %q could stand in", step)
		}
		if fields == nil {
			fields = map[string]any{}
		}
		if remove {
			delete(fields, step)
			return fields, nil
		}
		below, err := put(fields[step], path[1:], value)
		fields[step] = below
		return fields, err
	case int:
		items, _ := node.([]any)
		if step == len(items) && !remove { // one more, behind the last
			items = append(slices.Clip(items), nil)
		}
		if step < 0 || step >= len(items) {
			return nil, fmt.Errorf("the list has %d items", len(items))
		}
		if remove {
			return slices.Delete(items, step, step+1), nil
		}
		below, err := put(items[step], path[1:], value)
		items[step] = below
		return items, err
	}
	return nil, fmt.Errorf("step %v is neither a key nor a list position", path[0])
}

// Field is one field that a fix touched. An absent field has no value.
type Field struct {
	Path   inventory.Path `json:"path"`
	Before any            `json:"before,omitempty"`
	Had    bool           `json:"had"` // it was there before
	After  any            `json:"after,omitempty"`
	Has    bool           `json:"has"` // it is there after
}

// difference lists the fields that differ: the outermost of those that came or
// went, and lists of different lengths as a whole.
func difference(before, after any, at inventory.Path) []Field {
	switch b := before.(type) {
	case map[string]any:
		if a, ok := after.(map[string]any); ok {
			return mapDifference(b, a, at)
		}
	case []any:
		if a, ok := after.([]any); ok && len(a) == len(b) {
			var all []Field
			for i := range b {
				all = append(all, difference(b[i], a[i], at.Join(i))...)
			}
			return all
		}
	}
	if equal(before, after) {
		return nil
	}
	return []Field{{Path: at, Before: before, Had: true, After: after, Has: true}}
}

func mapDifference(before, after map[string]any, at inventory.Path) []Field {
	var all []Field
	for _, key := range sortedKeys(before, after) {
		b, had := before[key]
		a, has := after[key]
		if had && has {
			all = append(all, difference(b, a, at.Join(key))...)
			continue
		}
		all = append(all, Field{Path: at.Join(key), Before: b, Had: had, After: a, Has: has})
	}
	return all
}

func sortedKeys(maps ...map[string]any) []string {
	var keys []string
	for _, m := range maps {
		for key := range m {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// covers says whether everything in part is in whole, which may have more keys.
func covers(whole, part any) bool {
	want, ok := part.(map[string]any)
	if !ok {
		return equal(whole, part)
	}
	have, ok := whole.(map[string]any)
	for key, value := range want {
		there, found := have[key]
		ok = ok && found && covers(there, value)
	}
	return ok
}

// without is what whole has beside part, which it covers; nil when that is
// nothing, or nothing but empty mappings.
func without(whole, part any) any {
	have, mapping := whole.(map[string]any)
	taken, _ := part.(map[string]any)
	if !mapping || taken == nil {
		return nil
	}
	rest := map[string]any{}
	for key, value := range have {
		gone, ours := taken[key]
		if ours {
			value = without(value, gone)
		}
		if value != nil && !hollow(value) {
			rest[key] = value
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return rest
}

// hollow says whether a value is a mapping of nothing.
func hollow(value any) bool {
	fields, mapping := value.(map[string]any)
	for _, below := range fields {
		mapping = mapping && hollow(below)
	}
	return mapping
}

// own returns a copy without what only the API server writes: what is left is
// what people and tools write.
func own(content Content) Content {
	kept := clone(content)
	delete(kept, "status")
	meta, _ := kept["metadata"].(map[string]any)
	for _, key := range []string{"managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"} {
		delete(meta, key)
	}
	return kept
}

// changedFields lists what a write made different, the bookkeeping of the API
// server and of controllers left out.
func changedFields(before, after Content) []Field {
	return difference(written(before), written(after), nil)
}

// written is [own] without the annotations that controllers and kubectl write as
// they go, at any moment between a look and a write.
func written(content Content) Content {
	kept := own(content)
	meta, _ := kept["metadata"].(map[string]any)
	annotations, _ := meta["annotations"].(map[string]any)
	for key := range annotations {
		if bookkept(key) {
			delete(annotations, key)
		}
	}
	if len(annotations) == 0 {
		delete(meta, "annotations")
	}
	return kept
}

func metaString(content Content, key string) string {
	value, _ := get(content, inventory.Path{"metadata", key})
	text, _ := value.(string)
	return text
}
