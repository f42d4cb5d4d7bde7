package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// cronJob runs a container, written as the inside of a flow mapping.
func cronJob(container string) string {
	return "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: job, namespace: ops}\nspec:\n  schedule: '0 1 * * *'\n" +
		"  jobTemplate: {spec: {template: {spec: {containers: [{name: main, " + container + "}], volumes: [{name: scripts, configMap: {name: scripts}}]}}}}\n"
}

// told writes what was understood: verb, target, fields.
func told(c inventory.ScheduledCommand) string {
	text := c.Verb + " " + c.Target.String()
	for _, f := range c.Sets {
		value := f.Value
		if !f.Known {
			value = "?"
		}
		text += " " + f.Path.String() + "=" + value
	}
	return text
}

func TestScheduledCommands(t *testing.T) {
	sh := func(script string) string {
		return fmt.Sprintf("image: alpine/k8s, command: [sh, -c], args: [%q]", script)
	}
	const four = `kubectl patch hpa a -p '{"spec":{"minReplicas":4}}'`
	const floor = "patch ops/HorizontalPodAutoscaler/a spec.minReplicas=4"
	for container, want := range map[string]string{
		// The words themselves.
		"image: k, command: [kubectl, scale, deploy, a, b, --replicas=3]":                                                              "scale ops/Deployment/a spec.replicas=3; scale ops/Deployment/b spec.replicas=3",
		"image: k, command: [/usr/bin/kubectl, -n, x, scale, --replicas, '3', sts/a, lws/b]":                                           "scale x/StatefulSet/a spec.replicas=3; scale x/LeaderWorkerSet/b spec.replicas=3",
		"image: bitnami/kubectl, args: [-nx, scale, deployments.v1.apps/a, --replicas=0, --timeout, 5s]":                               "scale x/Deployment/a spec.replicas=0",
		"image: rancher/kubectl, args: [sh, -c, 'kubectl scale rs a --replicas=1']":                                                    "scale ops/ReplicaSet/a spec.replicas=1",
		"image: k, command: [oc, --namespace=x, delete, horizontalpodautoscaler, a, --ignore-not-found]":                               "delete x/HorizontalPodAutoscaler/a",
		"image: k, command: [k3s, kubectl, annotate, --overwrite, so, a, k.sh/p=true, k.sh/q=2]":                                       "annotate ops/ScaledObject/a metadata.annotations[k.sh/p]=true metadata.annotations[k.sh/q]=2",
		"image: k, command: [kubectl, patch, isvc, a, --type, json, -p, '[{op: add, path: /metadata/annotations/k.sh~1p, value: x}]']": "patch ops/InferenceService/a metadata.annotations[k.sh/p]=x",
		// Scripts.
		sh(four): floor,
		sh("N=4; " + strings.ReplaceAll(four, ":4}}'", ":'$N'}}'")):                                      floor,
		sh("exec " + four + " >/dev/null 2>&1"):                                                          floor,
		sh("if true; then\n  " + four + "\nfi"):                                                          floor,
		sh("test -f /x && " + four + " | tee log"):                                                       floor,
		sh("(sudo -u root timeout -k 5 30 " + four + ")"):                                                floor,
		sh(`bash -c 'kubectl scale deploy a --replicas=$1' x 3`):                                         "scale ops/Deployment/a spec.replicas=3",
		sh(`kubectl scale deploy a --replicas=${R:-2}`):                                                  "scale ops/Deployment/a spec.replicas=2",
		sh(`R=1; [ -f /x ] && R=2; kubectl scale deploy a --replicas=$R`):                                "scale ops/Deployment/a spec.replicas=?",
		sh(`R=1; if date; then R=2; fi; kubectl scale deploy a --replicas=$R`):                           "scale ops/Deployment/a spec.replicas=?",
		sh(`for d in a b; do kubectl scale deploy $d --replicas=1; done`):                                "",
		sh(`kubectl patch hpa a -p "{\"spec\":{\"minReplicas\":$(cat /n)}}"`):                            "patch ops/HorizontalPodAutoscaler/a spec.minReplicas=?",
		"image: k, env: [{name: R, value: '5'}], command: [kubectl, scale, deploy/a, --replicas=$(R)]":   "scale ops/Deployment/a spec.replicas=5",
		"image: k, command: [/scripts/up.sh, '6'], volumeMounts: [{name: scripts, mountPath: /scripts}]": "scale ops/Deployment/a spec.replicas=6",
		// What changes nothing, or nobody knows what.
		"image: k, command: [kubectl, get, hpa, a]":                                      "",
		"image: k, command: [kubectl, scale, deploy, a, --replicas=3, --dry-run=client]": "",
		"image: k, command: [kubectl, scale, deploy, a, --replicas=3, --dry-run=none]":   "scale ops/Deployment/a spec.replicas=3",
		"image: k, command: [kubectl, scale, deploy, a, --replicas=3, -n, $(WHERE)]":     "",
		"image: k, command: [kubectl, scale, deploy, -l, app=a, --replicas=3]":           "",
		"image: k, command: [kubectl, scale, foo, a, --replicas=3]":                      "",
		"image: k, command: [kubectl, scale, deploy.example.com, a, --replicas=3]":       "",
		"image: k, command: [kubectl]":                                                   "",
		"image: k, command: [kubectl, patch, hpa, a, -p]":                                "patch ops/HorizontalPodAutoscaler/a",
		"image: k, command: [kubectl, patch, hpa, a, -p, '{']":                           "patch ops/HorizontalPodAutoscaler/a",
		"image: k, command: [kubectl, '--', '-', '']":                                    "",
		"image: k, command: [sh, -c]":                                                    "",
		"image: k":                                                                       "",
		sh("echo kubectl scale deploy a --replicas=1"):                                   "",
		sh("kubectl apply -f - <<EOF\nkubectl scale deploy a --replicas=1\nEOF"):         "",
	} {
		s := world(t, cronJob(container)+"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: scripts, namespace: ops}\ndata: {up.sh: \"#!/bin/sh\\nkubectl scale deploy a --replicas=$1\\n\"}\n")
		var got []string
		for _, c := range s.ScheduledCommands() {
			got = append(got, told(c))
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s\n got %q\nwant %q", container, text, want)
		}
	}
}

// TestScheduledCommandsEnd: a script may not take the memory of whoever reads it.
func TestScheduledCommandsEnd(t *testing.T) {
	double := "A=xxxxxxxx\n" + strings.Repeat("A=$A$A\n", 60) + "kubectl scale deploy a --replicas=$A"
	s := world(t, cronJob(fmt.Sprintf("image: k, command: [sh, -c, %q]", double)))
	s.ScheduledCommands()
	deep := "kubectl scale deploy a --replicas=1"
	for range 12 {
		deep = fmt.Sprintf("sh -c %q", deep)
	}
	s = world(t, cronJob(fmt.Sprintf("image: k, command: [sh, -c, %q]", deep)))
	if got := s.ScheduledCommands(); len(got) != 0 {
		t.Errorf("followed %d scripts deep: %v", 12, got)
	}
}

func TestScheduledPath(t *testing.T) {
	s := world(t, cronJob("image: k, command: [kubectl, scale], args: [deploy, a, --replicas=1]"))
	const want = "spec.jobTemplate.spec.template.spec.containers[0].args[1]"
	if got := s.ScheduledCommands(); len(got) != 1 || got[0].Path.String() != want {
		t.Errorf("got %v, want one command at %s", got, want)
	}
}
