package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// at is a moment of the test's morning.
func at(clock string) string { return `"2026-01-01T` + clock + `Z"` }

// podOf is a pod of the Deployment "d", created at 11:00:00.
func podOf(name, spec, status string) string {
	return fmt.Sprintf(`
---
apiVersion: v1
kind: Pod
metadata: {name: %s, uid: u-%s, labels: {a: b}, creationTimestamp: %s, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: d-1, controller: true}]}
spec: {%s}
status: {%s}
`, name, name, at("11:00:00"), spec, status)
}

func eventOf(n int, pod, uid, field, reason, clock, message string) string {
	return fmt.Sprintf(`
---
apiVersion: v1
kind: Event
metadata: {name: e%d}
involvedObject: {kind: Pod, name: %s, uid: %q, fieldPath: %q}
reason: %s
firstTimestamp: %s
message: '%s'
`, n, pod, uid, field, reason, at(clock), message)
}

const engineField = "spec.containers{vllm}"

// starts words the steps of every start of the world's workload.
func starts(t *testing.T, text string) []string {
	t.Helper()
	s := world(t, deploymentOf("{name: vllm, image: 'vllm/vllm-openai:v0.18.1'}")+text)
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var all []string
	for _, c := range s.ColdStarts(s.Workloads()[0]) {
		var steps []string
		for _, step := range c.Steps {
			goes := ""
			if step.To.IsZero() {
				goes = "+"
			}
			steps = append(steps, fmt.Sprintf("%s %s%s", step.Phase, step.Took(now), goes))
		}
		line := strings.Join(steps, ", ")
		if c.Why != "" {
			line += ": " + c.Why
		}
		if c.Restarts > 0 {
			line += fmt.Sprintf(" (%d restarts)", c.Restarts)
		}
		all = append(all, line)
	}
	return all
}

