package tui

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
)

// byName is the order that the table begins with: rows stay where they are.
const byName = "name"

// sortable are the orders of the table. Numbers begin with the largest.
var sortable = [...]struct {
	id, key, what string
	less          func(a, b *Workload) int
}{
	{byName, "N", "name", func(a, b *Workload) int { return cmp.Compare(a.Name, b.Name) }},
	{"namespace", "S", "namespace", func(a, b *Workload) int { return cmp.Compare(a.Ref.Namespace, b.Ref.Namespace) }},
	{"engine", "E", "engine", func(a, b *Workload) int { return cmp.Compare(a.Engine, b.Engine) }},
	{"ready", "Y", "ready replicas", func(a, b *Workload) int { return cmp.Compare(b.Ready, a.Ready) }},
	{"queue", "Q", "queue", byNumber(func(w *Workload) Number { return w.Queue })},
	{"running", "R", "running requests", byNumber(func(w *Workload) Number { return w.Running })},
	{"kv", "K", "KV cache", byNumber(func(w *Workload) Number { return w.KV })},
	{"ttft", "T", "time to first token", byNumber(func(w *Workload) Number { return w.TTFT })},
	{"gpu", "U", "GPU utilisation", byNumber(func(w *Workload) Number { return w.GPU })},
	{"cold", "C", "cold starts", func(a, b *Workload) int { return cmp.Compare(len(b.Starts), len(a.Starts)) }},
	{"issues", "I", "issues", func(a, b *Workload) int {
		return cmp.Or(cmp.Compare(b.Errors, a.Errors), cmp.Compare(b.Warnings, a.Warnings), cmp.Compare(b.Infos, a.Infos))
	}},
}

func byNumber(of func(*Workload) Number) func(a, b *Workload) int {
	return func(a, b *Workload) int { return cmp.Compare(of(b).or(-1), of(a).or(-1)) }
}

func sorter(id string) func(a, b *Workload) int {
	for _, c := range sortable {
		if c.id == id {
			return c.less
		}
	}
	return sortable[0].less
}

// column is one of the table's.
type column struct {
	id, title string
	width     int
	rightward bool
	// rank is how long it stays when the screen is narrow: the highest goes
	// first. Columns of rank 0 always stay.
	rank int
	draw func(m *Model, w *Workload) line
}

// gapColumns is the space between two columns.
func gapColumns(width int) int {
	if width < roomy {
		return 1
	}
	return 2
}

// The least and the most that names may have.
const (
	narrowestName = 14
	widestName    = 40
)

// allColumns are all of them, left to right. The name gets what is left.
func (m *Model) allColumns() []column {
	all := []column{
		{id: byName, title: "WORKLOAD", width: narrowestName, draw: (*Model).drawName},
		{id: "namespace", title: "NAMESPACE", width: m.namespaceColumns(), rank: 5, draw: func(m *Model, w *Workload) line { return text(faint, m.clean(w.Ref.Namespace)) }},
		{id: "engine", title: "ENGINE", width: 12, rank: 8, draw: func(_ *Model, w *Workload) line { return text(plain, w.Engine) }},
		{id: "ready", title: "READY", width: 5, rightward: true, draw: (*Model).drawReady},
		{title: "MIN" + m.g.to + "MAX", width: 7, rightward: true, rank: 7, draw: (*Model).drawBounds},
		{id: "queue", title: "QUEUE", width: m.queueColumns(), draw: (*Model).drawQueue},
		{id: "running", title: "RUN", width: 4, rightward: true, rank: 4, draw: func(m *Model, w *Workload) line { return m.number(w.Running, count(w.Running.Value)) }},
		{id: "kv", title: "KV%", width: 3, rightward: true, rank: 3, draw: (*Model).drawKV},
		{id: "ttft", title: "TTFT", width: 5, rightward: true, rank: 2, draw: func(m *Model, w *Workload) line { return m.number(w.TTFT, latency(w.TTFT.Value)) }},
		{id: "gpu", title: "GPU%", width: 4, rightward: true, rank: 1, draw: func(m *Model, w *Workload) line { return m.number(w.GPU, count(w.GPU.Value)) }},
		{id: "cold", title: "COLD", width: 7, draw: (*Model).drawCold},
		{title: "SCALER", width: 18, rank: 6, draw: (*Model).drawScaler},
		{id: "issues", title: "ISSUES", width: 7 + 2*(gapColumns(m.width)-1), draw: (*Model).drawIssues},
	}
	if !m.hasNamespaces() {
		all = append(all[:1], all[2:]...)
	}
	return all
}

// namespaceColumns is as much as the longest name needs.
func (m *Model) namespaceColumns() int {
	const least, most = 9, 16
	longest := least
	for _, name := range m.namespaces() {
		longest = max(longest, columns(m.clean(name)))
	}
	return min(longest, most)
}

// sparkCells is how many cells the queue's sparkline has: none where there is
// only one frame.
func (m *Model) sparkCells() int {
	switch {
	case m.once:
		return 0
	case m.width >= 110:
		return 8
	}
	return 5
}

// queueColumns has room for the number, the sparkline and the trend.
func (m *Model) queueColumns() int {
	const number, trend = 5, 2
	if m.once {
		return number
	}
	return number + 1 + m.sparkCells() + trend
}

