package tui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
)

// rows are the workloads that the filter lets through, sorted.
func (m *Model) rows() []*Workload {
	if m.fleet == nil {
		return nil
	}
	var all []*Workload
	for _, w := range m.fleet.Workloads {
		if m.passes(w) {
			all = append(all, w)
		}
	}
	less := sorter(m.order)
	slices.SortStableFunc(all, func(a, b *Workload) int {
		order := less(a, b)
		if m.reversed {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.Ref.String(), b.Ref.String()))
	})
	if m.fleet.others != nil && m.passes(m.fleet.others) {
		all = append(all, m.fleet.others)
	}
	return all
}

func (m *Model) passes(w *Workload) bool {
	if m.namespace != "" && w.Ref.Namespace != m.namespace {
		return false
	}
	if m.filter == "" {
		return true
	}
	text := strings.ToLower(strings.Join([]string{w.Ref.String(), w.Name, w.Engine, w.Scaler}, " "))
	for _, word := range strings.Fields(strings.ToLower(m.filter)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// row is the selected workload; nil where it is not there, or filtered out.
func (m *Model) row() *Workload {
	if m.fleet == nil {
		return nil
	}
	if o := m.fleet.others; o != nil && o.Ref == m.selected && m.passes(o) {
		return o
	}
	for _, w := range m.fleet.Workloads {
		if w.Ref == m.selected && m.passes(w) {
			return w
		}
	}
	return nil
}

// selectFirst selects the first row, or of a fleet that is new the one that is
// worst off.
func (m *Model) selectFirst(worst bool) {
	rows := m.rows()
	if len(rows) == 0 {
		return
	}
	pick := rows[0]
	for _, w := range rows {
		if worst && (w.Errors > pick.Errors || w.Errors == pick.Errors && w.Warnings > pick.Warnings) {
			pick = w
		}
	}
	m.selectRow(pick)
}

func (m *Model) selectRow(w *Workload) {
	if w.Ref != m.selected {
		m.selected, m.finding = w.Ref, 0
	}
	m.keepInView()
}

// move goes n lines down in whatever is being read.
func (m *Model) move(n int) {
	switch m.showing() {
	case helpView, explainView, previewView:
		m.scrollBy(n)
	case detailView:
		m.moveFinding(n)
	default:
		if m.inPane {
			m.moveFinding(n)
			return
		}
		m.moveRow(n)
	}
}

func (m *Model) moveRow(n int) {
	rows := m.rows()
	if len(rows) == 0 {
		return
	}
	at := slices.IndexFunc(rows, func(w *Workload) bool { return w.Ref == m.selected })
	m.selectRow(rows[min(max(at+n, 0), len(rows)-1)])
}

// moveFinding goes through the findings. In the details, up from the first one
// leads to the charts.
func (m *Model) moveFinding(n int) {
	w := m.row()
	if w == nil {
		return
	}
	if m.showing() == detailView && (len(w.Findings) == 0 || m.finding == 0 && n < 0) {
		m.scrollBy(n)
		return
	}
	m.finding = min(max(m.finding+n, 0), max(0, len(w.Findings)-1))
	if m.showing() == detailView {
		m.scrollToFinding(w)
	}
}

func (m *Model) clampFinding() {
	if w := m.row(); w != nil {
		m.finding = min(m.finding, max(0, len(w.Findings)-1))
	}
}

// page goes as many lines as the screen has.
func (m *Model) page(n int) {
	room := max(1, m.bodyHeight()-1)
	if m.showing() == detailView {
		m.scrollBy(n * room)
		return
	}
	if m.showing() == noOverlay {
		room = max(1, m.layout().tableRows-1)
	}
	m.move(n * room)
}

func (m *Model) scrollBy(n int) {
	most := max(0, len(m.overlayLines(m.width))-m.bodyHeight())
	m.scroll = min(max(m.scroll+n, 0), most)
}

func (m *Model) scrollToFinding(w *Workload) {
	lines, first := m.detailLines(w, m.width)
	room := m.bodyHeight()
	at, end := first[m.finding], len(lines)
	if m.finding+1 < len(first) {
		end = first[m.finding+1]
	}
	if end > m.scroll+room {
		m.scroll = end - room
	}
	if at < m.scroll {
		m.scroll = at
	}
}

// open shows everything about the selected workload.
func (m *Model) open() cmd {
	if m.row() != nil {
		m.put(detailView)
	}
	return nil
}

// turn goes between the table and the findings beneath it.
func (m *Model) turn() cmd {
	if w := m.row(); m.inPane || w != nil && len(w.Findings) > 0 {
		m.inPane = !m.inPane
	}
	return nil
}

// back takes the top overlay away, else what narrows the table.
func (m *Model) back() cmd {
	switch {
	case len(m.over) > 0:
		if m.showing() == previewView {
			m.preview = nil
		}
		m.over, m.scroll = m.over[:len(m.over)-1], 0
	case m.inPane:
		m.inPane = false
	case m.filter != "":
		m.filter = ""
	case m.namespace != "":
		m.namespace = ""
	}
	return nil
}

// deep says whether there is anything to go back from.
func (m *Model) deep() bool {
	return len(m.over) > 0 || m.inPane || m.filter != "" || m.namespace != ""
}

// quitOrBack leaves an overlay, and the program where there is none.
func (m *Model) quitOrBack() cmd {
	if len(m.over) > 0 {
		return m.back()
	}
	return m.quit()
}

func (m *Model) sortBy(id string) {
	if m.order == id {
		m.reversed = !m.reversed
	} else {
		m.order, m.reversed = id, false
	}
	m.keepInView()
}

func (m *Model) namespaces() []string {
	var all []string
	if m.fleet != nil {
		for _, w := range m.fleet.Workloads {
			if !slices.Contains(all, w.Ref.Namespace) {
				all = append(all, w.Ref.Namespace)
			}
		}
	}
	slices.Sort(all)
	return all
}

func (m *Model) hasNamespaces() bool { return len(m.namespaces()) > 1 }

// nextNamespace goes through the namespaces, and then to all of them.
func (m *Model) nextNamespace() cmd {
	all := append([]string{""}, m.namespaces()...)
	m.inNamespace(all[(slices.Index(all, m.namespace)+1)%len(all)])
	return nil
}

func (m *Model) allNamespaces() cmd {
	m.inNamespace("")
	return nil
}

func (m *Model) inNamespace(name string) {
	m.namespace = name
	if m.row() == nil {
		m.selectFirst(false)
	}
	m.keepInView()
}

// current is the finding that keys are about: the selected one, or in the table
// the worst that has a fix to offer.
func (m *Model) current() *checks.Finding {
	w := m.row()
	if w == nil || len(w.Findings) == 0 {
		return nil
	}
	if m.inPane || m.showing() == detailView {
		return &w.Findings[min(m.finding, len(w.Findings)-1)]
	}
	best := &w.Findings[0]
	for i := range w.Findings {
		if f := &w.Findings[i]; rank(f) > rank(best) {
			best = f
		}
	}
	return best
}

// rank orders findings by what a key should be about: what can be repaired at
// once, and how bad it is.
func rank(f *checks.Finding) int {
	n := int(f.Severity)
	if f.Fix != nil && f.Fix.Safety != checks.Manual {
		n += 10
		if f.Fix.Safety == checks.Safe && !f.Fix.Restarts {
			n += 10
		}
	}
	return n
}
