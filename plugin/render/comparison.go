package render

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// comparison says how a report stands to an earlier one.
type comparison struct {
	With     string `json:"with"`
	Gone     []past `json:"gone"`
	Unjudged []past `json:"unjudged"`
}

// past is a finding of the earlier report.
type past struct {
	Context     string         `json:"context,omitempty"`
	Check       string         `json:"check"`
	Severity    string         `json:"severity,omitempty"`
	Ref         inventory.Ref  `json:"ref"`
	Workload    *inventory.Ref `json:"workload,omitempty"`
	Message     string         `json:"message,omitempty"`
	Fingerprint string         `json:"fingerprint"`
}

func newComparison(c *checks.Comparison) *comparison {
	if c == nil {
		return nil
	}
	return &comparison{With: Clean(c.With), Gone: newPast(c.Gone), Unjudged: newPast(c.Unjudged)}
}

func newPast(list []checks.Past) []past {
	all := make([]past, 0, len(list))
	for _, p := range list {
		shown := past{
			Check: Clean(p.Check), Severity: Clean(p.Severity), Ref: cleanRef(p.Ref),
			Message: Clean(p.Message), Fingerprint: Clean(p.Fingerprint),
		}
		if !p.Workload.IsZero() {
			ref := cleanRef(p.Workload)
			shown.Workload = &ref
		}
		all = append(all, shown)
	}
	return all
}

func (c *comparison) tag(context string) {
	for _, list := range [][]past{c.Gone, c.Unjudged} {
		for i := range list {
			list[i].Context = context
		}
	}
}

// and joins the comparisons of several clusters with the same file.
func (c *comparison) and(other *comparison) *comparison {
	switch {
	case c == nil:
		return other
	case other == nil:
		return c
	}
	c.Gone = append(c.Gone, other.Gone...)
	c.Unjudged = append(c.Unjudged, other.Unjudged...)
	return c
}

// sentence counts: "compared with last.json: 1 new, 2 gone, 14 unchanged".
func (d *document) sentence() string {
	fresh, same := 0, 0
	for _, f := range d.Findings {
		switch f.State {
		case checks.New:
			fresh++
		case checks.Unchanged:
			same++
		}
	}
	text := fmt.Sprintf("compared with %s: %d new, %d gone, %d unchanged", d.Compared.With, fresh, len(d.Compared.Gone), same)
	if n := len(d.Compared.Unjudged); n > 0 {
		text += fmt.Sprintf(", %d not judged this time", n)
	}
	return text
}

// String is a past finding in one line.
func (p past) String() string {
	text := p.Check + "  "
	if p.Severity != "" {
		text = p.Severity + " " + text
	}
	return inContext(p.Context) + text + p.Ref.String()
}

// compared lists what is gone since the earlier report.
func (p *page) compared() {
	if p.d.Compared == nil {
		return
	}
	p.para(bold, 0, step, p.d.sentence())
	for _, gone := range p.d.Compared.Gone {
		p.para(plain, findingIndent, findingIndent+step, "gone: "+gone.String())
	}
	p.blank()
}

func (m *markdown) compared() {
	if m.d.Compared == nil {
		return
	}
	m.fold(m.d.sentence())
	for _, gone := range m.d.Compared.Gone {
		m.printf("- gone: %s\n", mdText(gone.String()))
	}
	m.printf("\n</details>\n\n")
}
