package render

import "bytes"

// writeWide is text with everything that a finding rests on, and with what was
// suppressed.
func writeWide(out *bytes.Buffer, d *document, o Options) error {
	p := &page{out: out, d: d, o: o, glyphs: glyphsFor(o.ASCII), wide: true}
	p.report()
	return nil
}

// details are the lines that wide adds to a finding.
func (p *page) details(f *finding, indent int) {
	if f.File != "" && !f.Ref.IsZero() {
		p.line(dim, indent, f.object())
	}
	for _, e := range f.Evidence {
		p.para(plain, indent, indent+step, e.String())
	}
	for _, source := range f.of.Doc.Sources {
		p.line(dim, indent, "see "+Clean(source))
	}
	if f.Fingerprint != "" {
		p.line(dim, indent, "fingerprint "+f.Fingerprint)
	}
}

// String is a piece of evidence in one line.
func (e evidence) String() string {
	return e.Path + " = " + e.oneLine() + " (" + string(e.Basis) + ")"
}

// suppressed lists what is not held against anyone, with the reason.
func (p *page) suppressed() {
	if p.d.Summary.Suppressed == 0 {
		return
	}
	p.para(bold, 0, 2, "Suppressed")
	for _, f := range p.d.Findings {
		if f.Suppression == nil {
			continue
		}
		p.para(plain, findingIndent, findingIndent+step, f.Severity+" "+f.Check+": "+f.Suppression.String())
		p.line(dim, findingIndent+step, f.place())
		if f.Fingerprint != "" {
			p.line(dim, findingIndent+step, "fingerprint "+f.Fingerprint)
		}
	}
	p.blank()
}
