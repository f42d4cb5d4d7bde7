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
	optional              bool // a further way to numbers, which nobody has to open
}

// PrintRBAC writes the smallest roles with which [Live] can read all that the
// checks need: a ClusterRole, or with namespaces a Role in each of them and a
// ClusterRole for what lives outside of them. The roles read; they never allow
// a Secret to be read, or anything to be written. What opens further ways to the
// same numbers is commented out. Who is bound to them is the reader's to say. The
// error is the writer's.
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
			roleRule{resource: "pods/proxy", verb: "get", kind: "Pod", why: []string{"asks the engines for their metrics where Prometheus does not know them"}, numbers: true},
			optional("pods/portforward", "create", "asks the engines by port-forward where the API server's proxies do not lead to them"))
		outside = append(outside,
			optional("pods", "list", "finds dcgm-exporter, and the pod of Prometheus to forward a port to, in any namespace"),
			optional("pods/proxy", "get", "asks dcgm-exporter about GPUs that Prometheus does not know"),
			optional("pods/portforward", "create", "asks Prometheus and dcgm-exporter by port-forward, too"))
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

// optional is a further way to numbers. Servers of before 1.35 also forward a port
// for who may get pods/portforward; for who may create it all do.
func optional(resource, verb, why string) roleRule {
	return roleRule{resource: resource, verb: verb, kind: "Pod", why: []string{why}, numbers: true, optional: true}
}

// joinRules puts lists of rules together, and rules of the same right into one.
func joinRules(lists ...[]roleRule) []roleRule {
	var all []roleRule
	for _, list := range lists {
	next:
		for _, rule := range list {
			for i := range all {
				if all[i].covers(rule) {
					all[i].why = append(all[i].why, rule.why...)
					all[i].optional = all[i].optional && rule.optional
					continue next
				}
			}
			all = append(all, rule)
		}
	}
	return all
}

// covers says whether who has this right has the other one.
func (r roleRule) covers(other roleRule) bool {
	return r.group == other.group && r.resource == other.resource && (r.verb == other.verb || r.verb == watchVerb && other.verb == "list")
}

func roleHead(kind, name, namespace string) string {
	head := fmt.Sprintf("apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata:\n  name: %s\n", kind, name)
	if namespace != "" {
		head += fmt.Sprintf("  namespace: %q\n", namespace)
	}
	return head + "rules:\n"
}

// writeRules writes the optional ones at the end, as comments.
func writeRules(b *bytes.Buffer, rules []roleRule) {
	for _, rule := range rules {
		if !rule.optional {
			fmt.Fprintf(b, "# %s: %s\n%s", rule.kind, strings.Join(rule.why, "; "), rule)
		}
	}
	for _, rule := range rules {
		if rule.optional {
			text := strings.TrimSuffix(rule.String(), "\n")
			fmt.Fprintf(b, "# %s, optional: %s\n#%s\n", rule.kind, strings.Join(rule.why, "; "), strings.ReplaceAll(text, "\n", "\n#"))
		}
	}
}

// String is the rule as YAML.
func (r roleRule) String() string {
	text := fmt.Sprintf("- apiGroups: [%q]\n  resources: [%q]\n", r.group, r.resource)
	if len(r.names) > 0 {
		text += fmt.Sprintf("  resourceNames: [\"%s\"]\n", strings.Join(r.names, `", "`))
	}
	if r.verb == watchVerb {
		return text + "  verbs: [\"list\", \"watch\"]\n"
	}
	return text + fmt.Sprintf("  verbs: [%q]\n", r.verb)
}
