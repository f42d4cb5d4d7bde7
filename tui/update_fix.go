package tui

import (
	"cmp"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/infscale/kubectl-infscale/checks"
)

// fix asks what the fix of the current finding would change.
func (m *Model) fix() cmd {
	f := m.current()
	switch {
	case f == nil:
		m.say("nothing to repair here")
		return nil
	case f.Fix == nil:
		m.say(f.Check.ID + " has no fix that a program could write; e explains what to do")
		return nil
	}
	return m.ask([]checks.Finding{*f})
}

// fixAll asks for all safe fixes: of the workload that is looked at in detail,
// else of all that are in the table.
func (m *Model) fixAll() cmd {
	rows := m.rows()
	if m.showing() == detailView {
		rows = nil
		if w := m.row(); w != nil {
			rows = []*Workload{w}
		}
	}
	var all []checks.Finding
	for _, w := range rows {
		for _, f := range w.Findings {
			if f.Fix != nil && f.Fix.Safety == checks.Safe && !f.Fix.Restarts {
				all = append(all, f)
			}
		}
	}
	if len(all) == 0 {
		m.say("no finding here has a safe fix")
		return nil
	}
	return m.ask(all)
}

// ask previews fixes away from the screen.
func (m *Model) ask(findings []checks.Finding) cmd {
	if m.fixWork != "" {
		return nil
	}
	m.fixWork, m.fixing = "asking the API server for a dry run", findings
	preview, ctx, all, session := m.o.Actions.Preview, m.ctx, m.fleet.all, m.session
	return func() tea.Msg {
		p, err := preview(ctx, all, findings)
		return previewMsg{session, p, err}
	}
}

// previewed shows a preview, unless its context was left: what it offers to apply
// is not for what is on the screen now.
func (m *Model) previewed(msg previewMsg) {
	if msg.session != m.session {
		return
	}
	m.fixWork = ""
	if msg.err != nil {
		m.complain("no preview: " + msg.err.Error())
		return
	}
	m.preview = &msg.preview
	m.put(previewView)
}

// apply writes what the preview shows.
func (m *Model) apply() cmd {
	if m.preview == nil || m.fixWork != "" {
		return nil
	}
	if m.preview.Apply == nil {
		m.complain("this cannot be applied here")
		return nil
	}
	m.fixWork, m.repairing = "applying", m.preview.Repairs
	apply, ctx, session := m.preview.Apply, m.ctx, m.session
	return func() tea.Msg {
		words, err := apply(ctx)
		return doneMsg{session: session, words: words, err: err}
	}
}

// undo takes the last fix back.
func (m *Model) undo() cmd {
	if m.fixWork != "" {
		return nil
	}
	m.fixWork = "undoing"
	undo, ctx, session := m.o.Actions.Undo, m.ctx, m.session
	return func() tea.Msg {
		words, err := undo(ctx)
		return doneMsg{session: session, words: words, err: err, undone: true}
	}
}

// done is the end of an apply or an undo.
func (m *Model) done(msg doneMsg) {
	if msg.session != m.session {
		m.doneElsewhere(msg)
		return
	}
	m.fixWork = ""
	if msg.err != nil {
		m.complain(msg.err.Error())
		return
	}
	if msg.undone {
		m.canUndo = false
		clear(m.pending) // nobody waits for their end any more
		m.mended = 0
		m.say(msg.words)
		return
	}
	for _, f := range m.repairing {
		m.pending[f.Fingerprint] = true
	}
	m.fixing, m.repairing = nil, nil
	if i := slices.Index(m.over, previewView); i >= 0 { // also beneath the help
		m.preview, m.over, m.scroll = nil, slices.Delete(m.over, i, i+1), 0
	}
	m.canUndo = m.o.Actions.Undo != nil
	words := msg.words
	if words == "" {
		words = "applied"
	}
	if m.canUndo {
		words += "; u undoes"
	}
	m.say(words)
}

// doneElsewhere tells of the end in a context that was left meanwhile: nothing
// here waits for it, and no key undoes it here.
func (m *Model) doneElsewhere(msg doneMsg) {
	const there = "in the context that was left: "
	if msg.err != nil {
		m.complain(there + msg.err.Error())
		return
	}
	m.say(there + cmp.Or(msg.words, "applied"))
}

// explain shows why the current finding is one.
func (m *Model) explain() cmd {
	f := m.current()
	if f == nil {
		m.say("nothing was found here")
		return nil
	}
	m.check, m.about = f.Check, f
	m.put(explainView)
	return nil
}

// help shows the keys, and again hides them.
func (m *Model) help() cmd {
	if m.showing() == helpView {
		return m.back()
	}
	m.put(helpView)
	return nil
}

func (m *Model) toggleSources() cmd {
	m.sources = !m.sources
	return nil
}

// fixWords say what a fix does and what that takes.
func fixWords(f *checks.Fix) string {
	if f.Restarts {
		return fmt.Sprintf("%s (%s, restarts pods)", f.Title, f.Safety)
	}
	return fmt.Sprintf("%s (%s)", f.Title, f.Safety)
}
