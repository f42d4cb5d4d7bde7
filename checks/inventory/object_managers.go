package inventory

import (
	"encoding/json"
	"strings"
)

// ManagerClass says what kind of writer a field manager is.
type ManagerClass uint8

// The classes. Everything that is no known tool is taken for a controller.
const (
	ByController ManagerClass = iota
	ByHand                    // kubectl edit or patch, Lens, k9s, a dashboard
	ByApply                   // kubectl apply: the manifest is somewhere, and comes again
	ByGitOps                  // Argo CD, Flux, Helm, Terraform
)

// managerNames are how tools call themselves in managedFields: the default is
// the first word of their user agent.
var managerNames = map[string]ManagerClass{
	"kubectl":                       ByApply, // --server-side
	"kubectl-client-side-apply":     ByApply,
	"kubectl-edit":                  ByHand,
	"kubectl-patch":                 ByHand,
	"kubectl-replace":               ByHand,
	"kubectl-create":                ByHand,
	"kubectl-autoscale":             ByHand,
	"node-fetch":                    ByHand, // Lens
	"lens":                          ByHand,
	"k9s":                           ByHand,
	"mozilla":                       ByHand, // a dashboard in a browser
	"dashboard":                     ByHand,
	"argocd-controller":             ByGitOps,
	"argocd-application-controller": ByGitOps,
	"kustomize-controller":          ByGitOps,
	"helm-controller":               ByGitOps,
	"helm":                          ByGitOps,
	"terraform":                     ByGitOps,
	"hashicorp":                     ByGitOps,
	"pulumi-kubernetes":             ByGitOps,
}

// Class says what kind of writer the manager is.
func (f ManagedField) Class() ManagerClass {
	return managerNames[strings.ToLower(f.Manager)]
}

// Managers returns the entries of managedFields that own a field, which a path
// of names leads to: Managers("spec", "replicas"). What was written through a
// subresource (an autoscaler's scale, a controller's status) is left out.
func (o *Object) Managers(path ...string) []ManagedField {
	var all []ManagedField
	for _, entry := range o.Meta.ManagedFields {
		if entry.Subresource == "" && entry.owns(path) {
			all = append(all, entry)
		}
	}
	return all
}

func (f ManagedField) owns(path []string) bool {
	var node map[string]json.RawMessage
	text := json.RawMessage(f.FieldsV1)
	for _, name := range path {
		node = nil
		if json.Unmarshal(text, &node) != nil {
			return false
		}
		below, found := node["f:"+name]
		if !found {
			return false
		}
		text = below
	}
	return true
}
