package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestParseUnschedulable(t *testing.T) {
	for message, want := range map[string]string{
		"0/5 nodes are available: 1 node(s) had untolerated taint {nvidia.com/gpu: present}, 4 Insufficient nvidia.com/gpu. preemption: 0/5 nodes are available: 1 Preemption is not helpful for scheduling, 4 No preemption victims found for incoming pod.": "5: resource nvidia.com/gpu 4 short of nvidia.com/gpu | taint nvidia.com/gpu: present 1 with the taint nvidia.com/gpu: present",
		"0/2 nodes are available: 2 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.":                                                                          "2: taint  2 with a taint that is not tolerated",
		"0/4 nodes are available: 1 node(s) had taint {a: b, c}, that the pod didn't tolerate, 3 node(s) didn't match Pod's node affinity/selector.":                                                                                                          "4: selector  3 outside of the node selector or affinity | taint a: b, c 1 with the taint a: b, c",
		"0/3 nodes are available: 1 node(s) were unschedulable, 1 node(s) had volume node affinity conflict, 1 node(s) didn't match pod anti-affinity rules.":                                                                                                 "3: cordoned  1 cordoned | volume  1 out of reach of a volume | anti-affinity  1 ruled out by affinity between pods",
		"0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found":                                                                                                                                                                "1: claim  pod has unbound immediate PersistentVolumeClaims",
		"0/1 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.":                                                                                                                                "1: resource pods 1 short of pods | taint node-role.kubernetes.io/control-plane 1 with the taint node-role.kubernetes.io/control-plane",
		"0/2 nodes are available: 2 cannot allocate all claims. still not schedulable":                                                                                                                                                                        "2: device claim  2 cannot allocate all claims",
		"0/6 nodes are available: 6 node(s) didn't match pod topology spread constraints":                                                                                                                                                                     "6: anti-affinity  6 ruled out by affinity between pods",
		"0/6 nodes are available: ":  "",
		"skip schedule deleting pod": "",
	} {
		u, ok := inventory.ParseUnschedulable(message)
		var parts []string
		for _, r := range u.Reasons {
			parts = append(parts, fmt.Sprintf("%s %s %s", r.Hindrance, r.Detail, r))
		}
		got := fmt.Sprintf("%d: %s", u.Nodes, strings.Join(parts, " | "))
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s\n got %q\nwant %q", message, got, want)
		}
	}
	u, _ := inventory.ParseUnschedulable("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.")
	if !u.Short("nvidia.com/gpu") || u.Short("cpu") {
		t.Error("short of GPUs, and of nothing else")
	}
}

// FuzzParseUnschedulable: whatever it says, the reasons are pieces of it.
func FuzzParseUnschedulable(f *testing.F) {
	f.Add("0/5 nodes are available: 1 node(s) had untolerated taint {a: b}, 4 Insufficient cpu.")
	f.Add("0/5 nodes are available: }{, 1 é. 99999999999999999999 x")
	f.Fuzz(func(t *testing.T, message string) {
		u, _ := inventory.ParseUnschedulable(message)
		for _, r := range u.Reasons {
			if !strings.Contains(message, r.Text) || r.String() == "" {
				t.Errorf("%q of %q", r.Text, message)
			}
		}
	})
}

