package tui

import (
	"context"
	"sync"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"github.com/infscale/kubectl-infscale/checks"
)

// driver plays bubbletea: it runs commands at once and feeds their messages back.
// Waits are over at once inside of a synctest bubble.
type driver struct {
	*Model
	quit bool
}

// start makes a model that has taken in all that its feed has.
func start(t testing.TB, o Options, w, h int) *driver {
	t.Helper()
	d := &driver{Model: New(context.Background(), o)}
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	d.run(d.next())
	return d
}

// peak are the frames of the fixture's fleet, ten seconds apart: frames do not
// change, and reading their manifests takes longer than all else.
var peak struct {
	sync.Once
	frames []checks.Frame
}

func lunch(t testing.TB) []checks.Frame {
	peak.Do(func() {
		for i := range 20 {
			peak.frames = append(peak.frames, frameOf(t, i*10))
		}
	})
	return peak.frames
}

// startWith is start on frames of the fixture's fleet, ten seconds apart.
func startWith(t testing.TB, w, h, count int, change func(*Options)) *driver {
	t.Helper()
	o := testOptions(&frames{all: lunch(t)[:count]})
	if change != nil {
		change(&o)
	}
	d := start(t, o, w, h)
	d.paused, d.said = false, ""
	return d
}

func (d *driver) send(msg tea.Msg) {
	_, cmd := d.Update(msg)
	d.run(cmd)
}

func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil, tickMsg:
	case tea.QuitMsg, tea.InterruptMsg:
		d.quit = true
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.run(cmd)
		}
	default:
		d.send(msg)
	}
}

// keys presses keys: letters as they are, others in brackets: "jj<enter>f".
func (d *driver) keys(script string) {
	named := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "backspace": tea.KeyBackspace, "space": tea.KeySpace,
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
	}
	for len(script) > 0 {
		if script[0] == '<' {
			end := 1
			for script[end] != '>' {
				end++
			}
			name := script[1:end]
			script = script[end+1:]
			if code, ok := named[name]; ok {
				d.send(tea.KeyPressMsg{Code: code})
			} else { // ctrl+c
				d.send(tea.KeyPressMsg{Code: rune(name[len(name)-1]), Mod: tea.ModCtrl})
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(script)
		script = script[size:]
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}
