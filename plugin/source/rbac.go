package source

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
)

// roleName is what the printed roles are called.
const roleName = "kubectl-infscale"

// roleRule is one rule of a printed role.
type roleRule struct {
	group, resource, verb string
	names                 []string // resourceNames
	kind                  string
	why                   []string
	numbers               bool // for numbers, which nobody watches
}

// PrintRBAC writes the smallest roles with which [Live] can read all that the
// checks need: a ClusterRole, or with namespaces a Role in each of them and a
// ClusterRole for what lives outside of them. The roles read; they never allow
// a Secret to be read, or anything to be written. Who is bound to them is the
// reader's to say. The error is the writer's.
func PrintRBAC(w io.Writer, needs checks.Needs, namespaces []string) error {
	inside, outside, adapter := roleRules(needs)
	return printRoles(w, "get and list", namespaces, inside, outside, adapter)
}

// PrintWatchRBAC is PrintRBAC for a [Feed], which watches what Live lists, and
// what Live gets by name.
func PrintWatchRBAC(w io.Writer, needs checks.Needs, namespaces []string) error {
	inside, outside, adapter := roleRules(needs)
	for _, rules := range [][]roleRule{inside, outside, adapter} {
		for i := range rules {
			if !rules[i].numbers {
				rules[i].verb = watchVerb
			}
		}
	}
	return printRoles(w, "get, list and watch", namespaces, inside, outside, adapter)
}

// watchVerb stands for two: who may watch and not list has no beginning.
const watchVerb = "watch"

func printRoles(w io.Writer, verbs string, namespaces []string, inside, outside, adapter []roleRule) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# the least that kubectl infscale reads for the checks asked for: %s, no Secret\n", verbs)
	if len(namespaces) == 0 {
		outside = joinRules(inside, outside, adapter)
		inside, adapter = nil, nil
	}
	first := true
	role := func(head string, rules []roleRule) {
		if len(rules) == 0 {
			return
		}
		if !first {
			b.WriteString("---\n")
		}
		first = false
		b.WriteString(head)
		writeRules(&b, rules)
	}
	for _, namespace := range namespaces {
		role(roleHead("Role", roleName, namespace), inside)
	}
	role(roleHead("ClusterRole", roleName, ""), outside)
	role("# bind this one with a RoleBinding in the namespace of prometheus-adapter alone\n"+
		roleHead("ClusterRole", roleName+"-adapter", ""), adapter)
	_, err := w.Write(b.Bytes())
	return err
}

// roleRules sorts the table's rows by where they have to be granted.
func roleRules(needs checks.Needs) (inside, outside, adapter []roleRule) {
	if wantsNamespaces(needs) {
		outside = append(outside, roleRule{resource: "namespaces", verb: "list", kind: "Namespace", why: []string{"labels, by which Prometheus selects monitors"}})
	}
	if len(needs.Numbers) > 0 {
		outside = append(outside,
			roleRule{resource: "services", verb: "list", kind: "Service", why: []string{"finds Prometheus, in any namespace"}, numbers: true},
			roleRule{resource: "services/proxy", verb: "get", kind: "Service", why: []string{"asks Prometheus through the API server"}, numbers: true})
		inside = append(inside,
			roleRule{resource: "pods/proxy", verb: "get", kind: "Pod", why: []string{"asks the engines for their metrics where Prometheus does not know them"}, numbers: true})
	}
	for _, row := range wantedRows(needs) {
		info := row.kind.Info()
		rule := roleRule{group: info.Group, resource: info.Resource, verb: row.verb(), names: row.names, kind: info.Name, why: []string{row.why}}
		switch {
		case row.reach == besideAdapter:
			adapter = joinRules(adapter, []roleRule{rule})
		case row.reach == inCluster || !info.Namespaced:
			outside = joinRules(outside, []roleRule{rule})
		default:
			inside = joinRules(inside, []roleRule{rule})
		}
	}
	return inside, outside, adapter
}

// joinRules puts lists of rules together, and rules of the same right into one.
func joinRules(lists ...[]roleRule) []roleRule {
	var all []roleRule
	for _, list := range lists {
	next:
		for _, rule := range list {
			for i := range all {
				if all[i].group == rule.group && all[i].resource == rule.resource && all[i].verb == rule.verb {
					all[i].why = append(all[i].why, rule.why...)
					continue next
				}
			}
			all = append(all, rule)
		}
	}
	return all
}

func roleHead(kind, name, namespace string) string {
	head := fmt.Sprintf("apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata:\n  name: %s\n", kind, name)
	if namespace != "" {
		head += fmt.Sprintf("  namespace: %q\n", namespace)
	}
	return head + "rules:\n"
}

func writeRules(b *bytes.Buffer, rules []roleRule) {
	for _, rule := range rules {
		fmt.Fprintf(b, "# %s: %s\n- apiGroups: [%q]\n  resources: [%q]\n", rule.kind, strings.Join(rule.why, "; "), rule.group, rule.resource)
		if len(rule.names) > 0 {
			fmt.Fprintf(b, "  resourceNames: [\"%s\"]\n", strings.Join(rule.names, `", "`))
		}
		if rule.verb == watchVerb {
			b.WriteString("  verbs: [\"list\", \"watch\"]\n")
			continue
		}
		fmt.Fprintf(b, "  verbs: [%q]\n", rule.verb)
	}
}
