package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
)

// The fastest and the slowest replay, and the longest and shortest wait for a
// frame: a night between two of them is not waited for.
const (
	slowestReplay = 0.25
	fastestReplay = 64
	longestGap    = 5 * time.Second
	shortestGap   = 30 * time.Millisecond
)

// load reads a frame of a recording. A frame that is held is shown when its time
// has come.
func (m *Model) load(index int, hold bool) cmd {
	if index < 0 || index >= m.o.Recording.Len {
		return nil
	}
	m.gen++
	o, ctx, msg := *m.o, m.ctx, frameMsg{session: m.session, gen: m.gen, index: index}
	shown := m.fleet
	return func() tea.Msg {
		frame, err := o.Recording.At(ctx, index)
		if msg.err = err; err == nil {
			msg.fleet = judge(frame, &o)
		}
		if hold && shown != nil {
			msg.hold = true
		}
		return msg
	}
}

func (m *Model) arrivedOfRecording(msg frameMsg) cmd {
	if msg.gen != m.gen {
		return nil
	}
	if msg.err != nil {
		m.trouble, m.paused, m.at, m.aim = clean(msg.err.Error(), m.o.ASCII), true, msg.index, msg.index
		return nil
	}
	if !msg.hold || m.fleet == nil {
		return m.play(msg)
	}
	m.held = &msg
	return m.hold()
}

// hold waits for the time of the frame that was read.
func (m *Model) hold() cmd {
	gap := time.Duration(float64(m.held.fleet.At.Sub(m.fleet.At)) / m.speed)
	gap = min(max(gap, shortestGap), longestGap)
	due := dueMsg{session: m.session, gen: m.gen}
	return tea.Tick(gap, func(time.Time) tea.Msg { return due })
}

func (m *Model) dueOfRecording(msg dueMsg) cmd {
	if m.held == nil || msg.gen != m.gen {
		return nil
	}
	return m.play(*m.held)
}

// play shows a frame of a recording and goes on to the next.
func (m *Model) play(msg frameMsg) cmd {
	m.held, m.at, m.aim = nil, msg.index, msg.index
	m.show(msg.fleet)
	if m.paused {
		return nil
	}
	if m.at+1 >= m.o.Recording.Len {
		m.paused = true
		if m.o.Recording.Len > 1 {
			m.say("the end of the recording: [ goes back, p plays it again")
		}
		return nil
	}
	return m.load(m.at+1, true)
}

// step shows another frame of a recording, and pauses.
func (m *Model) step(n int) cmd {
	to := min(max(m.aim+n, 0), m.o.Recording.Len-1)
	m.paused, m.held, m.aim = true, nil, to
	return m.load(to, false)
}

// pause stops time or lets it go on.
func (m *Model) pause() cmd {
	m.paused = !m.paused
	if m.o.Recording == nil {
		return m.next()
	}
	m.held = nil
	switch {
	case m.paused:
		m.gen++ // what is on its way is late
		return nil
	case m.at+1 >= m.o.Recording.Len:
		return m.load(0, false)
	}
	return m.load(m.at+1, true)
}

func (m *Model) faster() cmd { return m.pace(2) }

func (m *Model) slower() cmd { return m.pace(0.5) }

// pace makes a replay or the feed faster.
func (m *Model) pace(factor float64) cmd {
	if m.o.Recording != nil {
		m.speed = min(max(m.speed*factor, slowestReplay), fastestReplay)
		m.say(fmt.Sprintf("speed %s%s", trim(m.speed), m.g.times))
		if m.held == nil {
			return nil
		}
		m.gen++ // the wait at the old speed is over too late
		return m.hold()
	}
	m.askPace(factor)
	m.say("now " + m.tempo)
	return nil
}

func (m *Model) askPace(factor float64) {
	if m.o.Pace != nil {
		m.tempo = clean(m.o.Pace(factor), m.o.ASCII)
	}
}
