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

// Source: with continuous batching requests wait only when the batch is full;
// an HPA asks for ceil(0 / target) = 0 replicas at an empty queue
// (k8s.io/kubernetes pkg/controller/podautoscaler/replica_calculator.go).
var queueOnlySignal = &checks.Check{
	ID:       "queue-only-signal",
	Severity: checks.Warning,
	Section:  checks.MetricPath,
	Doc: checks.Doc{
		Title:  "The queue is the only signal, so busy replicas are removed",
		Why:    "An engine's queue is empty as long as its batch has room. With waiting requests as the only signal the autoscaler then asks for the minimum, though every replica may be generating at full load. It takes capacity away while it is needed, the queue comes back, and the fleet pays cold starts in a circle.",
		Remedy: "Scale on running plus waiting requests, with a target of 60 to 80 % of what one replica runs well; or add a second trigger on KV cache use as a Value. The HPA takes the larger answer.",
		Ignore: "Latency does not matter (batch work), or the queue is a gateway's with enforced concurrency per pod.",
		Sources: []string{
			"https://cloud.google.com/kubernetes-engine/docs/best-practices/machine-learning/inference/autoscaling",
			"https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details",
		},
	},
	Needs: checks.Needs{Kinds: checks.Autoscalers(), Sharpens: checks.Only(inventory.ConfigMap)},
	Run: func(pass *checks.Pass) {
		for _, a := range pass.Autoscalers() {
			readings, ok := promql.Readings(pass.Snapshot, a)
			if !ok || !a.Moves() || !promql.Only(readings, queueOfEngine) || slices.ContainsFunc(readings, queueKeeps) {
				continue
			}
			lowest, _ := a.Lowest()
			f := checks.Finding{
				At: a.Object.At(readings[0].At()...), Workload: a.Workload,
				Message: fmt.Sprintf("%s: an empty queue asks for 0 replicas, however many requests are running, and the minimum is %s",
					promql.OnlySignal(readings), inventory.Count(lowest, "replica")),
				Evidence: append(checks.ReadingEvidence(readings...), checks.LowestEvidence(a)),
				Fix:      &checks.Fix{Title: "scale on running plus waiting requests", Safety: checks.Manual, Object: a.Object},
			}
			const long = 30 * time.Minute // of an empty queue: then the lull is real
			if wait, never := a.Patience(); never || wait >= long || queueOfBatch(a) {
				f.Severity = checks.Info
			}
			pass.Report(f)
		}
	},
}

// queueOfEngine says whether a series is the engine's own queue. The queue of
// a gateway that bounds what it sends to each replica is a good signal.
func queueOfEngine(u promql.Use) bool { return u.Metric.Meaning == inventory.MeansWaiting }

// queueKeeps says whether the query asks for replicas at an empty queue, too,
// or may do so.
func queueKeeps(r promql.Reading) bool {
	value, ok := r.AtZero()
	return !ok || value > 0
}

// queueOfBatch says whether the target's name tells of work that nobody waits
// for.
func queueOfBatch(a *inventory.Autoscaler) bool {
	words := strings.FieldsFunc(a.Target.Namespace+"-"+a.Target.Name, func(r rune) bool { return r == '-' || r == '.' })
	return slices.Contains(words, "batch") || slices.Contains(words, "offline")
}