// columns are those that fit into the width, with the name as wide as it can be.
func (m *Model) columns(w int) []column {
	all, between := m.allColumns(), gapColumns(w)
	room := func() int {
		used := 1 // the mark
		for _, c := range all {
			used += c.width + between
		}
		return w - used + between
	}
	for room() < 0 {
		worst := 0
		for i, c := range all {
			if c.rank > all[worst].rank {
				worst = i
			}
		}
		if all[worst].rank == 0 {
			break
		}
		all = append(all[:worst], all[worst+1:]...)
	}
	longest := narrowestName
	for _, row := range m.rows() {
		longest = max(longest, columns(row.Name))
	}
	spare := max(0, room())
	all[0].width += min(spare, min(longest, widestName)-narrowestName)
	spare = max(0, room())
	for i := range all { // what is left goes to the scaler, whose sentence is the longest
		if all[i].title == "SCALER" {
			all[i].width += min(spare, 16)
		}
	}
	return all
}

func (m *Model) clean(s string) string { return clean(s, m.o.ASCII) }

func (m *Model) drawName(w *Workload) line { return text(plain, w.Name) }

func (m *Model) drawReady(w *Workload) line {
	if w.none() {
		return text(faint, m.g.none)
	}
	s := plain
	if w.Ready < w.Desired {
		s = warning
	}
	if w.Ready == 0 && w.Desired > 0 {
		s = failing
	}
	return text(s, fmt.Sprintf("%d/%d", w.Ready, w.Desired))
}

func (m *Model) drawBounds(w *Workload) line {
	switch {
	case !w.Bounded:
		return text(faint, m.g.none)
	case w.Scaler == "":
		return text(faint, "fixed")
	}
	return text(plain, fmt.Sprintf("%d%s%d", w.Min, m.g.to, w.Max))
}

// number draws a number: grey where it is old, a dash where there is none.
func (m *Model) number(n Number, words string) line {
	switch {
	case !n.Known:
		return text(faint, m.g.none)
	case m.stale(n):
		return text(faint, words)
	}
	return text(plain, words)
}

func (m *Model) drawQueue(w *Workload) line {
	l := m.number(w.Queue, count(w.Queue.Value))
	number := l.spans[0].text
	l.spans[0].text = padLeft(number, 5)
	if m.once {
		return l
	}
	all := m.past.of[w.Ref]
	from, to := spanOf(all, sparkSpan)
	values := sample(all, from, to, m.sparkCells(), queueOf)
	l.add(plain, " ")
	l.add(load, sparkline(values, math.Max(largest(values), 4), m.g))
	l.add(plain, " ")
	switch trend(values) {
	case 1:
		l.add(warning, m.g.up)
	case -1:
		l.add(good, m.g.down)
	}
	return l
}

func (m *Model) drawKV(w *Workload) line {
	l := m.number(w.KV, count(w.KV.Value*100))
	const tight = 0.9 // of the KV cache: requests are preempted soon
	if w.KV.Known && w.KV.Value >= tight && l.spans[0].style == plain {
		l.spans[0].style = warning
	}
	return l
}

func (m *Model) drawCold(w *Workload) line {
	if len(w.Starts) == 0 {
		return text(faint, m.g.none)
	}
	s := warning
	for _, start := range w.Starts {
		if start.Window > 0 && start.left() <= 0 {
			s = failing
		}
	}
	l := text(s, strconv.Itoa(len(w.Starts))+" ")
	l.add(plain, short(w.Starts[0].Age))
	return l
}

func (m *Model) drawScaler(w *Workload) line {
	switch {
	case w.Scaler == "":
		return text(faint, m.g.none)
	case w.Asks.Broken != "":
		return text(failing, m.g.err+" "+w.Asks.Broken)
	case !w.Asks.Known:
		return text(faint, w.Scaler)
	}
	l := text(plain, fmt.Sprintf("%s %s/%s", w.Asks.Metric, besides(w.Asks.Value, w.Asks.Target), trim(w.Asks.Target)))
	if w.Asks.HasWanted {
		l.add(faint, " "+m.g.arrow+" ")
		l.add(bold, strconv.Itoa(int(w.Asks.Wanted)))
	}
	return l
}

func (m *Model) drawIssues(w *Workload) line {
	return m.issues(w.Errors, w.Warnings, w.Infos, false)
}

// roomy is where a screen begins to be wide.
const roomy = 100

// issues counts findings. The milder ones are left out where worse ones stand.
func (m *Model) issues(errors, warnings, infos int, all bool) line {
	var l line
	space := ""
	if m.width >= roomy {
		space = " "
	}
	add := func(n int, s style, glyph string) {
		if n == 0 {
			return
		}
		if len(l.spans) > 0 {
			l.add(plain, " ")
		}
		l.add(s, strconv.Itoa(n)+space+glyph)
	}
	add(errors, failing, m.g.err)
	add(warnings, warning, m.g.warn)
	if all || errors+warnings == 0 {
		add(infos, hint, m.g.info)
	}
	if len(l.spans) == 0 {
		l.add(faint, m.g.none)
	}
	return l
}
