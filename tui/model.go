package tui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

type cmd = tea.Cmd

// overlay is what lies over the fleet.
type overlay uint8

const (
	noOverlay overlay = iota
	detailView
	helpView
	explainView
	previewView
)

// promptKind is what is being typed.
type promptKind uint8

const (
	noPrompt promptKind = iota
	filterPrompt
	commandPrompt
)

// Model is all that the screen knows.
type Model struct {
	base     context.Context // of the program
	ctx      context.Context // of the session
	leave    context.CancelFunc
	o        *Options
	commands []command
	look     *looks
	g        *glyphs
	dark     bool

	width, height int
	session       int // counts the contexts that were looked at; answers of former ones are late
	fleet         *Fleet
	past          *history
	trouble       string // why no frame comes, "" while they do
	lost          []Trouble
	now, framed   time.Time
	reading       bool // a frame is on its way

	selected  inventory.Ref
	finding   int // of the selected workload
	inPane    bool
	filter    string
	namespace string
	order     string // a sortable column's id
	reversed  bool
	sources   bool
	once      bool // there is one frame, and no screen
	top       int  // first row of the table that is shown

	over   []overlay // the last is on top
	scroll int
	check  *checks.Check   // explained
	about  *checks.Finding // explained; nil for a check of the catalogue

	preview   *Preview
	fixing    []checks.Finding // of the preview
	repairing []checks.Finding // by what is being applied
	fixWork   string           // what is being asked; "" for nothing
	pending   map[string]bool  // fingerprints that were repaired and are not gone yet
	mended    int              // of those, how many are gone
	canUndo   bool
	prompt    promptKind
	typed     string
	said      string // the footer's message
	saidBad   bool
	saidFor   int // seconds
	recorder  *recording

	paused bool
	tempo  string // how fast frames come, in a few letters
	speed  float64
	at     int // frame of a recording that is shown
	aim    int // the frame that was stepped to, and may be on its way
	gen    int // counts the requests for frames of a recording; older answers are late
	held   *frameMsg
}

// New makes the model of a screen that has not seen a frame yet.
func New(ctx context.Context, o Options) *Model {
	m := &Model{
		base: ctx, o: &o, commands: commands(), g: glyphsOf(o.ASCII), dark: true, past: &history{},
		order: byName, speed: 1, at: -1, pending: map[string]bool{},
	}
	m.look = lookOf(o.Palette, m.dark)
	m.begin()
	return m
}

// begin prepares for a session's first frame.
func (m *Model) begin() {
	m.ctx, m.leave = context.WithCancel(m.base)
	m.askPace(1)
}

// Init asks for the first frame and starts the clock.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(m.next(), tick(), tea.RequestBackgroundColor)
}

// View is the screen for bubbletea.
func (m *Model) View() tea.View {
	view := tea.NewView(m.Screen(m.width, m.height))
	view.AltScreen = true
	view.WindowTitle = "infscale " + clean(m.o.Context, true)
	if m.o.Mouse {
		view.MouseMode = tea.MouseModeCellMotion
	}
	return view
}

// showing is the overlay on top.
func (m *Model) showing() overlay {
	if len(m.over) == 0 {
		return noOverlay
	}
	return m.over[len(m.over)-1]
}

func (m *Model) where() where {
	switch m.showing() {
	case detailView:
		return onDetail
	case helpView, explainView:
		return onText
	case previewView:
		return onPreview
	}
	return onFleet
}

// put lays an overlay on top.
func (m *Model) put(o overlay) {
	m.over = append(m.over, o)
	m.scroll = 0
}

// say shows a message in the footer for a while, or until the next key.
func (m *Model) say(words string) {
	const seconds = 10
	m.said, m.saidBad, m.saidFor = clean(words, m.o.ASCII), false, seconds
}

// complain shows one that stays until the next key.
func (m *Model) complain(words string) { m.said, m.saidBad = clean(words, m.o.ASCII), true }

// The messages.
type (
	frameMsg struct {
		session, gen int
		index        int  // in a recording
		hold         bool // until its time has come
		fleet        *Fleet
		lost         []Trouble
		at           time.Time
		err          error
	}
	tickMsg    time.Time
	previewMsg struct {
		session int
		preview Preview
		err     error
	}
	doneMsg struct {
		session int
		words   string
		err     error
		undone  bool
	}
	recordMsg struct {
		recording *recording
		err       error
	}
	openMsg struct {
		session Session
		err     error
	}
	dueMsg struct{ session, gen int } // the next frame of a recording
)

func tick() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) })
}
