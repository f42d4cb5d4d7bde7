package source

import (
	"cmp"
	"slices"
	"time"
)

// APIServer is the place of the trouble that hides all others.
const APIServer = "API server"

// Trouble is a place that does not answer at the moment. A feed goes on with
// what it read there before, and the trouble ends by itself.
type Trouble struct {
	Place  string // "API server", "watch pods in inference", "prometheus"
	Reason string // lower case, one line: "connection refused"
	Since  time.Time
}

// State lists what does not answer at the moment, the oldest first; none while
// all is well. An API server that cannot be reached is the only trouble then.
func (f *Feed) State() []Trouble {
	if shut, closed := f.gate.trouble(); closed {
		return []Trouble{shut}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Trouble
	if f.failed != nil {
		all = append(all, *f.failed)
	}
	for _, w := range f.watchers {
		if w.trouble != nil {
			all = append(all, *w.trouble)
		}
	}
	slices.SortFunc(all, func(a, b Trouble) int { return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Place, b.Place)) })
	return all
}
