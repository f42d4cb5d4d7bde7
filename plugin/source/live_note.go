package source

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// livePlace is a kind in a namespace; an empty namespace is everywhere.
type livePlace struct {
	kind      inventory.Kind
	namespace string
}

// liveNotes is where was looked, and where that could not be.
type liveNotes struct {
	looked   map[livePlace]bool
	gaps     map[livePlace]string // reasons
	answered int                  // requests to which the server had any answer
	first    string               // the first reason
}

func newNotes() liveNotes {
	return liveNotes{looked: map[livePlace]bool{}, gaps: map[livePlace]string{}}
}

func (n *liveNotes) gap(at livePlace, reason string) {
	if n.gaps[at] == "" {
		n.gaps[at] = reason
	}
	if n.first == "" {
		n.first = reason
	}
}

// saw says whether a named object would have been met.
func (n *liveNotes) saw(ref inventory.Ref) bool {
	kind, ok := inventory.KindOf(ref.Group+"/", ref.Kind)
	for _, at := range []livePlace{{kind, ""}, {kind, ref.Namespace}} {
		if ok && n.looked[at] && n.gaps[at] == "" {
			return true
		}
	}
	return false
}

// tell hands the notes to the snapshot, always in the same order.
func (n *liveNotes) tell(b *inventory.Builder) {
	for at := range n.looked {
		if n.gaps[at] == "" {
			b.Looked(at.kind, at.namespace)
		}
	}
	places := make([]livePlace, 0, len(n.gaps))
	for at := range n.gaps {
		places = append(places, at)
	}
	slices.SortFunc(places, func(a, b livePlace) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.namespace, b.namespace))
	})
	for _, at := range places {
		b.Gap(inventory.Gap{Kind: at.kind, Namespace: at.namespace, Reason: inNamespace(n.gaps[at], at.namespace)})
	}
}

// note records the end of one query. A list of a custom kind that the server
// does not know was looked at: there is nothing. A built-in kind that it does
// not know, it may know in an older version than is read here. One object that
// is not there says nothing about the others of its kind, except where the
// table names them all.
func (l *liveLoad) note(q liveQuery, refused *refusal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if refused == nil || refused.code != 0 {
		l.notes.answered++
	}
	switch {
	case q.reach == byMention && (refused == nil || refused.absent()):
	case q.reach == besideAdapter && refused == nil:
	case refused == nil:
		l.notes.looked[livePlace{q.kind, q.namespace}] = true
	case refused.absent() && q.kind.Info().Custom:
		l.notes.looked[livePlace{q.kind, ""}] = true
	default:
		l.notes.gap(livePlace{q.kind, q.namespace}, refused.explain(q))
	}
}

// denied says whether the same may not be asked again: of a hundred gets by
// name, one refusal is enough.
func (l *liveLoad) denied(q liveQuery) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return q.name != "" && l.notes.gaps[livePlace{q.kind, q.namespace}] != ""
}

// piecewise lists namespace by namespace what may not be listed as a whole.
func (l *liveLoad) piecewise(ctx context.Context, q liveQuery, refused *refusal) error {
	pieces, all, err := l.pieces(ctx)
	if err != nil {
		return err
	}
	var seen []string
	for _, namespace := range pieces {
		part := q
		part.namespace = namespace
		err := l.look(ctx, part)
		switch r := asRefusal(err); {
		case err == nil:
			seen = append(seen, namespace)
			l.note(part, nil)
		case r == nil:
			return err
		case !r.forbidden():
			l.note(part, r)
		}
	}
	if all && len(seen) == len(pieces) {
		return nil
	}
	reason := refused.explain(q)
	if len(seen) > 0 {
		reason += "; seen in " + enumerate(seen) + " alone"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes.answered++
	l.notes.gap(livePlace{q.kind, ""}, reason)
	return nil
}

// pieces are the namespaces to try one by one: those asked for, or all where
// they are known and not too many, or the context's own.
func (l *liveLoad) pieces(ctx context.Context) (names []string, all bool, err error) {
	if len(l.asked) > 0 {
		return l.asked, false, nil
	}
	known, err := l.namespaces(ctx)
	if err != nil {
		return nil, false, err
	}
	if known.listed && len(known.names) <= maxPieces {
		return known.names, true, nil
	}
	if l.ContextNamespace != "" {
		return []string{l.ContextNamespace}, false, nil
	}
	return nil, false, nil
}

// enumerate names a few and counts the rest.
func enumerate(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// report tells the caller how many objects of a kind have arrived.
func (l *liveLoad) report(q liveQuery, more int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived[q.kind] += more
	if l.Progress != nil && q.name == "" {
		l.Progress(q.kind.Info().Resource + ": " + grouped(l.arrived[q.kind]))
	}
}

// grouped writes 1500 as "1 500".
func grouped(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + " " + text[at:]
	}
	return text
}

func sortProblems(all []inventory.Problem) {
	slices.SortFunc(all, func(a, b inventory.Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), strings.Compare(a.Reason, b.Reason))
	})
}

// inNamespace takes the namespace out of a reason that stands beside it.
func inNamespace(reason, namespace string) string {
	if namespace == "" {
		return reason
	}
	return strings.Replace(reason, " in "+namespace, "", 1)
}
