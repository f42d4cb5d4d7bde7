package tui

import (
	"errors"
	"fmt"
	"io"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/infscale/kubectl-infscale/checks"
)

// Update takes a message in. It asks nothing of the world itself: what has to be
// asked is in the command that it returns.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.keepInView()
	case tea.BackgroundColorMsg:
		m.dark = msg.IsDark()
		m.look = lookOf(m.o.Palette, m.dark)
	case tea.KeyPressMsg:
		return m, m.press(msg)
	case tea.PasteMsg:
		m.typeText(msg.Content)
	case tea.MouseMsg:
		return m, m.mouse(msg)
	case tickMsg:
		m.now = time.Time(msg)
		if m.saidFor--; m.saidFor == 0 && !m.saidBad {
			m.said = ""
		}
		return m, tick()
	case frameMsg:
		return m, m.arrived(msg)
	case dueMsg:
		return m, m.due(msg)
	case previewMsg:
		m.previewed(msg)
	case doneMsg:
		m.done(msg)
	case recordMsg:
		m.recordingStarted(msg)
	case openMsg:
		return m, m.opened(msg)
	}
	return m, nil
}

// press does what a key stands for.
func (m *Model) press(msg tea.KeyPressMsg) cmd {
	if m.prompt != noPrompt && msg.String() != "ctrl+c" {
		return m.promptKey(msg)
	}
	m.said = ""
	for _, c := range m.offered(m.where()) {
		if key.Matches(msg, c.Binding) {
			return c.do(m)
		}
	}
	return nil
}

// next asks for a frame, unless one is on its way.
func (m *Model) next() cmd {
	if m.o.Recording != nil {
		return m.load(m.at+1, false)
	}
	if m.o.Feed == nil || m.reading || m.paused {
		return nil
	}
	m.reading = true
	o, rec, ctx, session := *m.o, m.recorder, m.ctx, m.session
	return func() tea.Msg {
		frame, err := o.Feed.Next(ctx)
		at, lost := time.Now(), o.askTroubles()
		if err != nil {
			return frameMsg{session: session, at: at, err: err, lost: lost}
		}
		rec.write(frame)
		return frameMsg{session: session, at: at, fleet: judge(frame, &o), lost: lost}
	}
}

// judge runs the checks on a frame, away from the screen.
func judge(frame checks.Frame, o *Options) *Fleet { return Digest(frame, o.Judge(frame), o) }

// arrived takes a frame, or the reason why there is none.
func (m *Model) arrived(msg frameMsg) cmd {
	if msg.session != m.session {
		return nil
	}
	if m.o.Recording != nil {
		return m.arrivedOfRecording(msg)
	}
	m.reading, m.now, m.lost = false, msg.at, msg.lost
	if msg.err != nil {
		return m.failed(msg.err)
	}
	if m.paused {
		return nil
	}
	m.show(msg.fleet)
	m.askPace(1) // a fleet that grew is looked at more rarely
	return m.next()
}

// retryAfter is how long to wait after a feed's error before it is asked again.
const retryAfter = 2 * time.Second

func (m *Model) failed(err error) cmd {
	if errors.Is(err, io.EOF) {
		m.paused = true
		m.say("the feed has ended")
		return nil
	}
	m.trouble = clean(err.Error(), m.o.ASCII)
	session := m.session
	return tea.Tick(retryAfter, func(time.Time) tea.Msg { return dueMsg{session: session} })
}

// show puts a frame on the screen.
func (m *Model) show(f *Fleet) {
	first := m.fleet == nil
	m.fleet, m.trouble, m.framed = f, "", m.now
	m.past.add(f)
	if m.row() == nil {
		m.selectFirst(first)
	}
	m.keepInView()
	m.clampFinding()
	m.settle()
}

// settle looks whether findings that were repaired are gone.
func (m *Model) settle() {
	if len(m.pending) == 0 {
		return
	}
	there := map[string]bool{}
	for _, w := range m.fleet.Workloads {
		for i := range w.Findings {
			there[w.Findings[i].Fingerprint] = true
		}
	}
	for i := range m.fleet.Loose {
		there[m.fleet.Loose[i].Fingerprint] = true
	}
	for print := range m.pending {
		if !there[print] {
			delete(m.pending, print)
			m.mended++
		}
	}
	if len(m.pending) == 0 && m.mended > 0 {
		gone := "the finding is gone"
		if m.mended > 1 {
			gone = fmt.Sprintf("%d findings are gone", m.mended)
		}
		if m.canUndo {
			gone += "; u undoes"
		}
		m.say(gone)
		m.mended = 0
	}
}

// due is the end of a wait: for a feed's next try, or for a recording's frame.
func (m *Model) due(msg dueMsg) cmd {
	if msg.session != m.session {
		return nil
	}
	if m.o.Recording == nil {
		return m.next()
	}
	return m.dueOfRecording(msg)
}
