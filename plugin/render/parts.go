package render

import "github.com/infscale/kubectl-infscale/checks"

// cluster is one of several that were looked at.
type cluster struct {
	Context string `json:"context"`
	// Unreached says that nothing could be read of it; a problem says why.
	Unreached bool    `json:"unreached,omitempty"`
	Summary   summary `json:"summary"`

	alone *document // about it, and naming no context
}

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
		alone, d := newDocument(part.Report, part.Scalers), newDocument(part.Report, part.Scalers)
		context := Clean(part.Context)
		d.tag(context)
		all.Clusters = append(all.Clusters, &cluster{Context: context, Unreached: part.Unreached, Summary: d.Summary, alone: alone})
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

// unreached counts the clusters of which nothing could be read.
func (d *document) unreached() int {
	n := 0
	for _, c := range d.Clusters {
		if c.Unreached {
			n++
		}
	}
	return n
}

// groups are those of the document that are about the cluster.
func (c *cluster) groups(d *document, pass func(*finding) bool) []*group {
	return d.groups(func(f *finding) bool { return f.Context == c.Context && pass(f) })
}

// said is what there is to say of the cluster in one line.
func (c *cluster) said(show checks.Severity) string {
	if !c.Unreached {
		return c.alone.headline(show)
	}
	text := "could not be looked at"
	for _, p := range c.alone.Problems {
		text += ": " + p.Reason
	}
	return text
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
