package tui

import (
	"charm.land/bubbles/v2/key"
)

// where says on which screens a key does something.
type where uint8

const (
	onFleet where = 1 << iota
	onDetail
	onText    // help, explanations
	onPreview // of a fix
	anywhere  = onFleet | onDetail | onText | onPreview
)

// command is a key and what it does. The help and the footer are made of these.
type command struct {
	key.Binding
	on      where
	group   string
	footer  string // the word in the footer, in this order; "" is not there
	allowed func(*Model) bool
	useful  func(*Model) bool // the footer shows it; nil is always
	do      func(*Model) cmd
}

func bind(help, what string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, what))
}

// The groups of the help.
const (
	groupMove   = "Move"
	groupFix    = "Repair"
	groupLook   = "Look"
	groupTime   = "Time"
	groupSort   = "Sort by (again: the other way round)"
	groupLeave  = "Leave"
	groupPrompt = "Behind :"
)

// commands are all keys. What is not allowed is not shown.
func commands() []command {
	all := append(moveCommands(), fixCommands()...)
	all = append(all, lookCommands()...)
	all = append(all, timeCommands()...)
	for i := range sortable {
		c := &sortable[i]
		all = append(all, command{
			Binding: bind(c.key, c.what, c.key), on: onFleet, group: groupSort,
			do: func(m *Model) cmd { m.sortBy(c.id); return nil },
		})
	}
	return append(all,
		command{Binding: bind("esc", "back", "esc"), on: anywhere, group: groupLeave, allowed: (*Model).deep, footer: "back", do: (*Model).back},
		command{Binding: bind("q", "quit", "q"), on: anywhere, group: groupLeave, footer: "quit", do: (*Model).quitOrBack},
		command{Binding: bind("ctrl-c", "quit from anywhere", "ctrl+c"), on: anywhere, group: groupLeave, do: (*Model).interrupt},
	)
}

func moveCommands() []command {
	step := func(n int) func(*Model) cmd { return func(m *Model) cmd { m.move(n); return nil } }
	page := func(n int) func(*Model) cmd { return func(m *Model) cmd { m.page(n); return nil } }
	return []command{
		{Binding: bind("j", "down", "j", "down"), on: anywhere, group: groupMove, do: step(1)},
		{Binding: bind("k", "up", "k", "up"), on: anywhere, group: groupMove, do: step(-1)},
		{Binding: bind("g", "first", "g", "home"), on: anywhere, group: groupMove, do: step(-far)},
		{Binding: bind("G", "last", "G", "end"), on: anywhere, group: groupMove, do: step(far)},
		{Binding: bind("ctrl-d", "a page down", "ctrl+d", "pgdown", "ctrl+f"), on: anywhere, group: groupMove, do: page(1)},
		{Binding: bind("ctrl-u", "a page up", "ctrl+u", "pgup", "ctrl+b"), on: anywhere, group: groupMove, do: page(-1)},
		{Binding: bind("enter", "details and charts", "enter"), on: onFleet, group: groupMove, footer: "details", useful: (*Model).hasRow, do: (*Model).open},
		{Binding: bind("tab", "between workloads and findings", "tab", "shift+tab"), on: onFleet, group: groupMove, footer: "findings", useful: (*Model).hasRow, do: (*Model).turn},
	}
}

// far is more than any list is long.
const far = 1 << 20

func fixCommands() []command {
	can := func(m *Model) bool { return m.o.can() }
	undo := func(m *Model) bool { return !m.o.ReadOnly && m.o.Actions.Undo != nil }
	return []command{
		{Binding: bind("f", "fix: show the change first", "f"), on: onFleet | onDetail, group: groupFix, footer: "fix", allowed: can, useful: (*Model).hasRow, do: (*Model).fix},
		{Binding: bind("F", "all safe fixes", "F"), on: onFleet | onDetail, group: groupFix, allowed: can, do: (*Model).fixAll},
		{Binding: bind("y", "apply what is shown", "y"), on: onPreview, group: groupFix, footer: "apply", allowed: can, useful: func(m *Model) bool { return m.preview != nil && m.preview.Apply != nil }, do: (*Model).apply},
		{Binding: bind("u", "undo the last fix", "u"), on: onFleet | onDetail, group: groupFix, footer: "undo", allowed: undo, useful: func(m *Model) bool { return m.canUndo }, do: (*Model).undo},
	}
}

