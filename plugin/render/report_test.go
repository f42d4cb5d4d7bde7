package render

import (
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// The manifests behind the report of the goldens.
const (
	workloadsYAML = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: vllm-llama3
  namespace: inference
  annotations:
    infscale.dev/ignore: "no-readiness-probe until 2027-01-01: the router asks the engine itself"
spec:
  template:
    spec:
      terminationGracePeriodSeconds: 30
      containers:
      - name: vllm
        image: vllm/vllm-openai:v0.18.1
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: tgi-mixtral
  namespace: inference
spec:
  template:
    spec:
      containers:
      - name: tgi
        image: ghcr.io/huggingface/text-generation-inference:3.3.4
---
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata:
  name: deepseek-r1
  namespace: research
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: embeddings
  namespace: research
`
	scalerYAML = `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: vllm-scaledobject
  namespace: inference
spec:
  scaleTargetRef:
    name: vllm-llama3
  minReplicaCount: 2
  maxReplicaCount: 8
  triggers:
  - type: prometheus
    metadata:
      query: |
        avg(vllm:num_requests_waiting{
          namespace="inference"})
      threshold: "5"
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: tgi-mixtral
  namespace: inference
spec:
  minReplicas: 1
  maxReplicas: 4
`
	schedulesYAML = `apiVersion: batch/v1
kind: CronJob
metadata:
  name: gpu-nights
  namespace: inference
spec:
  schedule: "0 22 * * *"
`
	budgetYAML = `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: vllm-pdb
  namespace: inference
spec:
  maxUnavailable: 0
`
)

// objects reads manifests; a file without a name is a cluster.
func objects(t testing.TB, file, text string) map[string]*inventory.Object {
	t.Helper()
	all := map[string]*inventory.Object{}
	for _, doc := range inventory.Documents([]byte(text)) {
		list, stubs, problems := doc.Read(file)
		if len(stubs) > 0 || len(problems) > 0 {
			t.Fatalf("%s: stubs %v, problems %v", file, stubs, problems)
		}
		for _, o := range list {
			all[o.Name] = o
		}
	}
	return all
}

// serving makes a workload of an object, as if its engine had been recognised.
func serving(o *inventory.Object, engine inventory.EngineID, name string, v inventory.Version, gpus int64) *inventory.Workload {
	w := &inventory.Workload{
		Object: o, Owner: o, TemplatePath: inventory.Path{"spec", "template"},
		Recognition: &inventory.Recognition{Engine: &inventory.Engine{ID: engine, Name: name}, Version: v},
	}
	if gpus > 0 {
		w.Accelerators = []inventory.Accelerator{{Resource: "nvidia.com/gpu", Count: gpus}}
	}
	return w
}

// scene is what the hand-made checks report about.
type scene struct {
	vllm, tgi, deepseek, embeddings *inventory.Workload
	scaler, hpa, schedule, budget   *inventory.Object
}

func newScene(t testing.TB) scene {
	workloads := objects(t, "k8s/workloads.yaml", workloadsYAML)
	scalers := objects(t, "k8s/scaler.yaml", scalerYAML)
	return scene{
		vllm:       serving(workloads["vllm-llama3"], inventory.VLLM, "vLLM", inventory.ParseVersion("v0.18.1"), 1),
		tgi:        serving(workloads["tgi-mixtral"], inventory.TGI, "TGI", inventory.ParseVersion("3.3.4"), 2),
		deepseek:   serving(workloads["deepseek-r1"], inventory.SGLang, "SGLang", inventory.Version{}, 16),
		embeddings: serving(workloads["embeddings"], inventory.OtherEngine, "TorchServe", inventory.Version{}, 0),
		scaler:     scalers["vllm-scaledobject"],
		hpa:        scalers["tgi-mixtral"],
		schedule:   objects(t, "k8s/schedules, nightly.yaml", schedulesYAML)["gpu-nights"],
		budget:     objects(t, "", budgetYAML)["vllm-pdb"],
	}
}

// check makes a check that reports what it is told to.
func check(id string, severity checks.Severity, findings ...checks.Finding) *checks.Check {
	return &checks.Check{
		ID: id, Severity: severity, Section: checks.Policy,
		Doc: checks.Doc{Title: "title of " + id, Why: "reason of " + id, Remedy: "remedy of " + id},
		Run: func(p *checks.Pass) {
			p.Workloads()
			for _, f := range findings {
				p.Report(f)
			}
		},
	}
}

func (s scene) checks() []*checks.Check {
	query := s.scaler.At("spec", "triggers", 0, "metadata", "query")
	mean := check("keda-mean-with-averagevalue", checks.Error, checks.Finding{
		At: query, Workload: s.vllm,
		Message: "the query is a mean over the pods, and AverageValue divides it by the replica count once more: at 8 replicas nothing happens below 44 waiting requests per pod",
		Evidence: []checks.Evidence{
			{Path: "spec.triggers[0].metadata.query", Value: "avg(vllm:num_requests_waiting{\n  namespace=\"inference\"})\n", Basis: checks.Observed},
			{Path: "spec.triggers[0].metricType", Value: "AverageValue", Basis: checks.Assumed},
			{Path: "waiting requests per pod before the ninth", Value: "44", Basis: checks.Derived},
		},
		Fix: &checks.Fix{Title: "sum the queue instead of averaging it", Safety: checks.Safe, Object: s.scaler},
	})
	mean.Doc.Sources = []string{"https://github.com/kedacore/keda/issues/5781", "https://keda.sh/docs/latest/concepts/scaling-deployments/"}
	ceiling := check("ratio-target-cannot-grow", checks.Error, checks.Finding{
		At: s.scaler.At("spec", "maxReplicaCount"), Workload: s.vllm, Message: "with this query 3 replicas are the most that is ever asked for, not 8",
		Evidence: []checks.Evidence{{Path: "spec.maxReplicaCount", Value: "8", Basis: checks.Observed}},
		Fix:      &checks.Fix{Title: "compare the value as it is", Safety: checks.Safe, Object: s.scaler},
	})
	ceiling.CausedBy = []string{mean.ID}
	pinned := check("queue-only-signal", checks.Warning, checks.Finding{At: query, Workload: s.vllm, Message: "waiting requests are the only signal: at an empty queue busy replicas are removed"})
	pinned.CausedBy = []string{ceiling.ID}
	drain := check("engine-does-not-drain", checks.Error, checks.Finding{
		At: s.vllm.At("spec", "terminationGracePeriodSeconds"), Workload: s.vllm,
		Message: "vLLM 0.18.1 ends running requests on SIGTERM: --shutdown-timeout is 0",
		Fix:     &checks.Fix{Title: "let the engine finish for 120 s", Safety: checks.Unsafe, Restarts: true, Object: s.vllm.Object},
	})
	down := check("scale-down-unthrottled", checks.Warning, checks.Finding{
		At: s.hpa.At("spec", "behavior"), Workload: s.tgi, Message: "every surplus replica goes in one step, 300 s after the load falls",
		Fix: &checks.Fix{Title: "say how many replicas may go per drain time", Safety: checks.Manual, Object: s.hpa},
	})
	broken := check("cold-start-budget", checks.Info)
	broken.Run = func(*checks.Pass) { panic("index out of range [3] with length 3") }
	missing := check("pdb-missing", checks.Warning)
	missing.Needs.Kinds = []inventory.Kind{inventory.PodDisruptionBudget}
	drains := check("pdb-blocks-every-drain", checks.Error, checks.Finding{At: s.budget.At("spec", "maxUnavailable"), Message: "no pod may ever be evicted: a node drain waits for ever"})
	drains.Needs.Kinds = []inventory.Kind{inventory.PodDisruptionBudget}
	return []*checks.Check{
		mean, ceiling, pinned, drain, down, broken, missing, drains,
		check("schedule-fights-autoscaler", checks.Warning, checks.Finding{At: s.schedule.At("spec", "schedule"), Message: "the job sets replicas to 0 at 22:00 and the autoscaler sets them back within 15 s"}),
		check("min-replicas-one", checks.Info, checks.Finding{At: s.hpa.At("spec", "minReplicas"), Workload: s.tgi, Message: "one replica: every eviction is an outage of a whole cold start"}),
		check("no-autoscaler-on-gpu-workload", checks.Info, checks.Finding{At: s.deepseek.Object.At("spec"), Workload: s.deepseek, Message: "16 GPUs are held at any load"}),
		check("no-readiness-probe", checks.Error, checks.Finding{At: s.vllm.At("spec", "containers", 0, "readinessProbe"), Workload: s.vllm, Message: "traffic reaches the pod while the model loads"}),
	}
}

func (s scene) scalers() map[inventory.Ref]*inventory.Autoscaler {
	return map[inventory.Ref]*inventory.Autoscaler{
		s.vllm.Ref(): {Object: s.scaler, Min: 2, Max: 8},
		s.tgi.Ref():  {Object: s.hpa, Min: 1, Max: 4},
	}
}

// fullReport is a report with everything in it.
func fullReport(t testing.TB) (checks.Report, Options) {
	t.Helper()
	s := newScene(t)
	b := inventory.NewBuilder()
	for _, ns := range []string{"inference", "research"} {
		b.Gap(inventory.Gap{Kind: inventory.PodDisruptionBudget, Namespace: ns, Reason: "forbidden: list poddisruptionbudgets.policy"})
	}
	r := checks.Run(checks.Frame{Objects: b.Build()}, s.checks())
	r.Workloads = []*inventory.Workload{s.tgi, s.vllm, s.deepseek, s.embeddings}
	r.Coverage = 0.8333
	r.Problems = []inventory.Problem{
		{File: "k8s/broken.yaml", Line: 12, Column: 3, Reason: "mapping values are not allowed in this context"},
		{File: "k8s/\x1b[31mred\u202e.yaml", Reason: "not a Kubernetes object: apiVersion, kind and metadata.name are needed"},
	}
	for i := range r.Findings {
		if r.Findings[i].Check.ID == "no-readiness-probe" {
			r.Findings[i].Suppression = &checks.Suppression{
				Reason: "the router asks the engine itself", Where: "annotation infscale.dev/ignore",
				Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
			}
		}
	}
	return r, Options{ToolVersion: "1.2.3", Scalers: s.scalers()}
}

// cleanReport has workloads and nothing wrong with them.
func cleanReport(t testing.TB) checks.Report {
	t.Helper()
	s := newScene(t)
	r := checks.Run(checks.Frame{Objects: inventory.NewBuilder().Build()}, []*checks.Check{check("pdb-missing", checks.Warning), check("min-replicas-one", checks.Info)})
	r.Workloads = []*inventory.Workload{s.tgi, s.vllm}
	return r
}
