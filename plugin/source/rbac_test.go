package source

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// printedRoles parses what PrintRBAC writes.
func printedRoles(t *testing.T, needs checks.Needs, namespaces ...string) []rbacv1.Role {
	t.Helper()
	return rolesOf(t, PrintRBAC, needs, namespaces...)
}

func rolesOf(t *testing.T, write func(io.Writer, checks.Needs, []string) error, needs checks.Needs, namespaces ...string) []rbacv1.Role {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, needs, namespaces); err != nil {
		t.Fatal(err)
	}
	var roles []rbacv1.Role
	for _, document := range strings.Split(b.String(), "\n---\n") {
		var role rbacv1.Role // a ClusterRole reads as one
		if err := yaml.UnmarshalStrict([]byte(document), &role); err != nil {
			t.Fatalf("%v\n%s", err, document)
		}
		roles = append(roles, role)
	}
	return roles
}

// allowed says whether the roles, bound where they are meant to be, allow the
// request.
func allowed(roles []rbacv1.Role, r request) bool {
	for _, role := range roles {
		if role.Kind == "Role" && role.Namespace != r.namespace || role.Name == "kubectl-infscale-adapter" && r.namespace != "monitoring" {
			continue
		}
		for _, rule := range role.Rules {
			if slices.Contains(rule.APIGroups, r.group) && slices.Contains(rule.Resources, r.resource) && slices.Contains(rule.Verbs, r.verb) &&
				(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, cmp.Or(r.name, r.only))) {
				return true
			}
		}
	}
	return false
}

// With exactly the printed roles everything is seen that is seen without
// limits, and every rule of them is used.
func TestPrintedRolesAreEnoughAndNoMore(t *testing.T) {
	tests := map[string]struct {
		needs      checks.Needs
		namespaces []string
	}{
		"everything":                 {everything(), nil},
		"everything in a namespace":  {everything(), []string{"inference"}},
		"everything in two":          {everything(), []string{"inference", "shop"}},
		"nothing":                    {checks.Needs{}, nil},
		"nothing in a namespace":     {checks.Needs{}, []string{"inference"}},
		"autoscalers in a namespace": {checks.Needs{Kinds: checks.Autoscalers()}, []string{"inference"}},
	}
	for _, kind := range inventory.Kinds() {
		tests[kind.String()] = struct {
			needs      checks.Needs
			namespaces []string
		}{checks.Needs{Sharpens: []inventory.Kind{kind}}, nil}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			roles := printedRoles(t, test.needs, test.namespaces...)
			server := newAPIServer(t, cluster)
			server.allows = func(r request) bool { return allowed(roles, r) }
			live := server.live()
			live.Namespaces = test.namespaces
			s := load(t, live, test.needs)
			if got := gaps(s); got != "" {
				t.Errorf("gaps with the printed roles:\n%s", got)
			}
			free := newAPIServer(t, cluster).live()
			free.Namespaces = test.namespaces
			if got, want := contents(s), contents(load(t, free, test.needs)); got != want {
				t.Errorf("with the printed roles:\n%s\nwithout limits:\n%s", got, want)
			}
			for _, r := range server.requests {
				if r.resource != "" && !allowed(roles, r) {
					t.Errorf("not in the printed roles: %s %s", r.verb, r.path)
				}
			}
			for _, role := range roles {
				if role.Namespace != "shop" { // nothing there leads any further
					unused(t, role, server.requests)
				}
			}
		})
	}
}

// unused reports rules that no request needed.
func unused(t *testing.T, role rbacv1.Role, requests []request) {
	for _, rule := range role.Rules {
		one := role
		one.Rules = []rbacv1.PolicyRule{rule}
		if !slices.ContainsFunc(requests, func(r request) bool { return allowed([]rbacv1.Role{one}, r) }) {
			t.Errorf("%s: no request needs %v %v", role.Kind, rule.Verbs, rule.Resources)
		}
	}
}

func TestPrintedRolesNeverTouchSecrets(t *testing.T) {
	for _, role := range append(printedRoles(t, everything()), printedRoles(t, everything(), "inference")...) {
		for _, rule := range role.Rules {
			for _, verb := range rule.Verbs {
				if verb != "get" && verb != "list" || slices.Contains(rule.Resources, "secrets") || slices.Contains(rule.Resources, "*") {
					t.Errorf("%v", rule)
				}
			}
		}
	}
}