func TestColdStarts(t *testing.T) {
	conditions := func(pairs ...string) string {
		var all []string
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, fmt.Sprintf("{type: %s, status: 'True', lastTransitionTime: %s}", pairs[i], at(pairs[i+1])))
		}
		return "conditions: [" + strings.Join(all, ", ") + "]"
	}
	engine := func(state string) string { return "containerStatuses: [{name: vllm, " + state + "}]" }
	running := func(clock string) string { return engine("state: {running: {startedAt: " + at(clock) + "}}") }
	const waiting = "state: {waiting: {reason: ContainerCreating}}"
	const inits = "initContainers: [{name: proxy, restartPolicy: Always}, {name: get}, {name: check}]"
	for name, test := range map[string]struct{ text, want string }{
		"just made":                    {podOf("p", "", ""), "unschedulable 1h0m0s+"},
		"no node":                      {podOf("p", "", "conditions: [{type: PodScheduled, status: 'False', message: 0/9 nodes}]"), "unschedulable 1h0m0s+: 0/9 nodes"},
		"node ordered":                 {podOf("p", "", "conditions: [{type: PodScheduled, status: 'False', message: 0/9 nodes}]") + eventOf(1, "p", "u-p", "", "TriggeredScaleUp", "11:01:00", "") + eventOf(2, "p", "", "", "Nominated", "11:00:30", ""), "unschedulable 30s, node coming 59m30s+: 0/9 nodes"},
		"another's event":              {podOf("p", "", "") + eventOf(1, "q", "", "", "TriggeredScaleUp", "11:01:00", "") + eventOf(2, "p", "u-old", "", "TriggeredScaleUp", "11:01:00", ""), "unschedulable 1h0m0s+"},
		"scheduled":                    {podOf("p", "", conditions("PodScheduled", "11:00:00")), "scheduled 1h0m0s+"},
		"node came":                    {podOf("p", "", conditions("PodScheduled", "11:05:00")) + eventOf(1, "p", "u-p", "", "TriggeredScaleUp", "11:00:10", ""), "unschedulable 10s, node coming 4m50s, scheduled 55m0s+"},
		"order from before its time":   {podOf("p", "", conditions("PodScheduled", "11:05:00")) + eventOf(1, "p", "u-p", "", "TriggeredScaleUp", "10:00:00", ""), "unschedulable 5m0s, scheduled 55m0s+"},
		"order after a node was found": {podOf("p", "", conditions("PodScheduled", "11:05:00")) + eventOf(1, "p", "u-p", "", "TriggeredScaleUp", "11:06:00", ""), "unschedulable 5m0s, scheduled 55m0s+"},
		"pulling":                      {podOf("p", "", conditions("PodScheduled", "11:00:10")+", "+engine(waiting)) + eventOf(1, "p", "u-p", engineField, "Pulling", "11:00:20", ""), "unschedulable 10s, scheduled 10s, image pull 59m40s+"},
		"a sidecar's pull":             {podOf("p", "", conditions("PodScheduled", "11:00:00")+", "+engine(waiting)) + eventOf(1, "p", "u-p", "spec.containers{proxy}", "Pulling", "11:00:20", ""), "scheduled 1h0m0s+"},
		"pulled":                       {podOf("p", "", conditions("PodScheduled", "11:00:00")+", "+engine(waiting)) + eventOf(1, "p", "u-p", engineField, "Pulled", "11:01:00", `Successfully pulled image "v" in 20.5s (50s including waiting). Image size: 9 bytes.`), "scheduled 10s, image pull 50s, scheduled 59m0s+"},
		"pulled, older kubelet":        {podOf("p", "", conditions("PodScheduled", "11:00:00")+", "+engine(waiting)) + eventOf(1, "p", "u-p", engineField, "Pulling", "11:00:01", "") + eventOf(2, "p", "u-p", engineField, "Pulled", "11:01:00", `Successfully pulled image "v" in 20s`), "scheduled 40s, image pull 20s, scheduled 59m0s+"},
		"initialising":                 {podOf("p", inits, conditions("PodScheduled", "11:00:00")+", initContainerStatuses: [{name: proxy, state: {running: {startedAt: "+at("11:00:01")+"}}}, {name: get, state: {running: {startedAt: "+at("11:00:05")+"}}}, {name: check, "+waiting+"}]"), "scheduled 5s, init 59m55s+"},
		"loading": {podOf("p", inits, conditions("PodScheduled", "11:00:00", "Initialized", "11:02:00")+", initContainerStatuses: [{name: check, state: {terminated: {startedAt: "+at("11:01:00")+"}}}, {name: get, state: {terminated: {startedAt: "+at("11:00:05")+"}}}], "+running("11:03:00")) +
			eventOf(1, "p", "u-p", engineField, "Pulled", "11:02:50", `Successfully pulled image "v" in 45s (45s including waiting).`), "scheduled 5s, init 1m55s, image pull 45s, started 57m0s+"},
		"image was there":         {podOf("p", "", conditions("PodScheduled", "11:00:00", "Ready", "11:03:00")+", "+running("11:00:02")) + eventOf(1, "p", "u-p", engineField, "Pulled", "11:00:01", `Container image "v" already present on machine`), "scheduled 2s, started 2m58s, ready 57m0s+"},
		"pull's end is forgotten": {podOf("p", "", conditions("PodScheduled", "11:00:00", "Ready", "11:03:00")+", "+running("11:00:02")) + eventOf(1, "p", "u-p", engineField, "Pulling", "11:00:01", ""), "scheduled 2s, started 2m58s, ready 57m0s+"},
		"all at once":             {podOf("p", "", conditions("PodScheduled", "11:00:00", "Ready", "11:00:00")+", "+running("11:00:00")), "ready 1h0m0s+"},
		"init without time":       {podOf("p", "initContainers: [{name: get}]", conditions("PodScheduled", "11:00:00", "Initialized", "11:00:00")+", initContainerStatuses: [{name: get, state: {terminated: {startedAt: "+at("11:00:00")+"}}}], "+engine(waiting)), "scheduled 1h0m0s+"},
		"crashed":                 {podOf("p", "", conditions("PodScheduled", "11:00:00")+", "+engine("restartCount: 2, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {startedAt: "+at("11:30:00")+"}}")), "scheduled 30m0s, started 30m0s+ (2 restarts)"},
		"ends":                    {strings.Replace(podOf("p", "", ""), "uid:", "deletionTimestamp: "+at("11:01:00")+", uid:", 1), ""},
	} {
		if got := strings.Join(starts(t, test.text), "; "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestColdStartSteps(t *testing.T) {
	s := world(t, deploymentOf("{name: vllm, image: 'vllm/vllm-openai:v0.18.1'}")+podOf("p", "", "conditions: [{type: PodScheduled, status: 'True', lastTransitionTime: "+at("11:00:30")+"}]"))
	c := s.ColdStarts(s.Workloads()[0])[0]
	if step, ok := c.Step(inventory.PhaseUnschedulable); !ok || step.To.Sub(step.From) != 30*time.Second {
		t.Errorf("%v %v", step, ok)
	}
	if _, ok := c.Step(inventory.PhaseReady); ok || c.Now().Phase != inventory.PhaseScheduled {
		t.Errorf("it is %s", c.Now().Phase)
	}
}

func TestColdBudget(t *testing.T) {
	pod := func(name, scheduled, started, ready, more string) string {
		return podOf(name, "", fmt.Sprintf("conditions: [{type: PodScheduled, status: 'True', lastTransitionTime: %s}, {type: Ready, status: 'True', lastTransitionTime: %s}], containerStatuses: [{name: vllm, state: {running: {startedAt: %s}}%s}]", at(scheduled), at(ready), at(started), more))
	}
	text := pod("a", "11:00:00", "11:00:02", "11:10:02", "") + pod("b", "11:04:00", "11:05:00", "11:09:00", "") + pod("c", "11:01:00", "11:01:01", "11:55:00", "") +
		pod("d", "11:40:00", "11:40:00", "11:41:00", ", restartCount: 1") + podOf("e", "", "")
	s := world(t, deploymentOf("{name: vllm, image: 'vllm/vllm-openai:v0.18.1'}")+text)
	spends, pods := s.ColdBudget(s.Workloads()[0])
	var got []string
	for _, spend := range spends {
		got = append(got, fmt.Sprintf("%s %s %s %v", spend.Phase, spend.Took, spend.Pod, spend.Least))
	}
	const want = "unschedulable 4m0s b false, scheduled 1m0s b false, started 4m0s b true"
	if strings.Join(got, ", ") != want || pods != 3 {
		t.Errorf("%d pods: %q, want %q", pods, got, want)
	}
}
