package tui

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// scaleColumns is the room for the scale left of a chart.
const scaleColumns = 5

// charts draw queue, GPU utilisation and replicas above one time axis.
func (m *Model) charts(w *Workload, width, rows int) []line {
	all := m.past.of[w.Ref]
	indent, label := m.margins()
	n := max(1, width-indent-label-scaleColumns-2)
	from, to := spanOf(all, longestSpan)
	queue := sample(all, from, to, n, queueOf)
	gpu := sample(all, from, to, n, gpuOf)
	ready, wanted := sample(all, from, to, n, readyOf), sample(all, from, to, n, desiredOf)
	const whole = 100 // percent
	top := roundTop(math.Max(largest(queue), 4))
	most := math.Max(largest(ready), largest(wanted))
	most = math.Max(most, float64(rows))
	var lines []line
	lines = append(lines, m.chart("Queue", m.number(w.Queue, count(w.Queue.Value)), count(top), area(queue, top, rows, load, m.g))...)
	lines = append(lines, m.chart("GPU %", m.number(w.GPU, count(w.GPU.Value)), count(whole), area(gpu, whole, rows, load, m.g))...)
	lines = append(lines, m.chart("Replicas", m.replicaWords(w), count(most), replicaArea(ready, wanted, most, rows, m.g))...)
	return append(lines, m.axis(from, to, n))
}

func (m *Model) replicaWords(w *Workload) line {
	return text(plain, fmt.Sprintf("%d/%d", w.Ready, w.Desired))
}

// chart puts name, newest value and scale to the left of the drawing.
func (m *Model) chart(name string, now line, top string, drawing []line) []line {
	indent, label := m.margins()
	for i := range drawing {
		l := text(plain, strings.Repeat(" ", indent))
		scale := ""
		switch i {
		case 0:
			l.add(faint, name)
			scale = top
		case 1:
			l.join(now)
		}
		if i == len(drawing)-1 {
			scale = "0"
		}
		l.fit(indent+label, m.g.more)
		l.pad(indent + label)
		l.add(faint, padLeft(scale, scaleColumns-1)+" ")
		l.join(drawing[i])
		drawing[i] = l
	}
	return drawing
}

// axis is the time beneath the charts, and what the replicas' cells mean.
func (m *Model) axis(from, to time.Time, n int) line {
	indent, label := m.margins()
	l := text(plain, strings.Repeat(" ", indent+label+scaleColumns))
	if to.IsZero() {
		return l
	}
	left, right := from.Format("15:04:05"), to.Format("15:04:05")
	legend := line{}
	legend.add(serve, m.g.bars[len(m.g.bars)-1])
	legend.add(faint, " ready  ")
	legend.add(gap, m.g.shade)
	legend.add(faint, " wanted, not ready")
	room := n - len(left) - len(right)
	l.add(faint, left)
	if spare := room - legend.width(); spare >= 2 {
		l.add(faint, strings.Repeat(" ", spare/2))
		l.join(legend)
		l.add(faint, strings.Repeat(" ", spare-spare/2))
	} else {
		l.add(faint, strings.Repeat(" ", max(1, room)))
	}
	l.add(faint, right)
	return l
}