func TestPrintedRolesForNumbers(t *testing.T) {
	roles := printedRoles(t, checks.Needs{Numbers: []signals.Metric{signals.Running}}, "inference")
	for _, want := range []struct{ kind, resource, verb string }{
		{"Role", "pods/proxy", "get"}, {"ClusterRole", "services", "list"}, {"ClusterRole", "services/proxy", "get"},
	} {
		if !slices.ContainsFunc(roles, func(role rbacv1.Role) bool {
			return role.Kind == want.kind && slices.ContainsFunc(role.Rules, func(rule rbacv1.PolicyRule) bool {
				return slices.Contains(rule.Resources, want.resource) && slices.Contains(rule.Verbs, want.verb)
			})
		}) {
			t.Errorf("no %s allows to %s %s", want.kind, want.verb, want.resource)
		}
	}
}

// What nobody has to grant is commented out, and stands at the end of a role; with
// the comments taken away it is one.
func TestPrintedRolesWithTheOptionalRules(t *testing.T) {
	numbers := checks.Needs{Kinds: []inventory.Kind{inventory.Pod}, Numbers: []signals.Metric{signals.Running}}
	optional := func(w io.Writer, needs checks.Needs, namespaces []string) error {
		var b bytes.Buffer
		if err := PrintRBAC(&b, needs, namespaces); err != nil {
			return err
		}
		_, err := strings.NewReplacer("\n#- ", "\n- ", "\n#  ", "\n  ").WriteString(w, b.String())
		return err
	}
	for name, test := range map[string]struct {
		namespaces []string
		want       []string // of each role
	}{
		"everywhere":     {nil, []string{"create pods/portforward"}},
		"in a namespace": {[]string{"inference"}, []string{"create pods/portforward", "list pods, get pods/proxy, create pods/portforward"}},
	} {
		least, most := rolesOf(t, PrintRBAC, numbers, test.namespaces...), rolesOf(t, optional, numbers, test.namespaces...)
		for i, want := range test.want {
			var more []string
			for _, rule := range most[i].Rules[len(least[i].Rules):] {
				more = append(more, rule.Verbs[0]+" "+rule.Resources[0])
			}
			if got := strings.Join(more, ", "); got != want {
				t.Errorf("%s: the %s leaves out %s, want %s", name, most[i].Kind, got, want)
			}
		}
	}
}

func TestPrintWatchRBAC(t *testing.T) {
	needs := checks.Needs{Kinds: []inventory.Kind{inventory.Service}, Numbers: []signals.Metric{signals.Running}}
	for _, role := range rolesOf(t, PrintWatchRBAC, needs, "inference") {
		for _, rule := range role.Rules {
			want := []string{"list", "watch"}
			switch {
			case strings.HasSuffix(rule.Resources[0], "/proxy"):
				want = []string{"get"}
			case role.Kind == "ClusterRole" && rule.Resources[0] == "services": // finds Prometheus, now and then
				want = []string{"list"}
			}
			if !slices.Equal(rule.Verbs, want) {
				t.Errorf("%s: %v of %v, want %v", role.Kind, rule.Verbs, rule.Resources, want)
			}
		}
	}
	for _, role := range append(rolesOf(t, PrintWatchRBAC, everything()), rolesOf(t, PrintWatchRBAC, everything(), "inference")...) {
		for _, rule := range role.Rules {
			if slices.Contains(rule.Resources, "secrets") || slices.Contains(rule.Resources, "*") {
				t.Errorf("%v", rule)
			}
		}
	}
}

func TestPrintRBAC(t *testing.T) {
	var b bytes.Buffer
	needs := checks.Needs{Kinds: []inventory.Kind{inventory.ConfigMap, inventory.PodMonitor}}
	if err := PrintRBAC(&b, needs, []string{"inference"}); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"kind: Role\nmetadata:\n  name: kubectl-infscale\n  namespace: \"inference\"\nrules:\n# Deployment: finds inference workloads\n- apiGroups: [\"apps\"]\n  resources: [\"deployments\"]\n  verbs: [\"list\"]\n",
		"# ConfigMap: arguments and scripts that the workloads mount\n- apiGroups: [\"\"]\n  resources: [\"configmaps\"]\n  verbs: [\"get\"]\n---\n",
		"kind: ClusterRole\nmetadata:\n  name: kubectl-infscale\nrules:\n# Namespace: labels, by which Prometheus selects monitors\n",
		"resourceNames: [\"v1beta1.custom.metrics.k8s.io\", ",
		"---\n# bind this one with a RoleBinding in the namespace of prometheus-adapter alone\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s\nlacks\n%s", text, want)
		}
	}
}