func TestWaitingPods(t *testing.T) {
	pod := func(name, spec, condition string) string {
		return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", labels: {a: b}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: d-1, controller: true}]}\nspec: {" + spec +
			"}\nstatus: {phase: Pending, conditions: [" + condition + "]}\n"
	}
	const refused = `{type: PodScheduled, status: "False", reason: Unschedulable, message: "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.", lastTransitionTime: "2026-01-01T11:%s:00Z"}`
	text := deploymentOf("{name: v, image: 'vllm/vllm-openai:v0.18.1', "+oneGPU+"}") +
		pod("late", "", fmt.Sprintf(refused, "50")) + pod("early", "", fmt.Sprintf(refused, "40")) +
		pod("bound", "nodeName: n1", fmt.Sprintf(refused, "30")) +
		pod("gated", "", `{type: PodScheduled, status: "False", reason: SchedulingGated}`)
	event := func(reason, pod, fields string) string {
		return "---\napiVersion: v1\nkind: Event\nmetadata: {name: e}\nreason: " + reason + "\ninvolvedObject: {kind: Pod, name: " + pod + "}\n" + fields + "\n"
	}
	claim := func(created, initialized string) string {
		return "---\napiVersion: karpenter.sh/v1\nkind: NodeClaim\nmetadata: {name: c, creationTimestamp: '" + created + "'}\nspec: {resources: {requests: {nvidia.com/gpu: 1}}}\nstatus: {conditions: [{type: Initialized, status: '" + initialized + "'}]}\n"
	}
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for more, want := range map[string]string{
		"": "",
		event("Nominated", "late", "lastTimestamp: '2026-01-01T11:58:00Z'"):                                                                                                                                                                                                                             "event Nominated",
		event("Nominated", "late", "lastTimestamp: '2026-01-01T11:58:00Z'\nmessage: 'Pod should schedule on: nodeclaim/gone'"):                                                                                                                                                                          "event Nominated", // claims were not listed
		event("Nominated", "late", "lastTimestamp: '2026-01-01T11:58:00Z'\nmessage: 'Pod should schedule on: nodeclaim/c, node/n'") + claim("2026-01-01T11:00:00Z", "True"):                                                                                                                             "",
		event("Nominated", "late", "lastTimestamp: '2026-01-01T11:58:00Z'\nmessage: 'Pod should schedule on: nodeclaim/c'") + claim("2026-01-01T11:00:00Z", "Unknown"):                                                                                                                                  "event Nominated",
		event("Nominated", "late", "lastTimestamp: '2026-01-01T11:57:00Z'") + strings.Replace(event("FailedScheduling", "late", "lastTimestamp: '2026-01-01T11:58:00Z'\nmessage: 'Failed to schedule pod, all available instance types exceed limits for nodepool: \"gpu\"'"), "name: e", "name: f", 1): "",
		event("Nominated", "late", "lastTimestamp: '2026-01-01T11:58:00Z'") + strings.Replace(event("FailedScheduling", "late", "lastTimestamp: '2026-01-01T11:57:00Z'\nmessage: 'Failed to schedule pod, all available instance types exceed limits for nodepool: \"gpu\"'"), "name: e", "name: f", 1): "event Nominated",
		event("TriggeredScaleUp", "late", "eventTime: '2026-01-01T11:58:00.000000Z'"):                                                                                                                                                                                                                   "event TriggeredScaleUp",
		event("TriggeredScaleUp", "late", "lastTimestamp: '2026-01-01T11:30:00Z'"):                                                                                                                                                                                                                      "",
		event("TriggeredScaleUp", "other", "lastTimestamp: '2026-01-01T11:58:00Z'"):                                                                                                                                                                                                                     "",
		event("FailedScheduling", "late", "lastTimestamp: '2026-01-01T11:58:00Z'"):                                                                                                                                                                                                                      "",
		event("Nominated", "late", "series: {count: 2, lastObservedTime: '2026-01-01T11:58:00.000000Z'}"):                                                                                                                                                                                               "event Nominated",
		claim("2026-01-01T11:55:00Z", "Unknown"):                                              "NodeClaim/c",
		claim("2026-01-01T11:55:00Z", "True"):                                                 "",
		claim("2026-01-01T11:30:00Z", "Unknown"):                                              "",
		strings.ReplaceAll(claim("2026-01-01T11:55:00Z", "Unknown"), "nvidia.com", "amd.com"): "",
	} {
		s := world(t, text+more)
		waiting := s.WaitingPods(s.Workloads()[0])
		if len(waiting) != 2 || waiting[0].Pod.Name != "early" || waiting[1].Pod.Name != "late" || waiting[0].Nodes != 1 {
			t.Fatalf("waiting: %v", waiting)
		}
		if sign, coming := s.NodeComing(s.Workloads()[0], waiting, now, 15*time.Minute); sign != want || coming != (want != "") {
			t.Errorf("%s: %q, want %q", more, sign, want)
		}
	}
}
