// Package source makes frames: from a live cluster, from manifests, and from a
// recording. A source loads no more than the checks at hand need.
package source

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Incomplete is the error of a load whose frame can be judged although parts
// of the input could not be read.
type Incomplete struct{ Problems []inventory.Problem }

func (e *Incomplete) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].Error()
	}
	return fmt.Sprintf("%v, and %d more", e.Problems[0], len(e.Problems)-1)
}
