package tui

import (
	"context"
	"errors"
	"io"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/term"
)

// Run shows the screen until its user leaves it, the context ends or a signal
// comes; [ErrInterrupted] is the error of ctrl-c and SIGINT. The terminal is as it was
// before, also after a panic. Where in is no terminal, keys are read from the
// one that the program was started from.
func Run(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	m := New(ctx, o)
	with := []tea.ProgramOption{tea.WithContext(ctx), tea.WithOutput(out)}
	if file, ok := in.(term.File); ok && term.IsTerminal(file.Fd()) {
		with = append(with, tea.WithInput(in))
	}
	var screen tea.Model = m
	if o.Drawn != nil {
		screen = &timed{Model: m, drawn: o.Drawn}
	}
	_, err := tea.NewProgram(screen, with...).Run()
	m.leave()
	if m.recorder != nil {
		if _, failed := m.recorder.end(); err == nil {
			err = failed
		}
	}
	if m.o.Close != nil {
		m.o.Close()
	}
	switch {
	case errors.Is(err, tea.ErrProgramPanic):
		return errors.New("the screen broke, which is a bug worth reporting")
	case errors.Is(err, tea.ErrInterrupted):
		return ErrInterrupted
	case errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		return ctx.Err()
	}
	return err
}

// ErrInterrupted is how a screen ends that ctrl-c was pressed on.
var ErrInterrupted = errors.New("interrupted")
