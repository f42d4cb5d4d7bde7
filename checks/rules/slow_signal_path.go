package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/promql"
)

// Source: kube-controller-manager's --horizontal-pod-autoscaler-sync-period, 15 s;
// KEDA, pkg/scaling/cache: with useCachedMetrics the HPA gets what the last
// polling left, else Prometheus is asked at every sync.
var slowSignalPath = &checks.Check{
	ID:       "slow-signal-path",
	Severity: checks.Info,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "The load reaches the autoscaler late",
		Why:    "What the autoscaler reads is as old as the last scrape, and as KEDA's last polling where metrics are cached. Each of them adds up to a whole interval before a scale-up of GPUs even begins, and a queue of requests grows all that time.",
		Remedy: "Scrape the engines every 15 s or faster, and leave useCachedMetrics out or lower pollingInterval.",
		Ignore: "The load changes slowly, or loading the model takes so long that a minute makes no difference.",
		Sources: []string{
			"https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#how-does-a-horizontalpodautoscaler-work",
			"https://keda.sh/docs/latest/reference/scaledobject-spec/#triggers",
			"https://github.com/prometheus-operator/prometheus-operator/blob/main/Documentation/api-reference/api.md",
		},
	},
	Needs: checks.Needs{
		Kinds: checks.Autoscalers(),
		Sharpens: checks.Only(inventory.ConfigMap, inventory.Service, inventory.ServiceMonitor, inventory.PodMonitor,
			inventory.PodMonitoring, inventory.Prometheus),
	},
	Params: []checks.Param{{Name: "slowSeconds", Value: 60, Min: 15, Max: 3600, Doc: "the longest acceptable time from a change of the load to the autoscaler's reading; a minute is four syncs of the HPA controller"}},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			readings, ok := promql.Readings(pass.Snapshot, a)
			if !ok || a.Workload == nil || !a.Moves() {
				continue
			}
			for _, r := range readings {
				if slowReport(pass, a, r) {
					break // the others come the same way
				}
			}
		}
	},
}

// slowReport adds up the steps between an engine and the HPA controller.
func slowReport(pass *checks.Pass, a *inventory.Autoscaler, r promql.Reading) bool {
	ofEngine := func(u promql.Use) bool { return u.Engine == a.Workload.EngineID() && !u.Gateway }
	if !slices.ContainsFunc(r.Uses, ofEngine) {
		return false
	}
	const sync = 15 * time.Second // the controller's default
	total, said := sync, []string{"15s between the HPA's syncs"}
	f := checks.Finding{Workload: a.Workload, At: a.Object.At(r.At()...), Evidence: []checks.Evidence{{Path: "horizontal-pod-autoscaler-sync-period", Value: "15s", Basis: checks.Assumed}}}
	fix := &checks.Fix{Title: "shorten the way of the signal", Safety: checks.Safe, Object: a.Object}
	if every, path, written := r.CachedFor(a); every > 0 {
		total += every
		said = append(said, slowText(every)+" between KEDA's pollings")
		f.Evidence = append(f.Evidence, checks.Evidence{Path: path.String(), Value: slowText(every), Basis: slowBasis(written)})
		f.At, fix.Edits = a.Object.At(path...), []checks.Edit{checks.Remove(r.Path.Join("useCachedMetrics")...)}
	}
	if pace, ok := pass.ScrapePace(a.Workload); ok {
		total += pace.Every
		said = append(said, slowText(pace.Every)+" between scrapes")
		f.Evidence = append(f.Evidence, checks.Evidence{Path: pace.Source, Value: slowText(pace.Every), Basis: checks.Observed})
		if len(fix.Edits) == 0 {
			f.At, fix.Object, fix.Edits = pace.Object.At(pace.Path...), pace.Object, []checks.Edit{checks.Set("15s", pace.Path...)}
		}
	}
	if total.Seconds() <= pass.Param("slowSeconds") {
		return false
	}
	slices.Reverse(said)
	f.Message = fmt.Sprintf("a change of the load reaches the autoscaler of %s after up to %s: %s", a.Workload.Ref().Short(), slowText(total), strings.Join(said, ", "))
	f.Fix = fix
	pass.Report(f)
	return true
}

func slowText(d time.Duration) string { return fmt.Sprintf("%gs", d.Seconds()) }

func slowBasis(written bool) checks.Basis {
	if written {
		return checks.Observed
	}
	return checks.Assumed
}
