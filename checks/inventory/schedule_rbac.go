package inventory

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Permission is what RBAC is asked: a verb on an object.
type Permission struct {
	Verb      string
	Group     string
	Resource  string // "deployments", "deployments/scale"
	Namespace string
	Name      string
}

// Access is RBAC's answer, as far as it can be seen.
type Access uint8

// The answers.
const (
	AccessUnknown   Access = iota // a binding names a role that nobody saw
	AccessUngranted               // no binding at hand grants it; not all were seen
	AccessDenied                  // no binding grants it
	AccessGranted
)

// Access says whether RBAC lets a ServiceAccount do something. A cluster's own
// roles admin, edit and cluster-admin are taken to be enough.
func (s *Snapshot) Access(account, namespace string, p Permission) Access {
	answer := AccessUngranted
	if s.Saw(Role, p.Namespace) && s.Saw(RoleBinding, p.Namespace) && s.Saw(ClusterRoleBinding, "") {
		answer = AccessDenied
	}
	for _, b := range s.bindings(p.Namespace) {
		if !slices.ContainsFunc(b.subjects, func(sub rbacv1.Subject) bool { return s.isAccount(sub, account, namespace) }) {
			continue
		}
		rules, found := s.rulesOf(b.role, p.Namespace)
		if slices.ContainsFunc(rules, p.in) {
			return AccessGranted
		}
		if !found {
			answer = AccessUnknown
		}
	}
	return answer
}

// Lacks names the right of a job's command that is not granted, "not patch
// horizontalpodautoscalers", and how sure that is. kubectl gets an object before
// it patches or scales it, and deletes by the name alone.
func (s *Snapshot) Lacks(j ScheduledJob, c ScheduledCommand) (what string, access Access) {
	ask := func(p Permission) Access { return s.Access(j.Account(), j.Object.Namespace, p) }
	write := c.Permission()
	update, read := write, write
	update.Verb, read.Verb = "update", "get" // older kubectl writes a count by update
	read.Resource, _, _ = strings.Cut(read.Resource, "/")
	access = ask(write)
	if access != AccessGranted && (c.Verb != "scale" || ask(update) != AccessGranted) {
		return "not " + write.Verb + " " + write.Resource, access
	}
	if c.Verb == "delete" {
		return "", AccessGranted
	}
	return write.Verb + " and not get " + read.Resource, ask(read)
}

// BringsRBAC says whether the objects at hand mean to settle what the
// ServiceAccount may do in a namespace: bindings are among them, and so is the
// account unless it is the one that every namespace has.
func (s *Snapshot) BringsRBAC(account, namespace string) bool {
	own := account == defaultAccount
	for _, o := range s.List(ServiceAccount) {
		own = own || o.Name == account && s.SameNamespace(o.Namespace, namespace)
	}
	return own && len(s.bindings(namespace)) > 0
}

const defaultAccount = "default"

// binding is a RoleBinding or a ClusterRoleBinding.
type binding struct {
	subjects []rbacv1.Subject
	role     rbacv1.RoleRef
}

// bindings lists those that count in a namespace.
func (s *Snapshot) bindings(namespace string) []binding {
	var all []binding
	for _, o := range s.List(RoleBinding) {
		if b := As[rbacv1.RoleBinding](o); b != nil && s.SameNamespace(o.Namespace, namespace) {
			all = append(all, binding{b.Subjects, b.RoleRef})
		}
	}
	for _, o := range s.List(ClusterRoleBinding) {
		if b := As[rbacv1.ClusterRoleBinding](o); b != nil {
			all = append(all, binding{b.Subjects, b.RoleRef})
		}
	}
	return all
}

// isAccount says whether a subject is the account, or a group that it is in.
func (s *Snapshot) isAccount(sub rbacv1.Subject, account, namespace string) bool {
	const accounts = "system:serviceaccounts"
	switch sub.Kind {
	case rbacv1.ServiceAccountKind:
		return sub.Name == account && s.SameNamespace(sub.Namespace, namespace)
	case rbacv1.UserKind:
		return sub.Name == "system:serviceaccount:"+namespace+":"+account
	case rbacv1.GroupKind:
		return sub.Name == accounts || sub.Name == accounts+":"+namespace || sub.Name == "system:authenticated"
	}
	return false
}

// rulesOf finds a role's rules. Those of an aggregated role stand in others.
func (s *Snapshot) rulesOf(ref rbacv1.RoleRef, namespace string) (rules []rbacv1.PolicyRule, found bool) {
	s.read(Role, ClusterRole)
	for _, kind := range []Kind{Role, ClusterRole} {
		for _, o := range s.objects[kind] {
			if o.Kind != ref.Kind || o.Name != ref.Name {
				continue
			}
			if r := As[rbacv1.Role](o); r != nil && s.SameNamespace(o.Namespace, namespace) {
				return r.Rules, true
			}
			if r := As[rbacv1.ClusterRole](o); r != nil {
				return r.Rules, s.live || r.AggregationRule == nil
			}
		}
	}
	if ref.Kind == Role.String() {
		return nil, s.Saw(Role, namespace)
	}
	switch ref.Name {
	case "cluster-admin", "admin", "edit":
		return []rbacv1.PolicyRule{{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}, true
	}
	return nil, false
}

// in says whether a rule allows it.
func (p Permission) in(rule rbacv1.PolicyRule) bool {
	_, sub, _ := strings.Cut(p.Resource, "/")
	has := func(list []string, words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(list, word) })
	}
	return has(rule.Verbs, "*", p.Verb) && has(rule.APIGroups, "*", p.Group) &&
		has(rule.Resources, "*", p.Resource, "*/"+sub) && (len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, p.Name))
}
