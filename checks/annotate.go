package checks

import (
	"fmt"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// AnnotatePods is the fix that puts an annotation on a workload's pods. Where an
// operator writes the template, the title alone is left.
func AnnotatePods(w *inventory.Workload, annotation, value string) *Fix {
	fix := &Fix{Title: fmt.Sprintf("annotate the pods with %s: %q", annotation, value), Safety: Manual, Object: w.Owner}
	if w.Generated() || w.Operated {
		return fix
	}
	fix.Safety, fix.Restarts = Unsafe, true
	fix.Edits = []Edit{Set(value, w.TemplatePath.Join("metadata", "annotations", annotation)...)}
	return fix
}
