package fix

import (
	"context"
	"fmt"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Manager is our name in managedFields.
const Manager = "kubectl-infscale"

// Target is one object of a cluster, in the version that its fields are written
// in.
type Target struct {
	inventory.Ref
	APIVersion string
}

// TargetOf is the object, as it was read.
func TargetOf(o *inventory.Object) Target { return Target{o.Ref, o.APIVersion} }

// PatchType is a media type of patches.
type PatchType string

// The ways to change an object.
const (
	// ServerSideApply says what we want to own, and takes it over.
	ServerSideApply PatchType = "application/apply-patch+yaml"
	// JSONPatch is for what has to go, or stands in a list that has one owner.
	JSONPatch PatchType = "application/json-patch+json"
)

// Patch is one write. Its body holds the version of the object that it is meant
// for: the API server refuses it for any other.
type Patch struct {
	Type PatchType
	Body []byte
}

// Result is the API server's answer to a write, or to a dry run of one.
type Result struct {
	Object   Content
	Warnings []string
}

// Cluster is what fixes need of one. A dry run changes nothing. Errors are
// *[Refused] where the answer was no.
type Cluster struct {
	Get    func(context.Context, Target) (Content, error)
	Patch  func(ctx context.Context, of Target, with Patch, dryRun bool) (Result, error)
	Create func(ctx context.Context, of Target, object Content, dryRun bool) (Result, error)
	// Delete removes the object, if it still has that UID.
	Delete func(ctx context.Context, of Target, uid string, dryRun bool) (Result, error)
}

// Refused is a write that the API server, an admission webhook or this package
// said no to.
type Refused struct {
	Ref    inventory.Ref
	Reason string
	// Conflict: the object is not the version that was meant.
	Conflict bool
	// NotFound: there is no such object.
	NotFound bool
	// Undecided: nobody judged the write. A webhook that takes no dry runs, or
	// does not answer.
	Undecided bool
}

func (e *Refused) Error() string { return fmt.Sprintf("%s: %s", e.Ref, e.Reason) }

// Stale is an object that is no longer as it was judged: its fix was computed
// from something else. Load it again.
type Stale struct{ Ref inventory.Ref }

func (e *Stale) Error() string {
	return fmt.Sprintf("%s: changed since it was judged", e.Ref)
}
