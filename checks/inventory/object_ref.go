package inventory

import "strings"

// Ref names one object. Namespace is empty for cluster-scoped kinds and for
// manifests that leave it out.
type Ref struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// String is the form people type after a verb, with the namespace in front:
// "inference/Deployment/vllm".
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Kind + "/" + r.Name
	}
	return r.Namespace + "/" + r.Kind + "/" + r.Name
}

// Short leaves the namespace out: "Deployment/vllm".
func (r Ref) Short() string { return r.Kind + "/" + r.Name }

// IsZero says whether the reference names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// GroupOf returns the API group of an apiVersion: "apps" for "apps/v1", and
// the empty core group for "v1".
func GroupOf(apiVersion string) string {
	group, _, found := strings.Cut(apiVersion, "/")
	if !found {
		return ""
	}
	return group
}

// Presence is the answer to "is it there?". The zero value is Unseen: nobody
// could look, so nothing may be called missing.
type Presence uint8

// The three answers.
const (
	Unseen Presence = iota
	Absent
	Present
)

func (p Presence) String() string {
	return [...]string{"unseen", "absent", "present"}[p]
}
