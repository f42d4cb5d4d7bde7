package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// mostTroubles is how many lines troubles may take from the table.
const mostTroubles = 2

// troubles say what cannot be seen, above the table.
func (m *Model) troubles() []line {
	var lines []line
	if m.trouble != "" && len(m.lost) == 0 {
		lines = append(lines, text(failing, " "+m.g.err+" "+m.trouble))
	}
	lines = append(lines, m.lostLines()...)
	gaps := m.gaps()
	if len(gaps) == 0 || m.height < 12 {
		return lines
	}
	l := text(warning, " "+m.g.warn+" not seen: ")
	l.add(plain, gaps[0])
	if more := len(gaps) - 1; more > 0 {
		l.right(text(faint, fmt.Sprintf("and %d more", more)), m.width, m.g.more)
	}
	return append(lines, l)
}

// lostLines are one line for each trouble; a single one has room for its reason.
func (m *Model) lostLines() []line {
	var lines []line
	for i, lost := range m.lost[:min(len(m.lost), mostTroubles)] {
		all := []string{m.lostWords(lost)}
		if len(m.lost) == 1 {
			all = wrap(all[0], m.width-4)
		}
		for j, words := range all[:min(len(all), mostTroubles)] {
			l := text(failing, "   "+words)
			if j == 0 {
				l = text(failing, " "+m.g.err+" "+words)
			}
			if more := len(m.lost) - mostTroubles; more > 0 && i == mostTroubles-1 {
				l.right(text(faint, fmt.Sprintf("and %d more", more)), m.width, m.g.more)
			}
			lines = append(lines, l)
		}
	}
	return lines
}

// lostWords say what is lost, for how long, since when and why.
func (m *Model) lostWords(t Trouble) string {
	return fmt.Sprintf("%s lost for %s, since %s: %s", t.Place, short(max(0, m.now.Sub(t.Since))), t.Since.Format(time.TimeOnly), t.Reason)
}

// gaps are what could not be read, but for what is told as a trouble.
func (m *Model) gaps() []string {
	if m.fleet == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(m.fleet.Gaps), func(gap string) bool {
		source, _, _ := strings.Cut(gap, ":")
		return m.isLost(source)
	})
}

// isLost says whether a source of numbers does not answer: its first word is the
// trouble's place.
func (m *Model) isLost(source string) bool {
	for _, lost := range m.lost {
		if source == lost.Place || strings.HasPrefix(source, lost.Place+" ") {
			return true
		}
	}
	return false
}

// moment is the time that ages are told by. While frames come it is theirs; it
// goes on when none do.
func (m *Model) moment() time.Time {
	if m.o.Recording != nil || m.paused || m.once {
		return m.fleet.At
	}
	return m.fleet.At.Add(max(0, m.now.Sub(m.framed)))
}

// stale says whether a number is not of the present: it is too old, or who would
// have a newer one does not answer.
func (m *Model) stale(n Number) bool {
	return n.stale(m.moment()) || n.Known && (m.trouble != "" || m.isLost(n.Source))
}

// askTroubles reads what is lost, away from the screen.
func (o *Options) askTroubles() []Trouble {
	if o.Troubles == nil {
		return nil
	}
	all := o.Troubles()
	for i := range all {
		all[i].Place, all[i].Reason = clean(all[i].Place, o.ASCII), clean(all[i].Reason, o.ASCII)
	}
	return all
}
