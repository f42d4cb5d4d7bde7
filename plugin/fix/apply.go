package fix

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const (
	// writeLimit is how long one write may take: longer than the API server's
	// own patience with a webhook (30 s at most).
	writeLimit = 40 * time.Second
	// writeTries bounds how often a write is sent again because the object's
	// status moved on between the preview and the write.
	writeTries = 8
)

// Apply writes what was previewed. The error is a *[Refused] where the answer
// was no; then nothing was written. After any other error the journal holds the
// entry as intended, and [Fixer.Reconcile] finds out. Once the write is
// announced, it is carried through even if the context ends.
func (f *Fixer) Apply(ctx context.Context, p *Preview) (Entry, error) {
	if p.Refusal != "" {
		return Entry{}, &Refused{Ref: p.Ref(), Reason: p.Refusal}
	}
	unlock, err := f.Journal.lock(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	entry := f.entryOf(p)
	if err := f.Journal.write(entry); err != nil {
		return Entry{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	result, err := f.write(ctx, p)
	var refused *Refused
	if errors.As(err, &refused) {
		return Entry{}, errors.Join(err, f.Journal.remove(entry))
	}
	if err != nil {
		return entry, fmt.Errorf("%w; whether it was written shows at the next run", err)
	}
	entry.State = Applied
	entry.record(p, result.Object)
	p.Warnings = result.Warnings
	return entry, f.Journal.write(entry)
}

func (f *Fixer) entryOf(p *Preview) Entry {
	now := f.Now()
	entry := Entry{
		Version: journalVersion, ID: entryID(now, p.Ref()), State: Intended, At: now, Server: f.Server,
		Ref: p.Ref(), APIVersion: p.target().APIVersion, Fixes: fixesOf(p.Findings), Created: p.New != nil,
	}
	for f.Journal.has(entry.ID) { // no entry takes the place of another
		now = now.Add(1)
		entry.ID = entryID(now, entry.Ref)
	}
	entry.record(p, p.After)
	return entry
}

// record notes down what the object has become, or is about to.
func (e *Entry) record(p *Preview, after Content) {
	if e.Created {
		// Labels and finalizers may be added by whoever it is for.
		spec, _ := get(after, inventory.Path{"spec"})
		e.UID, e.Fields = metaString(after, "uid"), []Field{{Path: inventory.Path{"spec"}, After: spec, Has: true}}
		return
	}
	e.UID, e.Fields, e.Taken = metaString(p.Before, "uid"), changedFields(p.Before, after), moved(p.Before, after)
}

// write sends the patch for the previewed version. When only the status or the
// bookkeeping has moved on since, it sends it for the new version; when somebody
// changed the object, it says what.
func (f *Fixer) write(ctx context.Context, p *Preview) (Result, error) {
	if p.New != nil {
		return f.Cluster.Create(ctx, p.target(), p.made, false)
	}
	target, before := TargetOf(p.Object), p.Before
	for try := 1; ; try++ {
		patch, err := patchFor(target, before, p.Edits)
		if err != nil {
			return Result{}, err
		}
		result, err := f.Cluster.Patch(ctx, target, patch, false)
		var refused *Refused
		if !errors.As(err, &refused) {
			return result, err
		}
		now, problem := f.Cluster.Get(ctx, target)
		if problem != nil {
			return Result{}, err
		}
		if metaString(now, "uid") != metaString(p.Before, "uid") {
			return Result{}, &Refused{Ref: target.Ref, Reason: "another object of the name is there since it was previewed", Conflict: true}
		}
		if changes := changedFields(p.Before, now); len(changes) > 0 {
			return Result{}, &Refused{Ref: target.Ref, Reason: "changed since it was previewed: " + changesText(now, changes), Conflict: true}
		}
		moved := metaString(now, "resourceVersion") != metaString(before, "resourceVersion")
		if !moved || try == writeTries {
			return Result{}, err
		}
		before = now
	}
}

// changesText names what is different, and who made it so.
func changesText(now Content, changes []Field) string {
	var words []string
	for _, c := range changes {
		text := fmt.Sprintf("%s was %s, is %s", c.Path, valueText(c.Before, c.Had), valueText(c.After, c.Has))
		if writer := writerOf(now, c.Path); writer != "" {
			text += " (" + writer + ")"
		}
		words = append(words, text)
	}
	return strings.Join(words, "; ")
}

func valueText(value any, there bool) string {
	if !there {
		return "not set"
	}
	const longest = 200
	text := jsonText(value)
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// Reconcile brings the entries that were announced and not noted down into
// agreement with the cluster, and returns those that are still unclear. One whose
// object may not be read stays as it was announced, and is among them: it does
// not keep others from being repaired.
func (f *Fixer) Reconcile(ctx context.Context) ([]Entry, error) {
	entries, err := f.Journal.Entries()
	if err != nil {
		return nil, err
	}
	var unclear []Entry
	for _, entry := range entries {
		if entry.Server != f.Server || entry.State != Intended && entry.State != Undoing {
			continue
		}
		entry, err := f.settle(ctx, entry.ID)
		var refused *Refused
		if unread := errors.As(err, &refused); unread || err == nil && entry.State == Unclear {
			unclear = append(unclear, entry)
		} else if err != nil {
			return unclear, err
		}
	}
	return unclear, nil
}

// settle finds out what became of one entry. Whoever still writes it holds the
// lock.
func (f *Fixer) settle(ctx context.Context, id string) (Entry, error) {
	unlock, err := f.Journal.lock(ctx)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	entry, err := f.Journal.read(id)
	if err != nil || entry.State != Intended && entry.State != Undoing {
		return entry, ignoreMissing(err)
	}
	now, err := f.Cluster.Get(ctx, entry.target())
	var refused *Refused
	switch {
	case errors.As(err, &refused) && refused.NotFound && entry.State == Undoing && entry.Created:
		entry.State = Undone
		return entry, f.Journal.write(entry)
	case errors.As(err, &refused) && refused.NotFound:
		return entry, f.Journal.remove(entry) // nothing is left to undo
	case err != nil:
		return entry, err
	case entry.Created && entry.State == Intended && !ownedByUs(now), // somebody else has made it
		metaString(now, "uid") != entry.UID && !entry.Created:
		return entry, f.Journal.remove(entry)
	}
	if entry.Created && entry.State == Intended {
		entry.UID = metaString(now, "uid")
	}
	switch after, before := entry.matches(now, true), entry.matches(now, false); {
	case before && entry.State == Intended:
		return entry, f.Journal.remove(entry) // it was never written
	case after:
		entry.State = Applied
	case before:
		return f.finishUndo(ctx, entry)
	default:
		entry.State = Unclear
	}
	return entry, f.Journal.write(entry)
}

func ownedByUs(content Content) bool {
	for _, m := range managers(content) {
		if m.Manager == Manager {
			return true
		}
	}
	return false
}

// matches says whether all fields are as they were after the fix, or before.
func (e Entry) matches(now Content, after bool) bool {
	return len(e.differing(now, after)) == 0
}

// differing lists the fields that are not as they were after the fix, or
// before, with what they are now as the field's After.
func (e Entry) differing(now Content, after bool) []Field {
	var all []Field
	for _, field := range e.Fields {
		value, there := get(own(now), field.Path)
		want, wanted := field.Before, field.Had
		if after {
			want, wanted = field.After, field.Has
		}
		// Others may write into what is ours; what they made of a whole object is theirs to take away.
		grown := after && !field.Had && there && covers(value, want) && (!e.Created || without(value, want) == nil)
		if there != wanted || there && !equal(value, want) && !grown {
			all = append(all, Field{Path: field.Path, Before: want, Had: wanted, After: value, Has: there})
		}
	}
	return all
}

func (e Entry) target() Target { return Target{e.Ref, e.APIVersion} }
