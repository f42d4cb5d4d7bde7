package inventory_test

import (
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func roleOf(kind, name, rules string) string {
	return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: ns}\n" + rules + "\n"
}

func bindingOf(kind, name, role, subject string) string {
	roleKind, roleName, _ := strings.Cut(role, "/")
	return "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: ns}\n" +
		"roleRef: {kind: " + roleKind + ", name: " + roleName + "}\nsubjects: [" + subject + "]\n"
}

func TestAccess(t *testing.T) {
	const (
		rules   = "rules: [{apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [get, patch]}]"
		account = "{kind: ServiceAccount, name: a, namespace: ns}"
	)
	patch := roleOf("Role", "r", rules)
	bound := bindingOf("RoleBinding", "b", "Role/r", account)
	as := func(subject string) string { return patch + bindingOf("RoleBinding", "b", "Role/r", subject) }
	with := func(rules string) string { return roleOf("Role", "r", "rules: ["+rules+"]") + bound }
	const ungranted, granted, unknown = inventory.AccessUngranted, inventory.AccessGranted, inventory.AccessUnknown
	for _, test := range []struct {
		name, text string
		want       inventory.Access
	}{
		{"nothing", "", ungranted},
		{"role and binding", patch + bound, granted},
		{"no binding", patch, ungranted},
		{"another account", as("{kind: ServiceAccount, name: b, namespace: ns}"), ungranted},
		{"another namespace", as("{kind: ServiceAccount, name: a, namespace: other}"), ungranted},
		{"another's role", strings.Replace(patch, "ns}", "other}", 1) + bound, unknown},
		{"another's binding", patch + strings.Replace(bound, "ns}", "other}", 1), ungranted},
		{"as a user", as("{kind: User, name: 'system:serviceaccount:ns:a'}"), granted},
		{"as another user", as("{kind: User, name: a}"), ungranted},
		{"as one of all accounts", as("{kind: Group, name: 'system:serviceaccounts'}"), granted},
		{"as one of the namespace", as("{kind: Group, name: 'system:serviceaccounts:ns'}"), granted},
		{"as anybody", as("{kind: Group, name: 'system:authenticated'}"), granted},
		{"as a master", as("{kind: Group, name: 'system:masters'}"), ungranted},
		{"another verb", with("{apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [update]}"), ungranted},
		{"another group", with("{apiGroups: [apps], resources: [horizontalpodautoscalers], verbs: [patch]}"), ungranted},
		{"another resource", with("{apiGroups: [autoscaling], resources: [deployments], verbs: [patch]}"), ungranted},
		{"another object", with("{apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [patch], resourceNames: [other]}"), ungranted},
		{"this object", with("{apiGroups: [autoscaling], resources: [horizontalpodautoscalers], verbs: [patch], resourceNames: [hpa]}"), granted},
		{"stars", with("{apiGroups: ['*'], resources: ['*'], verbs: ['*']}"), granted},
		{"role of the cluster", roleOf("ClusterRole", "r", rules) + bindingOf("RoleBinding", "b", "ClusterRole/r", account), granted},
		{"binding of the cluster", roleOf("ClusterRole", "r", rules) + bindingOf("ClusterRoleBinding", "b", "ClusterRole/r", account), granted},
		{"a role of that name only", roleOf("Role", "r", rules) + bindingOf("RoleBinding", "b", "ClusterRole/r", account), unknown},
		{"aggregated", roleOf("ClusterRole", "r", "aggregationRule: {}\nrules: []") + bindingOf("RoleBinding", "b", "ClusterRole/r", account), unknown},
		{"built in", bindingOf("RoleBinding", "b", "ClusterRole/edit", account), granted},
		{"built in and for reading", bindingOf("RoleBinding", "b", "ClusterRole/view", account), unknown},
		{"one of two", patch + bound + bindingOf("RoleBinding", "c", "ClusterRole/view", account), granted},
	} {
		p := inventory.Permission{Verb: "patch", Group: "autoscaling", Resource: "horizontalpodautoscalers", Namespace: "ns", Name: "hpa"}
		if got := world(t, test.text).Access("a", "ns", p); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
	scale := inventory.Permission{Verb: "patch", Group: "apps", Resource: "deployments/scale", Namespace: "ns", Name: "d"}
	for resource, want := range map[string]inventory.Access{"deployments": ungranted, "deployments/scale": granted, "'*/scale'": granted, "'*'": granted} {
		if got := world(t, with("{apiGroups: [apps], resources: ["+resource+"], verbs: [patch]}")).Access("a", "ns", scale); got != want {
			t.Errorf("%s: %d, want %d", resource, got, want)
		}
	}
}

func TestBringsRBAC(t *testing.T) {
	const account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: ns}\n"
	binding := bindingOf("RoleBinding", "b", "Role/r", "{kind: ServiceAccount, name: other, namespace: ns}")
	for _, test := range []struct {
		name, text, account string
		want                bool
	}{
		{"both", account + binding, "a", true},
		{"every namespace's account", binding, "default", true},
		{"a stranger", binding, "a", false},
		{"no binding", account, "a", false},
		{"elsewhere", strings.ReplaceAll(account, "ns}", "other}") + binding, "a", false},
	} {
		if got := world(t, test.text).BringsRBAC(test.account, "ns"); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