func lookCommands() []command {
	return []command{
		{Binding: bind("e", "explain the finding", "e"), on: onFleet | onDetail, group: groupLook, footer: "explain", useful: (*Model).hasRow, do: (*Model).explain},
		{Binding: bind("i", "source and age of every number", "i"), on: onFleet | onDetail, group: groupLook, do: (*Model).toggleSources},
		{Binding: bind("/", "filter", "/"), on: onFleet, group: groupLook, footer: "filter", useful: (*Model).hasFleet, do: (*Model).askFilter},
		{Binding: bind(":", "command", ":"), on: onFleet | onDetail, group: groupLook, do: (*Model).askCommand},
		{Binding: bind("n", "next namespace", "n"), on: onFleet, group: groupLook, allowed: (*Model).hasNamespaces, do: (*Model).nextNamespace},
		{Binding: bind("0", "all namespaces", "0"), on: onFleet, group: groupLook, allowed: (*Model).hasNamespaces, do: (*Model).allNamespaces},
		{Binding: bind("?", "help", "?"), on: anywhere, group: groupLook, footer: "help", useful: func(m *Model) bool { return m.showing() != helpView }, do: (*Model).help},
	}
}

func timeCommands() []command {
	replay := func(m *Model) bool { return m.o.Recording != nil }
	pace := func(m *Model) bool { return m.o.Recording == nil && m.o.Pace != nil }
	record := func(m *Model) bool { return m.o.Record != nil }
	return []command{
		{Binding: bind("p", "pause", "p", "space"), on: onFleet | onDetail, group: groupTime, footer: "pause", do: (*Model).pause},
		{Binding: bind("r", "record", "r"), on: onFleet | onDetail, group: groupTime, allowed: record, do: (*Model).record},
		{Binding: bind("+", "faster", "+", "="), on: onFleet | onDetail, group: groupTime, allowed: pace, do: (*Model).faster},
		{Binding: bind("-", "slower", "-", "_"), on: onFleet | onDetail, group: groupTime, allowed: pace, do: (*Model).slower},
		{Binding: bind("[", "a frame back", "[", "left"), on: onFleet | onDetail, group: groupTime, footer: "back", allowed: replay, do: func(m *Model) cmd { return m.step(-1) }},
		{Binding: bind("]", "a frame on", "]", "right"), on: onFleet | onDetail, group: groupTime, footer: "on", allowed: replay, do: func(m *Model) cmd { return m.step(1) }},
		{Binding: bind("+", "replay faster", "+", "=", "}"), on: onFleet | onDetail, group: groupTime, allowed: replay, do: (*Model).faster},
		{Binding: bind("-", "replay slower", "-", "_", "{"), on: onFleet | onDetail, group: groupTime, allowed: replay, do: (*Model).slower},
	}
}

func (m *Model) hasRow() bool { return m.row() != nil }

func (m *Model) hasFleet() bool { return m.fleet != nil }

// offered are the commands that do something where the model is now.
func (m *Model) offered(on where) []command {
	var all []command
	for _, c := range m.commands {
		if c.on&on != 0 && (c.allowed == nil || c.allowed(m)) {
			all = append(all, c)
		}
	}
	return all
}

// allowed are the commands for the help: also those that do something elsewhere.
func (m *Model) allowed(on where) []command {
	var all []command
	for _, c := range m.commands {
		if c.on&on != 0 && (c.group == groupLeave || c.allowed == nil || c.allowed(m)) {
			all = append(all, c)
		}
	}
	return all
}

// words are the commands behind the colon.
var words = [...]struct{ usage, what string }{
	{"ns NAME", "only this namespace; ns all"},
	{"ctx NAME", "another context"},
	{"sort COLUMN", "name, queue, kv and the others"},
	{"filter TEXT", "only workloads with this text"},
	{"explain CHECK", "a check of the catalogue"},
	{"palette NAME", "default, colour-blind, mono"},
	{"q", "quit"},
}
