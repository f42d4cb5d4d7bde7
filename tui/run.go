package tui

import (
	"context"
	"errors"
	"io"

	tea "charm.land/bubbletea/v2"
)

// Run shows the screen until its user leaves it, the context ends or a signal
// comes. The terminal is as it was before, also after a panic.
func Run(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	m := New(ctx, o)
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out)).Run()
	if m.recorder != nil {
		if _, failed := m.recorder.end(); err == nil {
			err = failed
		}
	}
	if m.o.Close != nil {
		m.o.Close()
	}
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
