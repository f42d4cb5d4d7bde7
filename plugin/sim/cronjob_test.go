package sim

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// cronJobOf runs a kubectl command at half past one.
func cronJobOf(name, zone string, command ...string) string {
	return fmt.Sprintf(`{apiVersion: batch/v1, kind: CronJob, metadata: {name: %s, namespace: a}, spec: {schedule: "30 13 * * *", %s
  jobTemplate: {spec: {template: {spec: {restartPolicy: OnFailure, containers: [{name: kubectl, image: "registry.k8s.io/kubectl:v1.37.2", command: ['%s']}]}}}}}}
---
`, name, zone, strings.Join(command, "', '"))
}

const hpaAlone = `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: vllm, namespace: a}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: vllm}, minReplicas: 2, maxReplicas: 8,
  metrics: [{type: Pods, pods: {metric: {name: vllm_num_requests_waiting}, target: {type: AverageValue, averageValue: "5"}}}]}}
---
`

// A CronJob's kubectl does in the world what it would do in a cluster: of an HPA
// that somebody wrote the bound changes, what KEDA generates is set back at once,
// and a count is the autoscaler's again at its next sync.
func TestCronJobs(t *testing.T) {
	workload, scaledObject, _ := strings.Cut(stack, "---\n")
	workload += "---\n"
	patch := func(kind, name, spec string) []string { return []string{"kubectl", "patch", kind, name, "-p", spec} }
	for _, c := range []struct {
		name, objects string
		before, after int32 // wanted a minute before half past one, and ten minutes after
		most          int32
	}{
		{"an HPA's minimum", workload + hpaAlone + cronJobOf("up", "", patch("hpa", "vllm", `{"spec":{"minReplicas":4}}`)...), 2, 4, 4},
		{"at another hour there", workload + hpaAlone + cronJobOf("up", "timeZone: Asia/Tokyo,", patch("hpa", "vllm", `{"spec":{"minReplicas":4}}`)...), 4, 4, 4},
		{"suspended", workload + hpaAlone + cronJobOf("up", "suspend: true,", patch("hpa", "vllm", `{"spec":{"minReplicas":4}}`)...), 2, 2, 2},
		{"bounds that exclude each other", workload + hpaAlone + cronJobOf("up", "", patch("hpa", "vllm", `{"spec":{"minReplicas":9}}`)...), 2, 2, 2},
		{"KEDA's HPA", workload + scaledObject + "---\n" + cronJobOf("up", "", patch("hpa", "keda-hpa-vllm", `{"spec":{"minReplicas":4}}`)...), 2, 2, 2},
		{"a ScaledObject's minimum", workload + scaledObject + "---\n" + cronJobOf("up", "", patch("scaledobject", "vllm", `{"spec":{"minReplicaCount":5}}`)...), 2, 5, 5},
		{"the count of an HPA's target", workload + hpaAlone + cronJobOf("up", "", "kubectl", "scale", "deployment/vllm", "--replicas=6"), 2, 2, 6},
		{"the count without an HPA", workload + hpaAlone + cronJobOf("up", "", "kubectl", "delete", "hpa", "vllm"), 2, 2, 2},
		{"one that is not there", workload + hpaAlone + cronJobOf("up", "", patch("hpa", "other", `{"spec":{"minReplicas":4}}`)...), 2, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &Scenario{Start: time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC), Duration: Duration(time.Hour), WarmUp: Duration(10 * time.Hour), Workloads: []Traffic{{}}}
			out, err := Simulate(context.Background(), s, objectsOf(t, c.objects), vllm)
			if err != nil {
				t.Fatal(err)
			}
			at := func(minute int) int32 { return out.Minutes[minute-1].Wanted }
			if at(29) != c.before || at(40) != c.after || out.Most != c.most {
				t.Errorf("%d wanted before and %d after, %d at most; want %d, %d and %d", at(29), at(40), out.Most, c.before, c.after, c.most)
			}
		})
	}
}

// What is not simulated is told, and what is is not.
func TestNotSimulated(t *testing.T) {
	text := strings.Replace(stack, "maxReplicaCount: 8,", "maxReplicaCount: 8, advanced: {scalingModifiers: {formula: \"a ?? 1\", target: '5'}},", 1)
	text = strings.Replace(text, "triggers: [", "triggers: [{type: kafka, name: a, metadata: {topic: t}}, ", 1)
	for text, want := range map[string][]string{
		stack: nil,
		text: {
			`the formula of ScaledObject/vllm (spec.advanced.scalingModifiers), of which "??" is not evaluated here: each trigger counts by itself`,
			"spec.triggers[0] of ScaledObject/vllm, of type kafka: it never has a value",
		},
	} {
		w, err := newWorld(&Scenario{Workloads: []Traffic{{}}}, longTick, true, objectsOf(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if got := NotSimulated(w.static, w.fleetOf(vllm).view); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	}
}

// What a run does by the clock is told beforehand.
func TestSchedules(t *testing.T) {
	text := stack + "---\n" + cronJobOf("up", "timeZone: Europe/Berlin,", "kubectl", "patch", "scaledobject", "vllm", "-p", `{"spec":{"minReplicaCount":5}}`) +
		cronJobOf("never", "suspend: true,", "kubectl", "scale", "deployment/vllm", "--replicas=0")
	w, err := newWorld(&Scenario{Workloads: []Traffic{{}}}, longTick, true, objectsOf(t, strings.TrimSuffix(text, "---\n")))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"CronJob/never does not run: scale Deployment/vllm replicas=0",
		"CronJob/up runs at 30 13 * * * of Europe/Berlin: patch ScaledObject/vllm minReplicaCount=5",
	}
	if got := Schedules(w.static, w.fleetOf(vllm).view); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}
