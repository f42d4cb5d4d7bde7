package tui

import tea "charm.land/bubbletea/v2"

// wheelLines is how far one notch of the wheel goes.
const wheelLines = 3

// mouse does what the wheel and the left button stand for.
func (m *Model) mouse(msg tea.MouseMsg) cmd {
	if !m.o.Mouse || m.prompt != noPrompt {
		return nil
	}
	at := msg.Mouse()
	switch msg.(type) {
	case tea.MouseWheelMsg:
		n := wheelLines
		if m.showing() == noOverlay {
			n = 1
		}
		switch at.Button {
		case tea.MouseWheelDown:
			m.move(n)
		case tea.MouseWheelUp:
			m.move(-n)
		}
	case tea.MouseClickMsg:
		if at.Button == tea.MouseLeft {
			return m.click(at.Y)
		}
	}
	return nil
}

// click selects the row beneath it; a click on the selected row opens it.
func (m *Model) click(y int) cmd {
	if m.showing() != noOverlay || m.fleet == nil {
		return nil
	}
	l := m.layout()
	rows := m.rows()
	at := m.top + y - l.tableTop
	if y < l.tableTop || y >= l.tableTop+l.tableRows || at >= len(rows) {
		return nil
	}
	m.inPane, m.said = false, ""
	if rows[at].Ref == m.selected {
		return m.open()
	}
	m.selectRow(rows[at])
	return nil
}
