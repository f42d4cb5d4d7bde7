package render

import "github.com/infscale/kubectl-infscale/checks"

// joinParts makes one document of the reports about several clusters. One part
// without a context is a document as it always was.
func joinParts(parts []Part) *document {
	if len(parts) == 1 && parts[0].Context == "" {
		return newDocument(parts[0].Report, parts[0].Scalers)
	}
	all := newDocument(checks.Report{}, nil)
	all.live = true
	pairs, judged := 0.0, 0.0
	for _, part := range parts {
		d := newDocument(part.Report, part.Scalers)
		d.tag(Clean(part.Context))
		all.take(d)
		// Every check counts once a workload, and once where there is none.
		weight := float64(max(len(d.Workloads), 1))
		pairs += weight
		judged += weight * d.Summary.Coverage
	}
	all.Summary = count(all.Findings, judged/max(pairs, 1))
	return all
}

// tag says of everything in the document which cluster it is about.
func (d *document) tag(context string) {
	d.Contexts = []string{context}
	for _, w := range d.Workloads {
		w.Context = context
	}
	for _, f := range d.Findings {
		f.Context = context
	}
	for i := range d.Skipped {
		d.Skipped[i].Context = context
	}
	for i := range d.Problems {
		d.Problems[i].Context = context
	}
	for i := range d.Nodes {
		d.Nodes[i].Context = context
	}
	for i := range d.Unmeasured {
		d.Unmeasured[i].Context = context
	}
	if d.Compared != nil {
		d.Compared.tag(context)
	}
}

func (d *document) take(other *document) {
	d.Contexts = append(d.Contexts, other.Contexts...)
	d.Workloads = append(d.Workloads, other.Workloads...)
	d.Findings = append(d.Findings, other.Findings...)
	d.Skipped = append(d.Skipped, other.Skipped...)
	d.Problems = append(d.Problems, other.Problems...)
	d.Nodes = append(d.Nodes, other.Nodes...)
	d.Unmeasured = append(d.Unmeasured, other.Unmeasured...)
	d.Compared = d.Compared.and(other.Compared)
	d.unfolded = append(d.unfolded, other.unfolded...)
	d.live = d.live && other.live
	d.judged = max(d.judged, other.judged)
}

// inContext opens a line about one of several clusters; empty about the only one.
func inContext(context string) string {
	if context == "" {
		return ""
	}
	return context + ": "
}

// identity is the fingerprint, which is the same in every cluster, with the
// cluster where there are several.
func (f *finding) identity() string {
	if f.Context == "" {
		return f.Fingerprint
	}
	return f.Fingerprint + "@" + f.Context
}
