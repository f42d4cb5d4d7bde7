package checks

import "github.com/infscale/kubectl-infscale/checks/inventory"

// Safety says who may apply a fix.
type Safety string

// The classes: safe touches autoscaling, disruption and monitoring objects
// only; unsafe changes behaviour, capacity or a pod template; manual is text.
const (
	Safe   Safety = "safe"
	Unsafe Safety = "unsafe"
	Manual Safety = "manual"
)

// Fix is data: what would be different. Nothing is applied here.
type Fix struct {
	// Title is a verb phrase: "sum the queue instead of averaging it".
	Title    string
	Safety   Safety
	Restarts bool // the pods are replaced, and load their model again
	// Object is the one to change: the owner that people write, never a
	// generated object. Of a new object it is the one that it belongs to.
	Object *inventory.Object
	Edits  []Edit
	// New is an object that is missing. In a file it becomes a further document
	// beside Object; on a cluster it is created, by server-side apply of the
	// parsed Text without a resourceVersion, and refused when an object of that
	// name has appeared since. Undoing it is deleting it.
	//
	// In a manual fix it is a plan: complete, but with choices that only people
	// can make. It is shown and never applied.
	New *Manifest
}

// Manifest is an object as a person would write it.
type Manifest struct {
	Ref inventory.Ref
	// Text is one YAML document without a marker, ends with a line break, and
	// says in comments where its numbers come from.
	Text string
}

// Edit sets or removes one field.
type Edit struct {
	// Path leads to the field. The position behind a list's last item adds one.
	Path inventory.Path
	// Value is what the field becomes: string, int, bool, map[string]any or
	// []any; nil removes it.
	Value any
}

// Set is an Edit that writes a value.
func Set(value any, path ...any) Edit { return Edit{Path: path, Value: value} }

// Remove is an Edit that takes a field away.
func Remove(path ...any) Edit { return Edit{Path: path} }
