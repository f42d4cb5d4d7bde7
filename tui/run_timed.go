package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// Cause is what a screen was drawn for.
type Cause string

// The causes.
const (
	CauseKey   Cause = "key"
	CauseFrame Cause = "frame"
	CauseOther Cause = "other" // the clock, the window's size, an answer
)

// timed measures how long each screen takes.
type timed struct {
	*Model
	drawn func(Cause, time.Duration)
	cause Cause // of the screen that is to be drawn; "" for none
	began time.Time
}

// Update takes a message in; the clock runs until the next View.
func (t *timed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	t.cause, t.began = causeOf(msg), time.Now()
	_, next := t.Model.Update(msg)
	return t, next
}

// View is the screen.
func (t *timed) View() tea.View {
	view := t.Model.View()
	if t.cause != "" {
		t.drawn(t.cause, time.Since(t.began))
	}
	t.cause = ""
	return view
}

func causeOf(msg tea.Msg) Cause {
	switch msg.(type) {
	case tea.KeyPressMsg:
		return CauseKey
	case frameMsg:
		return CauseFrame
	}
	return CauseOther
}
