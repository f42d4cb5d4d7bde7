package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: Prometheus anchors regular expressions at both ends of a label's
// value (https://prometheus.io/docs/prometheus/latest/querying/basics/), and
// a Deployment's pods are called NAME-HASH-SUFFIX.
var queryReachesOtherWorkloads = &checks.Check{
	ID:       "query-reaches-other-workloads",
	Severity: checks.Error,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "The query counts the load of other workloads",
		Why:    "A query without a matcher for namespace or workload, or with a pattern such as pod=~\"llama3.*\" that fits a neighbour's pods as well, adds up the load of several fleets. Each of them is scaled by the load of all, and GPUs are started for requests they never see.",
		Remedy: "Match the workload's own pods, and no others: pod=~\"NAME-[a-z0-9]+-[a-z0-9]{5}\" together with the namespace, or a job or service label of its own.",
		Ignore: "Prometheus sees nothing but this workload, or the sum over all is wanted.",
		Sources: []string{
			"https://prometheus.io/docs/prometheus/latest/querying/basics/#time-series-selectors",
			"https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			for _, m := range a.Metrics {
				r := promql.ReadingOf(pass.Snapshot, m)
				if !a.Moves() || !r.Decides() {
					continue
				}
				if f, found := reachVerdict(pass, a, r); found {
					f.At, f.Workload = a.Object.At(r.At()...), a.Workload
					f.Evidence = checks.ReadingEvidence(r)
					f.Fix = reachFix(a, r)
					pass.Report(f)
				}
			}
		}
	},
}

// reachVerdict says how sure it is that the query reads too much: a neighbour
// that it provably reads, no narrowing at all, or a pattern with room behind
// the workload's name.
func reachVerdict(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) (f checks.Finding, found bool) {
	others := reachOthers(pass, a, r)
	unscoped := r.Unscoped()
	switch {
	case len(others) > 0:
		f.Message = fmt.Sprintf("the query reads the series of %s, which this %s does not scale", reachNames(others), a.Kind())
		near := func(w *inventory.Workload) bool { return w.Object.Namespace == a.Object.Namespace }
		if !pass.IsLive() && !slices.ContainsFunc(others, near) {
			f.Severity = checks.Warning // perhaps another environment, in another cluster
		}
	case len(unscoped) > 0 && !reachAlone(pass, a):
		f.Severity = checks.Warning
		f.Message = fmt.Sprintf("no matcher of the query narrows %s to a namespace or a workload", unscoped[0].Name)
	case a.Workload != nil:
		name, room := r.LeavesRoom(a.Workload)
		f.Severity = checks.Info
		f.Message = fmt.Sprintf("the query would also read a workload called %s: the pattern leaves room behind the name", name)
		return f, room
	default:
		return f, false
	}
	return f, true
}

// reachOthers leaves out what need not be another workload, or exports nothing:
// patches, the same name without a namespace, what is parked at zero.
func reachOthers(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) []*inventory.Workload {
	if a.Workload == nil {
		return nil
	}
	own := a.Workload.Object
	return slices.DeleteFunc(r.ReachesOthers(a.Workload, pass.Workloads()), func(w *inventory.Workload) bool {
		same := w.Object.Name == own.Name && (w.Object.Namespace == "" || own.Namespace == "")
		parked := w.Replicas != nil && *w.Replicas == 0 && len(pass.AutoscalersOf(w)) == 0
		return w.Object.Fragment || same || parked || w.Object.Apart(own)
	})
}

// reachAlone says whether the whole cluster was seen: with no other workload in
// it a query needs no matcher.
func reachAlone(pass *checks.Pass, a *inventory.Autoscaler) bool {
	unseen := func(kind inventory.Kind) bool { return !pass.Saw(kind, "") }
	return pass.IsLive() && a.Workload != nil && !slices.ContainsFunc(inventory.WorkloadKinds(), unseen)
}

func reachNames(others []*inventory.Workload) string {
	const most = 3
	var names []string
	for _, w := range others {
		names = append(names, w.Ref().String())
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

func reachFix(a *inventory.Autoscaler, r promql.Reading) *checks.Fix {
	fix := &checks.Fix{Title: "match the workload's own pods", Safety: checks.Manual, Object: a.Object}
	if a.Workload == nil || r.Source != inventory.SourcePrometheus {
		return fix
	}
	if text, ok := r.Query.Narrowed(a.Workload); ok {
		fix.Safety, fix.Edits = checks.Safe, []checks.Edit{checks.Set(text, r.QueryPath...)}
	}
	return fix
}
