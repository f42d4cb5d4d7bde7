package render

// htmlList is a section of lines.
type htmlList struct {
	title string
	lines []string
}

// lists are the sections beneath the findings; empty ones are left out.
func (d *document) lists() []htmlList {
	var all []htmlList
	for _, list := range []htmlList{
		{"Nothing found", d.cleanLines()},
		{"Not judged", d.blindLines()},
		{"Not measured", d.unmeasuredLines()},
		{"Suppressed", d.suppressedLines()},
		{"Since the last report", d.goneLines()},
	} {
		if len(list.lines) > 0 {
			all = append(all, list)
		}
	}
	return all
}

// cleanLines are the workloads that nothing is held against.
func (d *document) cleanLines() (lines []string) {
	bad := map[*workload]bool{}
	for _, f := range d.Findings {
		bad[f.serves] = bad[f.serves] || f.Suppression == nil
	}
	for _, w := range d.Workloads {
		if !bad[w] {
			lines = append(lines, inContext(w.Context)+w.Ref.String()+" · "+w.engine())
		}
	}
	return lines
}

func (d *document) blindLines() (lines []string) {
	for _, b := range d.blindSpots() {
		lines = append(lines, b.String())
	}
	return lines
}

func (d *document) unmeasuredLines() (lines []string) {
	for _, u := range d.Unmeasured {
		lines = append(lines, inContext(u.Context)+u.Source+": "+u.Reason)
	}
	return lines
}

func (d *document) suppressedLines() (lines []string) {
	for _, f := range d.Findings {
		if f.Suppression != nil {
			lines = append(lines, inContext(f.Context)+f.Severity+" "+f.Check+", "+f.place()+": "+f.Suppression.String())
		}
	}
	return lines
}

func (d *document) goneLines() (lines []string) {
	if d.Compared == nil {
		return nil
	}
	lines = []string{d.sentence()}
	for _, p := range d.Compared.Gone {
		lines = append(lines, "gone: "+p.String())
	}
	return lines
}
