package fix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// manager is one entry of metadata.managedFields.
type manager struct {
	Manager     string          `json:"manager"`
	Operation   string          `json:"operation,omitempty"`
	APIVersion  string          `json:"apiVersion,omitempty"`
	Time        string          `json:"time,omitempty"`
	FieldsType  string          `json:"fieldsType,omitempty"`
	FieldsV1    json.RawMessage `json:"fieldsV1,omitempty"`
	Subresource string          `json:"subresource,omitempty"`
}

func managers(content Content) []manager {
	value, _ := get(content, inventory.Path{"metadata", "managedFields"})
	text, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var all []manager
	if json.Unmarshal(text, &all) != nil {
		return nil
	}
	return all
}

// class says what kind of writer it is. Every command of kubectl has a name of
// its own, and people type them.
func (m manager) class() inventory.ManagerClass {
	class := inventory.ManagedField{Manager: m.Manager}.Class()
	if class == inventory.ByController && strings.HasPrefix(m.Manager, "kubectl") {
		return inventory.ByHand
	}
	return class
}

// owns says whether the entry holds the field, a part of it, or the whole of
// which it is a part. content tells list items by their keys.
func (m manager) owns(content Content, path inventory.Path) bool {
	var node map[string]any
	if m.Subresource != "" || json.Unmarshal(m.FieldsV1, &node) != nil {
		return false
	}
	value := any(content)
	for _, step := range path {
		if len(node) == 0 {
			return true
		}
		var found bool
		value, _ = get(value, inventory.Path{step})
		if node, found = below(node, step, value); !found {
			return false
		}
	}
	return true
}

// below goes down one step in a FieldsV1 set.
func below(node map[string]any, step, value any) (map[string]any, bool) {
	if key, ok := step.(string); ok {
		next, found := node["f:"+key]
		fields, _ := next.(map[string]any)
		return fields, found
	}
	for name, next := range node {
		var keys map[string]any
		text, keyed := strings.CutPrefix(name, "k:")
		if !keyed || json.Unmarshal([]byte(text), &keys) != nil {
			continue
		}
		item, _ := value.(map[string]any)
		same := len(keys) > 0
		for key, want := range keys {
			same = same && equal(normal(want), normal(item[key]))
		}
		if same {
			fields, _ := next.(map[string]any)
			return fields, true
		}
	}
	return nil, false
}

// ownersOf lists who wrote a field last.
func ownersOf(content Content, path inventory.Path) []manager {
	var all []manager
	for _, m := range managers(content) {
		if m.owns(content, path) {
			all = append(all, m)
		}
	}
	return all
}

// marks are labels and annotations by which tools know their objects.
var marks = []struct {
	key   string
	label bool
	value string // "" is any
	owner string
}{
	{"argocd.argoproj.io/tracking-id", false, "", "Argo CD"},
	{"argocd.argoproj.io/instance", true, "", "Argo CD"},
	{"kustomize.toolkit.fluxcd.io/name", true, "", "Flux"},
	{"helm.toolkit.fluxcd.io/name", true, "", "Flux"},
	{"meta.helm.sh/release-name", false, "", "Helm"},
	{"app.kubernetes.io/managed-by", true, "Helm", "Helm"},
}

// heldBy says why nobody but its owner may change the object, and "" where
// people may.
func heldBy(content Content, edits []checks.Edit) string {
	if generator := generatedBy(content); generator != "" {
		return generator + " generates it and may take changes back: make the change there"
	}
	if owner := marked(content); owner != "" {
		return owner + " owns it and may take changes back: put the patch where it reads from"
	}
	for _, m := range managers(content) {
		if m.class() == inventory.ByGitOps && m.owns(content, inventory.Path{"spec"}) {
			return m.Manager + " owns it and may take changes back: put the patch where it reads from"
		}
	}
	for _, edit := range edits {
		for _, m := range ownersOf(content, edit.Path) {
			if m.Manager != Manager && m.class() == inventory.ByController {
				return fmt.Sprintf("%s wrote %s and is no tool of people's that is known here: it may write it again", m.Manager, edit.Path)
			}
		}
	}
	return ""
}

func generatedBy(content Content) string {
	value, _ := get(content, inventory.Path{"metadata", "ownerReferences"})
	references, _ := value.([]any)
	for _, reference := range references {
		owner, _ := reference.(map[string]any)
		if owner["controller"] == true {
			return fmt.Sprintf("%v/%v", owner["kind"], owner["name"])
		}
	}
	return ""
}

func marked(content Content) string {
	for _, mark := range marks {
		place := "annotations"
		if mark.label {
			place = "labels"
		}
		value, there := get(content, inventory.Path{"metadata", place, mark.key})
		if there && (mark.value == "" || value == mark.value) {
			return fmt.Sprintf("%s (%s: %v)", mark.owner, mark.key, value)
		}
	}
	return ""
}

// takeovers lists the fields that people's tools wrote, by field and tool.
func takeovers(content Content, edits []checks.Edit) []Takeover {
	var all []Takeover
	for _, edit := range edits {
		for _, m := range ownersOf(content, edit.Path) {
			one := Takeover{Path: edit.Path.String(), Manager: m.Manager}
			if m.Manager != Manager && !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// fromFile says whether kubectl applied the object: then a file has it, too.
func fromFile(content Content) bool {
	for _, m := range managers(content) {
		if m.class() == inventory.ByApply && m.owns(content, inventory.Path{"spec"}) {
			return true
		}
	}
	return false
}
