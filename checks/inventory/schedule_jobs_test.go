package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestScheduledJobs(t *testing.T) {
	target := strings.Replace(deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [a/b]"), "{name: d", "{namespace: ops, name: d", 1)
	const hpa = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a, namespace: ops}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}\n  minReplicas: 2\n  maxReplicas: 4\n"
	for command, want := range map[string]string{
		"kubectl patch hpa a -p '{}'":                      "d patch autoscaling horizontalpodautoscalers a",
		"kubectl annotate hpa a x=y":                       "d patch autoscaling horizontalpodautoscalers a",
		"kubectl delete hpa a":                             "d delete autoscaling horizontalpodautoscalers a",
		"kubectl scale deploy d --replicas=1":              "d patch apps deployments/scale d",
		"kubectl scale deploy other --replicas=1":          "",
		"kubectl -n other scale deploy d --replicas=1":     "",
		"kubectl scale deploy other d --replicas=1":        "d patch apps deployments/scale d",
		"kubectl scale deploy d --replicas=1; kubectl get": "d patch apps deployments/scale d",
	} {
		job := "---\n" + cronJob(fmt.Sprintf("image: k, command: [sh, -c, %q]", command))
		for _, text := range []string{target + hpa + job, target + job} {
			if text == target+job && !strings.Contains(command, "scale") {
				continue
			}
			got := ""
			for _, j := range world(t, text).ScheduledJobs() {
				p := j.Commands[0].Permission()
				got = strings.Join([]string{j.Workload.Object.Name, p.Verb, p.Group, p.Resource, p.Name}, " ")
				if len(j.Commands) != len(j.Impacts) || j.Account() != "default" {
					t.Errorf("%s: %d commands, %d impacts, account %s", command, len(j.Commands), len(j.Impacts), j.Account())
				}
			}
			if got != want {
				t.Errorf("%s: %q, want %q", command, got, want)
			}
		}
	}
}

func TestJobFaults(t *testing.T) {
	target := strings.Replace(deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [a/b]"), "{name: d", "{namespace: ops, name: d", 1)
	for spec, want := range map[string]string{
		"schedule: '0 1 * * *'":                                     "spec.schedule 0",
		"schedule: '0 1 * * *'\n  timeZone: Etc/UTC":                "",
		"schedule: 'CRON_TZ=UTC 0 1 * * *'":                         "spec.schedule 1",
		"schedule: '0 25 * * *'":                                    "spec.schedule 2",
		"schedule: '0 1 * * *'\n  timeZone: ''":                     "spec.timeZone 2",
		"schedule: '*/5 * * * *'\n  startingDeadlineSeconds: 5":     "spec.startingDeadlineSeconds 1",
		"schedule: '0 1 * * *'\n  suspend: true":                    "spec.suspend 0",
		"schedule: '0 1 * * *'\n  suspend: false\n  timeZone: '$Z'": "",
	} {
		text := strings.Replace(cronJob("image: k, command: [kubectl, scale, deploy, d, --replicas=1]"), "schedule: '0 1 * * *'", spec, 1)
		s := world(t, target+"---\n"+text)
		var got []string
		for _, j := range s.ScheduledJobs() {
			for _, f := range s.JobFaults(j, time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)) {
				got = append(got, fmt.Sprintf("%s %d", f.At, f.Grade))
			}
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}
