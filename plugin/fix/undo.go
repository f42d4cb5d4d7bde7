package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
)

// UndoPreview is what an undo would do.
type UndoPreview struct {
	Entry Entry
	Diff  string
	// Already: the fields are as they were before the fix, somebody saw to it.
	Already bool

	now Content
}

// PreviewUndo says what would be restored: the entry whose ID begins so, or the
// last one applied to this cluster. Its error is a *[Refused] when somebody
// changed one of the fields since; it shows both values.
func (f *Fixer) PreviewUndo(ctx context.Context, id string) (*UndoPreview, error) {
	entry, err := f.Journal.pick(id, f.Server)
	if err != nil {
		return nil, err
	}
	now, err := f.Cluster.Get(ctx, entry.target())
	var missing *Refused
	if err != nil && !(errors.As(err, &missing) && missing.NotFound) {
		return nil, err
	}
	if entry.Created && err != nil && entry.Server == f.Server {
		return &UndoPreview{Entry: entry, Already: true}, nil
	}
	if uid := metaString(now, "uid"); err != nil || uid != entry.UID {
		reason := "the object that was repaired is not there any more"
		if entry.Server != f.Server {
			reason = fmt.Sprintf("the object that was repaired is not there: fix %s was applied to %s, and this is %s", entry.ID, entry.Server, f.Server)
		}
		return nil, &Refused{Ref: entry.Ref, Reason: reason, NotFound: true}
	}
	p := &UndoPreview{Entry: entry, now: now}
	if p.Already = entry.matches(now, false); p.Already {
		return p, nil
	}
	if changed := entry.differing(now, true); len(changed) > 0 {
		return nil, &Refused{Ref: entry.Ref, Reason: fmt.Sprintf("changed since fix %s wrote it: %s", entry.ID, changesText(now, changed)), Conflict: true}
	}
	var after Content // nothing is left of what was created
	if !entry.Created {
		if after, err = edited(now, entry.reversed(now)); err != nil {
			return nil, err
		}
	}
	name := entry.Ref.String()
	restored := name + " (restored)"
	if entry.Created {
		restored = "/dev/null"
	}
	p.Diff = UnifiedDiff(name+" (now)", YAML(now), restored, YAML(after))
	return p, nil
}

// reversed are the edits that restore the former values. What others wrote
// since into a mapping that the fix made stays, unless it says nothing: KEDA's
// operator fills in empty ones when it writes its finalizer.
func (e Entry) reversed(now Content) []checks.Edit {
	var edits []checks.Edit
	for i := len(e.Fields) - 1; i >= 0; i-- {
		field := e.Fields[i]
		edit := checks.Edit{Path: field.Path, Value: field.Before}
		if !field.Had {
			value, _ := get(now, field.Path)
			edit.Value = without(value, field.After)
		}
		edits = append(edits, edit)
	}
	return edits
}

// Undo restores the former values of exactly the fields that the fix touched,
// and gives them back in managedFields to whom they belonged. It refuses as
// [Fixer.PreviewUndo] does.
func (f *Fixer) Undo(ctx context.Context, id string) (Entry, error) {
	unlock, err := f.Journal.lock(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	p, err := f.PreviewUndo(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	entry := p.Entry
	entry.State = Undoing
	if err := f.Journal.write(entry); err != nil {
		return entry, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	if !p.Already {
		err := f.restore(ctx, entry, p.now)
		var refused *Refused
		if errors.As(err, &refused) {
			entry.State = Applied
			return entry, errors.Join(err, f.Journal.write(entry))
		}
		if err != nil {
			return entry, fmt.Errorf("%w; whether it was written shows at the next run", err)
		}
	}
	return f.finishUndo(ctx, entry)
}

// restore writes the former values, or removes what was created.
func (f *Fixer) restore(ctx context.Context, entry Entry, now Content) error {
	if entry.Created {
		_, err := f.Cluster.Delete(ctx, entry.target(), metaString(now, "uid"), false)
		return err
	}
	for try := 1; ; try++ {
		patch, err := jsonPatch(now, entry.reversed(now))
		if err != nil {
			return err
		}
		_, err = f.Cluster.Patch(ctx, entry.target(), patch, false)
		var refused *Refused
		if !errors.As(err, &refused) {
			return err
		}
		again, problem := f.Cluster.Get(ctx, entry.target())
		if problem != nil {
			return err
		}
		if changed := entry.differing(again, true); len(changed) > 0 {
			return &Refused{Ref: entry.Ref, Reason: "changed meanwhile: " + changesText(again, changed), Conflict: true}
		}
		if metaString(again, "resourceVersion") == metaString(now, "resourceVersion") || try == writeTries {
			return err
		}
		now = again
	}
}

// finishUndo gives the fields back, and notes the undo down. Ownership is a
// courtesy: an object that refuses it is restored all the same.
func (f *Fixer) finishUndo(ctx context.Context, entry Entry) (Entry, error) {
	if !entry.Created {
		f.giveBack(ctx, entry)
	}
	entry.State = Undone
	return entry, f.Journal.write(entry)
}

func (f *Fixer) giveBack(ctx context.Context, entry Entry) {
	for range writeTries {
		now, err := f.Cluster.Get(ctx, entry.target())
		if err != nil {
			return
		}
		list := givenBack(now, entry.Taken)
		if list == nil {
			return
		}
		patch, err := ownershipPatch(now, list)
		if err != nil {
			return
		}
		if _, err = f.Cluster.Patch(ctx, entry.target(), patch, false); err == nil {
			return
		}
	}
}

func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
