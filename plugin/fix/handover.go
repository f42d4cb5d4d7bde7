package fix

import (
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// FilePatch is a change as a patch that kubectl and kustomize take.
type FilePatch struct {
	Ref inventory.Ref `json:"ref"`
	// Type is kubectl's word for it: "merge" or "json"; "create" for what is no
	// patch but a new object.
	Type string `json:"type"`
	// Patch is a partial object, a list of operations, or the new object.
	Patch any `json:"patch"`
	// Fixes are what it repairs.
	Fixes []AppliedFix `json:"fixes"`

	target   Target
	manifest string // the new object's, with its comments
}

// PatchOf writes a change as a patch for a file. before is the object as it is.
// A partial object is what people like to read; where it could not say what is
// meant, a list of operations does.
func PatchOf(c Change, before Content) (FilePatch, error) {
	p := FilePatch{Ref: c.Ref(), Type: "merge", Fixes: fixesOf(c.Findings), target: TargetOf(c.Object)}
	if c.New != nil {
		made, err := manifest(c.New)
		p.Type, p.Patch, p.manifest = "create", made, c.New.Text
		return p, err
	}
	if !mergeable(before, c.Edits) {
		steps, err := operations(before, c.Edits, false)
		p.Type, p.Patch = "json", steps
		return p, err
	}
	partial := Content{"apiVersion": c.Object.APIVersion, "kind": c.Object.Kind}
	meta := map[string]any{"name": c.Object.Name}
	if c.Object.Namespace != "" {
		meta["namespace"] = c.Object.Namespace
	}
	partial["metadata"] = meta
	for _, edit := range c.Edits {
		setOrNull(partial, edit)
	}
	p.Patch = partial
	return p, nil
}

// mergeable: no edit stands in a list, or replaces a map by another.
func mergeable(before Content, edits []checks.Edit) bool {
	for _, edit := range edits {
		former, there := get(before, edit.Path)
		_, had := former.(map[string]any)
		_, has := normal(edit.Value).(map[string]any)
		if !onlyKeys(edit.Path) || there && had && has {
			return false
		}
	}
	return true
}

// setOrNull writes a field into a partial object; null says that it goes.
func setOrNull(partial Content, edit checks.Edit) {
	node := partial
	for i, step := range edit.Path {
		key, _ := step.(string)
		if i == len(edit.Path)-1 {
			node[key] = normal(edit.Value)
			return
		}
		below, ok := node[key].(map[string]any)
		if !ok {
			below = map[string]any{}
			node[key] = below
		}
		node = below
	}
}

// Text is the patch as YAML, with how to use it in front.
func (p FilePatch) Text() string {
	var b strings.Builder
	for _, applied := range p.Fixes {
		fmt.Fprintf(&b, "# %s: %s\n", applied.Check, applied.Title)
	}
	if p.manifest != "" {
		return b.String() + p.manifest
	}
	info := kindInfo(p.target)
	resource, namespace := info.Resource, ""
	if info.Group != "" {
		resource += "." + info.Group
	}
	if p.Ref.Namespace != "" {
		namespace = " -n " + p.Ref.Namespace
	}
	fmt.Fprintf(&b, "# kubectl patch %s %s%s --type=%s --patch-file FILE\n", resource, p.Ref.Name, namespace, p.Type)
	if p.Type == "json" {
		fmt.Fprintf(&b, "# kustomization.yaml: patches: [{path: FILE, target: {kind: %s, name: %s}}]\n", p.Ref.Kind, p.Ref.Name)
	} else {
		b.WriteString("# kustomization.yaml: patches: [{path: FILE}]\n")
	}
	text, err := yaml.Marshal(p.Patch)
	if err != nil {
		fmt.Fprintf(&b, "# %v\n", err)
	}
	b.Write(text)
	return b.String()
}

// FileName is where the patch goes in a directory of patches.
func (p FilePatch) FileName() string {
	words := []string{strings.ToLower(p.Ref.Kind), p.Ref.Name}
	if p.Ref.Namespace != "" {
		words = append([]string{p.Ref.Namespace}, words...)
	}
	if p.manifest != "" {
		return strings.Join(words, "-") + ".yaml"
	}
	return strings.Join(words, "-") + ".patch.yaml"
}

func kindInfo(of Target) inventory.KindInfo {
	kind, known := inventory.KindOf(of.APIVersion, of.Kind)
	if !known {
		return inventory.KindInfo{Name: of.Kind, Group: of.Group, Resource: strings.ToLower(of.Kind)}
	}
	return kind.Info()
}

func fixesOf(findings []checks.Finding) []AppliedFix {
	var all []AppliedFix
	for _, f := range findings {
		all = append(all, AppliedFix{f.Check.ID, f.Fingerprint, f.Fix.Title, f.Fix.Restarts})
	}
	return all
}
