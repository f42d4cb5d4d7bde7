package inventory

// Cluster is what a running cluster shows and no object of a snapshot holds:
// with it manifests are judged as what will live there.
type Cluster struct {
	Server Versions
	// Starts are the past starts of workloads, fastest first.
	Starts map[Ref][]LoadTime
	// NodeAutoscaler is what adds nodes, and AddsNodes whether anything does.
	NodeAutoscaler string
	AddsNodes      Presence
}

// Cluster lets the snapshot answer for a cluster without being one: its objects
// keep counting as manifests.
func (b *Builder) Cluster(c Cluster) { b.s.cluster, b.s.server = &c, c.Server }

// Cluster returns what is known of the cluster beside the objects: what was
// noted, or what a live snapshot shows.
func (s *Snapshot) Cluster() Cluster {
	if s.cluster != nil {
		return *s.cluster
	}
	c := Cluster{Server: s.server, Starts: map[Ref][]LoadTime{}}
	c.NodeAutoscaler, c.AddsNodes = s.NodeAutoscaler()
	for _, w := range s.Workloads() {
		if loads := s.LoadTimes(w); len(loads) > 0 {
			c.Starts[w.Ref()] = loads
		}
	}
	return c
}

// noted returns the starts that were noted for a workload. A manifest without a
// namespace may become any; it means the one of its name if there is just one.
func (s *Snapshot) noted(w *Workload) []LoadTime {
	if s.cluster == nil {
		return nil
	}
	ref := w.Ref()
	if loads := s.cluster.Starts[ref]; loads != nil || ref.Namespace != "" {
		return loads
	}
	var found []LoadTime
	for of, loads := range s.cluster.Starts {
		if of.Namespace = ""; of != ref {
			continue
		}
		if found != nil {
			return nil
		}
		found = loads
	}
	return found
}
