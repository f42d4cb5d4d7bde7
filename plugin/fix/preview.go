package fix

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Preview says what a change would do, and writes nothing. Errors: *[Stale] when
// the object is no longer as it was judged, *[Refused] when it cannot be read,
// others when the API server does not answer.
func (f *Fixer) Preview(ctx context.Context, c Change) (*Preview, error) {
	for try := 1; ; try++ {
		p, err := f.previewOnce(ctx, c)
		var refused *Refused
		if !errors.As(err, &refused) || !refused.Conflict {
			return p, err
		}
		if try == writeTries { // something else than its status changes all the time
			return nil, &Stale{c.Object.Ref}
		}
	}
}

func (f *Fixer) previewOnce(ctx context.Context, c Change) (*Preview, error) {
	before, err := f.Cluster.Get(ctx, TargetOf(c.Object))
	if err != nil {
		return nil, err
	}
	if c.New != nil {
		return f.previewNew(ctx, c, before)
	}
	if !asJudged(c.Object, before) {
		return nil, &Stale{c.Object.Ref}
	}
	after, err := edited(before, c.Edits)
	if err != nil {
		return nil, &Stale{c.Object.Ref} // a list item that the fix is about is gone
	}
	p := &Preview{Change: c, Before: before, After: after}
	if p.Refusal = heldBy(before, c.Edits); p.Refusal == "" {
		p.TakesOver = takeovers(before, c.Edits)
		if err := f.validate(ctx, p); err != nil {
			return nil, err
		}
	}
	if p.Refusal != "" || len(p.TakesOver) > 0 || fromFile(before) {
		patch, err := PatchOf(c, before)
		if err != nil {
			return nil, err
		}
		p.Handover = patch.Text()
	}
	name := p.Object.Ref.String()
	p.Diff = UnifiedDiff(name+" (now)", YAML(before), name+" (fixed)", YAML(p.After))
	return p, nil
}

// validate asks the API server for a dry run.
func (f *Fixer) validate(ctx context.Context, p *Preview) error {
	if f.NoDryRun {
		p.Unvalidated = "no dry run was asked for"
		return nil
	}
	patch, err := patchFor(TargetOf(p.Object), p.Before, p.Edits)
	if err != nil {
		return err
	}
	result, err := f.Cluster.Patch(ctx, TargetOf(p.Object), patch, true)
	p.Warnings = result.Warnings
	var refused *Refused
	switch {
	case err == nil:
		p.After = result.Object
		if len(changedFields(p.Before, p.After)) == 0 {
			p.Refusal = "the API server accepts the change and then drops it"
		}
	case !errors.As(err, &refused):
		return err
	case refused.Undecided:
		p.Unvalidated = refused.Reason
	case refused.Conflict:
		return err
	default:
		p.Refusal = refused.Reason
	}
	return nil
}

// asJudged says whether what the checks read of the object is as it was. Status
// and what tools keep in the metadata for themselves may have moved on.
func asJudged(judged *inventory.Object, now Content) bool {
	if version := judged.Meta.ResourceVersion; version != "" && version == metaString(now, "resourceVersion") {
		return true
	}
	if judged.Meta.UID != "" && judged.Meta.UID != metaString(now, "uid") {
		return false
	}
	text, err := json.Marshal(now)
	if err != nil {
		return false
	}
	version := judged.APIVersion[strings.IndexByte(judged.APIVersion, '/')+1:]
	content := judged.Type.Info().New(version)
	if json.Unmarshal(text, content) != nil {
		return false
	}
	return equal(body(judged.Content), body(content)) &&
		equal(notes(judged.Meta.Labels), notesOf(now, "labels")) &&
		equal(notes(judged.Meta.Annotations), notesOf(now, "annotations"))
}

// body is what a check reads of an object, apart from status and metadata.
func body(content any) map[string]any {
	fields, _ := normal(content).(map[string]any)
	delete(fields, "status")
	delete(fields, "metadata")
	delete(fields, "kind")
	delete(fields, "apiVersion")
	return fields
}

// bookkeeping are annotations that controllers and kubectl write as they go.
var bookkeeping = []string{
	"kubectl.kubernetes.io/last-applied-configuration",
	"deployment.kubernetes.io/",
	"autoscaling.alpha.kubernetes.io/",
	"control-plane.alpha.kubernetes.io/",
}

func bookkept(key string) bool {
	return slices.ContainsFunc(bookkeeping, func(start string) bool { return strings.HasPrefix(key, start) })
}

func notes(all map[string]string) map[string]string {
	kept := map[string]string{}
	for key, value := range all {
		if !bookkept(key) {
			kept[key] = value
		}
	}
	return kept
}

func notesOf(now Content, place string) map[string]string {
	all := map[string]string{}
	value, _ := get(now, inventory.Path{"metadata", place})
	fields, _ := value.(map[string]any)
	for key, value := range fields {
		all[key], _ = value.(string)
	}
	return notes(all)
}
