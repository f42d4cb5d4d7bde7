package tui

import (
	"fmt"
	"time"
)

// header sums the fleet up in one line. What matters least has to go first where
// it is narrow.
func (m *Model) header() line {
	var l line
	if m.width >= roomy {
		l.add(title, " infscale ")
	}
	l.add(bold, " "+m.clean(m.o.Context))
	switch {
	case m.namespace != "":
		l.add(plain, " / "+m.clean(m.namespace))
	case m.o.Namespace != "":
		l.add(plain, " / "+m.clean(m.o.Namespace))
	}
	if f := m.fleet; f != nil {
		l.join(m.sums(f))
	}
	l.right(m.clock(), m.width, m.g.more)
	return l
}

func (m *Model) sums(f *Fleet) line {
	var l line
	sum, shown := f, 0
	for _, w := range f.Workloads {
		if m.passes(w) {
			shown++
		}
	}
	what := plural(len(f.Workloads), "workload")
	if shown != len(f.Workloads) {
		what, sum = fmt.Sprintf("%d of %s", shown, what), m.shownSums()
	}
	l.add(plain, "  "+what)
	if m.filter != "" {
		l.add(hint, " /"+m.clean(m.filter))
	}
	l.add(plain, "  ")
	l.join(m.issues(sum.Errors, sum.Warnings, sum.Infos, m.width >= roomy))
	switch {
	case sum.Starting > 0 && m.width >= roomy:
		l.add(warning, "  "+plural(sum.Starting, "cold start"))
	case sum.Starting > 0:
		l.add(warning, fmt.Sprintf("  %d cold", sum.Starting))
	}
	if f.GPUsKnown && f.GPUs > 0 {
		l.add(plain, fmt.Sprintf("  %d/%d GPUs", f.GPUsHeld, f.GPUs))
	}
	return l
}

// shownSums are those of the rows that a filter or a namespace leaves.
func (m *Model) shownSums() *Fleet {
	sum := new(Fleet)
	for _, w := range m.rows() {
		sum.Errors, sum.Warnings, sum.Infos = sum.Errors+w.Errors, sum.Warnings+w.Warnings, sum.Infos+w.Infos
		sum.Starting += len(w.Starts)
	}
	return sum
}

// clock is the frame's time, and how often or how fast frames come.
func (m *Model) clock() line {
	var l line
	if m.recorder != nil {
		l.add(failing, m.g.dot+" rec ")
	}
	if m.fleet == nil {
		return l
	}
	l.add(plain, m.fleet.At.Format("15:04:05"))
	switch {
	case m.once:
	case m.o.Recording != nil:
		l.add(faint, fmt.Sprintf(" %d/%d", m.at+1, m.o.Recording.Len))
		if m.paused {
			l.add(warning, " "+m.g.paused+" paused")
		} else {
			l.add(faint, fmt.Sprintf(" %s%s", trim(m.speed), m.g.times))
		}
	case m.paused:
		l.add(warning, " "+m.g.paused+" paused")
	case m.late():
		l.add(warning, " "+short(m.now.Sub(m.framed))+" ago")
	case m.tempo != "":
		l.add(faint, " "+m.g.fresh+" "+m.tempo)
	}
	return l
}

// late says whether no frame has come for longer than is usual.
func (m *Model) late() bool {
	const grace = 15 * time.Second
	return m.fleet != nil && !m.framed.IsZero() && m.now.Sub(m.framed) > grace
}
