package checks

import (
	"fmt"
	"strings"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// unknownPrometheus stands where nothing tells the address.
const unknownPrometheus = "http://prometheus-operated.monitoring:9090"

// ScaledObject scales by KEDA on the requests in the fleet; nil where the
// engine's series do not tell them. With a [CronFloor] it raises the minimum at
// hours.
func (s Stack) ScaledObject(floors ...CronFloor) *Manifest {
	query, ok := s.Query()
	if !ok {
		return nil
	}
	w := s.Workload
	ref := inventory.Ref{Group: "keda.sh", Kind: inventory.ScaledObject.String(), Namespace: w.Object.Namespace, Name: s.name()}
	address, note := s.Prometheus, ""
	if address == "" {
		address, note = unknownPrometheus, " # assumed: write the cluster's own"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `# Scales on what the fleet has to do: requests that run and that wait, added up.
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
%sspec:
  scaleTargetRef:
%s  minReplicaCount: %d # %s
  maxReplicaCount: %d # as many as there are accelerators for
  # When Prometheus does not answer, keep what is there.
  fallback:
    failureThreshold: 3
    replicas: %d
    behavior: currentReplicasIfHigher # KEDA 2.17 and newer
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
%s  triggers:
  - type: prometheus
    metadata:
      serverAddress: %s%s
      # Summed over the fleet, because KEDA divides by the number of replicas.
      query: |
%s      # Requests per replica; %s.
      threshold: "%d"
      # A lost metric is an error, not a 0 that takes replicas away.
      ignoreNullValues: "false"
`, metadata(ref, nil), s.target(4), s.Min, s.minWhy(), s.Max, s.Min, s.behavior(8), scalar(address), note, indented(query, 8), s.TargetWhy, s.Target)
	for _, floor := range floors {
		b.WriteString(floor.trigger())
	}
	return &Manifest{ref, b.String()}
}

func (s Stack) minWhy() string {
	if s.Min < 2 {
		return "while it loads, nothing serves"
	}
	return "one can be lost while another loads"
}

// target names the workload as scaleTargetRef does.
func (s Stack) target(indent int) string {
	o, lead := s.Workload.Owner, strings.Repeat(" ", indent)
	return fmt.Sprintf("%sapiVersion: %s\n%skind: %s\n%sname: %s\n", lead, scalar(o.APIVersion), lead, o.Kind, lead, scalar(o.Name))
}

// behavior is the same for KEDA and for a plain HPA.
func (s Stack) behavior(indent int) string {
	return indented(fmt.Sprintf(`scaleUp:
  stabilizationWindowSeconds: 30 # a spike of one scrape is no load
  policies:
  - type: Pods
    value: %d # a third of the room, then see whether it was enough
    periodSeconds: %d # one start: %s
scaleDown:
  stabilizationWindowSeconds: %d # no shorter than a start
  policies:
  - type: Pods
    value: 1
    periodSeconds: %d # what a pod has to finish its requests
`, s.Step(), s.Period(), s.StartWhy, s.Window(), s.DownPeriod()), indent)
}

func indented(text string, indent int) string {
	lead := strings.Repeat(" ", indent)
	return lead + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+lead) + "\n"
}

// CronFloor is a number of replicas for some hours of the day, in cron's words.
type CronFloor struct {
	Start, End, Zone string
	Replicas         int32
}

func (c CronFloor) trigger() string {
	return fmt.Sprintf(`  # A floor for the busy hours: the highest trigger counts.
  - type: cron
    metadata:
      timezone: %s
      start: %s
      end: %s
      desiredReplicas: "%d"
`, scalar(c.Zone), scalar(c.Start), scalar(c.End), c.Replicas)
}

// adapterMetric is the name that the adapter rule gives to the load of a pod.
const adapterMetric = "inference_requests"

// HPA scales by a plain HorizontalPodAutoscaler on the metric that
// [Stack.AdapterRule] makes; nil where the engine's series do not tell the load.
func (s Stack) HPA() *Manifest {
	if len(s.series()) < 2 {
		return nil
	}
	w := s.Workload
	ref := inventory.Ref{Group: "autoscaling", Kind: inventory.HorizontalPodAutoscaler.String(), Namespace: w.Object.Namespace, Name: s.name()}
	return &Manifest{ref, fmt.Sprintf(`# Scales on what the fleet has to do: requests that run and that wait.
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
%sspec:
  scaleTargetRef:
%s  minReplicas: %d # %s
  maxReplicas: %d # as many as there are accelerators for
  metrics:
  - type: Pods
    pods:
      metric:
        name: %s # made by the rule for prometheus-adapter
      target:
        type: AverageValue
        # Requests per replica; %s.
        averageValue: "%d"
  behavior:
%s`, metadata(ref, nil), s.target(4), s.Min, s.minWhy(), s.Max, adapterMetric, s.TargetWhy, s.Target, s.behavior(4))}
}

// AdapterRule is the ConfigMap of prometheus-adapter with the rule that the HPA
// needs. It belongs into the one that the adapter has: a plan, to be merged.
func (s Stack) AdapterRule() *Manifest {
	series := s.series()
	if len(series) < 2 {
		return nil
	}
	sum := func(l loadSeries) string { return "sum(" + l.selector("<<.LabelMatchers>>") + ") by (<<.GroupBy>>)" }
	ref := inventory.Ref{Kind: inventory.ConfigMap.String(), Namespace: "monitoring", Name: "prometheus-adapter"}
	return &Manifest{ref, fmt.Sprintf(`# The rule for prometheus-adapter: put it into the configuration that the adapter
# has (with its Helm chart: rules.custom), and restart it.
apiVersion: v1
kind: ConfigMap
%sdata:
  config.yaml: |
    rules:
    - seriesQuery: '%s{namespace!="",pod!=""}'
      resources:
        overrides:
          namespace: {resource: namespace}
          pod: {resource: pod}
      name:
        as: %s
      # A pod's engines added up; the HPA takes the mean over the pods.
      metricsQuery: '%s + %s'
`, metadata(ref, nil), series[0].name, adapterMetric, sum(series[0]), sum(series[1]))}
}
