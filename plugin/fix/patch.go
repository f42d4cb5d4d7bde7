package fix

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// patchFor writes the edits as a patch of exactly this version of the object.
//
// Server-side apply is for fields that are new or hold one value, behind keys
// alone. Everything else is a JSON patch, for the user's good: what server-side
// apply leaves out it cannot remove; a map that it sets is mixed with the one
// that is there; and a list without merge keys, as KEDA's triggers and an HPA's
// metrics are, would be sent as a whole, with whatever others wrote into its
// other items at the time. (The API server books the whole list as ours either
// way; [Fixer.Undo] gives it back.) And since an apply says all that its
// manager wants, a second one that leaves the first one's fields out would take
// them away: so it is for the first fix of an object only.
func patchFor(of Target, before Content, edits []checks.Edit) (Patch, error) {
	if applies(before, edits) {
		return applyPatch(of, before, edits)
	}
	return jsonPatch(before, edits)
}

func applies(before Content, edits []checks.Edit) bool {
	for _, entry := range managers(before) {
		if entry.Manager == Manager && entry.Operation == "Apply" {
			return false
		}
	}
	for _, edit := range edits {
		former, there := get(before, edit.Path)
		if edit.Value == nil || !onlyKeys(edit.Path) || there && !(scalar(former) && scalar(normal(edit.Value))) {
			return false
		}
	}
	return true
}

func onlyKeys(path inventory.Path) bool {
	for _, step := range path {
		if _, key := step.(string); !key {
			return false
		}
	}
	return true
}

func scalar(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

func applyPatch(of Target, before Content, edits []checks.Edit) (Patch, error) {
	meta := map[string]any{"name": of.Name}
	if of.Namespace != "" {
		meta["namespace"] = of.Namespace
	}
	for _, key := range []string{"uid", "resourceVersion"} {
		if value := metaString(before, key); value != "" {
			meta[key] = value
		}
	}
	wanted, err := edited(Content{"apiVersion": of.APIVersion, "kind": of.Kind, "metadata": meta}, edits)
	if err != nil {
		return Patch{}, err
	}
	body, err := json.Marshal(wanted)
	return Patch{ServerSideApply, body}, err
}

// operation is one step of a JSON patch.
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value,omitempty"`
}

// MarshalJSON keeps a value that is false, 0 or "".
func (o operation) MarshalJSON() ([]byte, error) {
	fields := map[string]any{"op": o.Op, "path": o.Path}
	if o.Op != "remove" {
		fields["value"] = o.Value
	}
	return json.Marshal(fields)
}

// jsonPatch tests every value before it goes, and the version before all.
func jsonPatch(before Content, edits []checks.Edit) (Patch, error) {
	steps, err := operations(before, edits, true)
	if err != nil {
		return Patch{}, err
	}
	if version := metaString(before, "resourceVersion"); version != "" {
		// Of an older version the API server refuses the whole patch.
		steps = append(steps, operation{"replace", "/metadata/resourceVersion", version})
	}
	body, err := json.Marshal(steps)
	return Patch{JSONPatch, body}, err
}

func operations(before Content, edits []checks.Edit, tested bool) ([]operation, error) {
	now := clone(before)
	var steps []operation
	for _, edit := range edits {
		former, there := get(now, edit.Path)
		if there && tested {
			steps = append(steps, operation{"test", pointer(edit.Path), former})
		}
		switch {
		case edit.Value == nil && there:
			steps = append(steps, operation{Op: "remove", Path: pointer(edit.Path)})
		case edit.Value == nil:
			continue
		case there:
			steps = append(steps, operation{"replace", pointer(edit.Path), normal(edit.Value)})
		default:
			steps = append(steps, added(now, edit))
		}
		var err error
		if now, err = edited(now, []checks.Edit{edit}); err != nil {
			return nil, err
		}
	}
	return steps, nil
}

// added is the step that makes a field together with the parents it lacks.
func added(now Content, edit checks.Edit) operation {
	value, at := normal(edit.Value), len(edit.Path)-1
	for ; at > 0; at-- {
		if _, there := get(now, edit.Path[:at]); there {
			break
		}
		switch step := edit.Path[at].(type) {
		case string:
			value = map[string]any{step: value}
		case int: // the first item of a list that is not there
			value = []any{value}
		}
	}
	return operation{"add", pointer(edit.Path[:at+1]), value}
}

// pointer is a path as RFC 6901 writes it.
func pointer(path inventory.Path) string {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, step := range path {
		b.WriteByte('/')
		switch step := step.(type) {
		case int:
			b.WriteString(strconv.Itoa(step))
		case string:
			b.WriteString(escape.Replace(step))
		}
	}
	return b.String()
}
