package fix

import (
	"bytes"
	"encoding/json"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// moved lists what a write of ours changed in managedFields: what became ours,
// and what others lost.
func moved(before, after Content) []Ownership {
	var all []Ownership
	earlier, later := managers(before), managers(after)
	for _, m := range later {
		if m.Manager != Manager || m.Subresource != "" {
			continue
		}
		if gained := m.set().Difference(find(earlier, m).set()); !gained.Empty() {
			all = append(all, m.part(gained, true))
		}
	}
	for _, m := range earlier {
		if m.Manager == Manager || m.Subresource != "" {
			continue
		}
		if lost := m.set().Difference(find(later, m).set()); !lost.Empty() {
			all = append(all, m.part(lost, false))
		}
	}
	return all
}

func find(list []manager, like manager) manager {
	for _, m := range list {
		if m.Manager == like.Manager && m.Operation == like.Operation && m.APIVersion == like.APIVersion && m.Subresource == like.Subresource {
			return m
		}
	}
	return manager{}
}

func (m manager) set() *fieldpath.Set {
	set := fieldpath.NewSet()
	if len(m.FieldsV1) > 0 && set.FromJSON(bytes.NewReader(m.FieldsV1)) != nil {
		return fieldpath.NewSet()
	}
	return set
}

func (m manager) part(set *fieldpath.Set, gained bool) Ownership {
	return Ownership{Manager: m.Manager, Operation: m.Operation, APIVersion: m.APIVersion, Fields: setText(set), Gained: gained}
}

func setText(set *fieldpath.Set) string {
	text, err := set.ToJSON()
	if err != nil {
		return "{}"
	}
	return string(text)
}

func (o Ownership) asManager() manager {
	return manager{Manager: o.Manager, Operation: o.Operation, APIVersion: o.APIVersion, FieldsType: "FieldsV1", FieldsV1: json.RawMessage(o.Fields)}
}

// givenBack is managedFields with the fields that changed hands back where they
// were; nil when there is nothing to give, or when nothing would be left, which
// the API server takes for something else.
func givenBack(now Content, taken []Ownership) []manager {
	ours := fieldpath.NewSet()
	list := managers(now)
	for _, o := range taken {
		ours = ours.Union(o.asManager().set())
	}
	var left []manager
	for _, m := range list {
		if m.Manager == Manager && m.Subresource == "" {
			set := m.set().RecursiveDifference(ours)
			if set.Empty() {
				continue
			}
			m.FieldsV1 = json.RawMessage(setText(set))
		}
		left = append(left, m)
	}
	for _, o := range taken {
		if !o.Gained {
			left = lend(left, now, o.asManager())
		}
	}
	if len(left) == 0 || same(left, list) {
		return nil
	}
	return left
}

// lend adds what a manager lost to its entry, or makes the entry anew. What is
// not in the object any more cannot be owned.
func lend(list []manager, now Content, lost manager) []manager {
	set := present(now, lost.set())
	if set.Empty() {
		return list
	}
	for i, m := range list {
		if m.Manager == lost.Manager && m.Operation == lost.Operation && m.APIVersion == lost.APIVersion && m.Subresource == "" {
			list[i].FieldsV1 = json.RawMessage(setText(m.set().Union(set)))
			return list
		}
	}
	lost.FieldsV1 = json.RawMessage(setText(set))
	return append(list, lost)
}

// present keeps the members of a set that the object has.
func present(now Content, set *fieldpath.Set) *fieldpath.Set {
	kept := fieldpath.NewSet()
	set.Iterate(func(path fieldpath.Path) {
		if has(now, path) {
			kept.Insert(path.Copy())
		}
	})
	return kept
}

func has(node any, path fieldpath.Path) bool {
	for _, step := range path {
		switch {
		case step.FieldName != nil:
			fields, _ := node.(map[string]any)
			value, there := fields[*step.FieldName]
			if !there {
				return false
			}
			node = value
		case step.Key != nil:
			if node = item(node, step); node == nil {
				return false
			}
		default:
			return true // a value or a position in a list that is there
		}
	}
	return true
}

// item finds the list item with the step's keys, or nil.
func item(node any, step fieldpath.PathElement) any {
	items, _ := node.([]any)
	for _, candidate := range items {
		fields, _ := candidate.(map[string]any)
		same := true
		for _, key := range *step.Key {
			same = same && equal(normal(key.Value.Unstructured()), normal(fields[key.Name]))
		}
		if same {
			return candidate
		}
	}
	return nil
}

func same(a, b []manager) bool { return equal(normal(a), normal(b)) }

// ownershipPatch writes managedFields, of this version of the object alone.
func ownershipPatch(now Content, list []manager) (Patch, error) {
	steps := []operation{
		{"replace", "/metadata/managedFields", normal(list)},
		{"replace", "/metadata/resourceVersion", metaString(now, "resourceVersion")},
	}
	body, err := json.Marshal(steps)
	return Patch{JSONPatch, body}, err
}

// writerOf names who wrote a field last, for messages.
func writerOf(content Content, path inventory.Path) string {
	latest := manager{}
	for _, m := range ownersOf(content, path) {
		if m.Time >= latest.Time {
			latest = m
		}
	}
	return latest.Manager
}
