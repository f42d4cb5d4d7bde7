package tui

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/infscale/kubectl-infscale/checks"
)

// recording writes frames to a file, in the order in which they came.
type recording struct {
	Recorder
	mu     sync.Mutex
	frames int
	closed bool
	err    error
}

// write adds a frame; nil writes nothing. The first error ends it.
func (r *recording) write(frame checks.Frame) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.err != nil {
		return
	}
	if r.err = r.Recorder.Write(frame); r.err == nil {
		r.frames++
	}
}

// end closes the file and says what is in it.
func (r *recording) end() (frames int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return r.frames, r.err
	}
	r.closed = true
	if err := r.Recorder.Close(); r.err == nil {
		r.err = err
	}
	return r.frames, r.err
}

// state is how many frames are written, and what went wrong.
func (r *recording) state() (frames int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.frames, r.err
}

// record begins to write frames to a file, or ends it.
func (m *Model) record() cmd {
	if m.recorder != nil {
		return m.endRecording()
	}
	open, fleet := m.o.Record, m.fleet
	return func() tea.Msg {
		r, err := open()
		if err != nil {
			return recordMsg{err: err}
		}
		rec := &recording{Recorder: r}
		if fleet != nil {
			rec.write(fleet.frame)
		}
		return recordMsg{recording: rec}
	}
}

// endRecording closes the file, if there is one.
func (m *Model) endRecording() cmd {
	rec := m.recorder
	if rec == nil {
		return nil
	}
	m.recorder = nil
	return func() tea.Msg {
		_, err := rec.end()
		return recordMsg{rec, err}
	}
}

func (m *Model) recordingStarted(msg recordMsg) {
	switch {
	case msg.err != nil:
		m.complain("recording: " + msg.err.Error())
	case msg.recording.closed:
		frames, _ := msg.recording.state()
		m.say(fmt.Sprintf("wrote %s to %s; watch --from shows them again", plural(frames, "frame"), msg.recording.Path))
	default:
		m.recorder = msg.recording
		m.say("recording to " + msg.recording.Path + "; r ends it")
	}
}

// runContext goes to another context.
func (m *Model) runContext(name string) cmd {
	switch {
	case m.o.Open == nil:
		m.complain("there is only " + m.o.Context)
		return nil
	case name == "":
		m.complain("contexts: " + strings.Join(m.o.Contexts, ", "))
		return nil
	case !slices.Contains(m.o.Contexts, name):
		m.complain(fmt.Sprintf("no context is called %q: %s", name, strings.Join(m.o.Contexts, ", ")))
		return nil
	}
	m.say("going to " + name)
	open, ctx := m.o.Open, m.base // this session's ends when the other one begins
	return func() tea.Msg {
		session, err := open(ctx, name)
		return openMsg{session, err}
	}
}

// opened leaves what was looked at for another place.
func (m *Model) opened(msg openMsg) cmd {
	if msg.err != nil {
		m.complain(msg.err.Error())
		return nil
	}
	m.leave()
	closing := m.o.Close
	o := *m.o
	o.Session = msg.session
	m.o = &o
	m.session++
	m.fleet, m.past, m.over, m.preview, m.held = nil, &history{}, nil, nil, nil
	m.reading, m.paused, m.inPane, m.canUndo, m.trouble, m.lost, m.at, m.fixWork = false, false, false, false, "", nil, -1, ""
	m.namespace, m.filter, m.pending = "", "", map[string]bool{}
	m.begin()
	ended := m.endRecording() // one file is of one place
	if closing == nil {
		return tea.Batch(m.next(), ended)
	}
	return tea.Batch(m.next(), ended, func() tea.Msg {
		closing()
		return nil
	})
}

func (m *Model) quit() cmd { return tea.Quit }

func (m *Model) interrupt() cmd { return tea.Interrupt }
