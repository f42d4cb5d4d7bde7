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
	// generated object.
	Object *inventory.Object
	Edits  []Edit
}

// Edit sets or removes one field.
type Edit struct {
	Path inventory.Path
	// Value is what the field becomes: string, int, bool, map[string]any or
	// []any; nil removes it.
	Value any
}

// Set is an Edit that writes a value.
func Set(value any, path ...any) Edit { return Edit{Path: path, Value: value} }

// Remove is an Edit that takes a field away.
func Remove(path ...any) Edit { return Edit{Path: path} }
