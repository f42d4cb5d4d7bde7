package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestScheduledRaises(t *testing.T) {
	const head = "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a, namespace: ops}\nspec:\n  scaleTargetRef: {name: d}\n"
	object := func(spec, triggers string) string { return head + spec + "  triggers:\n" + triggers }
	const bounds = "  minReplicaCount: 2\n  maxReplicaCount: 8\n"
	const slowly = "  advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleUp: {stabilizationWindowSeconds: 30, policies: [{type: Pods, value: 1, periodSeconds: 60}]}}}}\n"
	job := func(schedule, command string) string {
		text := cronJob(fmt.Sprintf("image: k, command: [sh, -c, %q]", command))
		return "---\n" + strings.NewReplacer("0 1 * * *", schedule, "name: job", "name: job-"+fmt.Sprint(len(command), schedule[:1])).Replace(text)
	}
	target := strings.Replace(deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [a/b]"), "metadata: {name: d", "metadata: {namespace: ops, name: d", 1)
	for _, test := range []struct{ name, text, want string }{
		{"window", object(bounds, window("45 7 * * *", "0 18 * * *")), "4 at 07:45, lead 15m0s, ramp 0s"},
		{"on the hour", object(bounds, window("0 8 * * *", "0 18 * * *")), "4 at 08:00, lead 0s, ramp 0s"},
		{"one by one", object(bounds+slowly, window("0 8 * * *", "0 18 * * *")), "4 at 08:00, lead 0s, ramp 1m30s"},
		{"often", object(bounds, window("0 8,9 * * *", "0 18 * * *")), ""},
		{"refused", object(bounds, window("0 8 * * *", "0 8 * * *")), ""},
		{"no more than the minimum", object("  minReplicaCount: 4\n", window("0 8 * * *", "0 18 * * *")), ""},
		{"no more than the maximum", object("  maxReplicaCount: 3\n", window("0 8 * * *", "0 18 * * *")), "3 at 08:00, lead 0s, ramp 0s"},
		{"job", object(bounds, window("0 8 * * *", "0 8 * * *")) + job("30 7 * * *", `kubectl patch so a -p '{"spec":{"minReplicaCount":5}}'`), "5 at 07:30, lead 30m0s, ramp 0s"},
		{"job down", object(bounds, window("0 8 * * *", "0 8 * * *")) + job("30 7 * * *", `kubectl patch so a -p '{"spec":{"minReplicaCount":1}}'`), ""},
		{"job to what another lowers", object("  minReplicaCount: 5\n", window("0 8 * * *", "0 8 * * *")) + job("30 7 * * *", `kubectl patch so a -p '{"spec":{"minReplicaCount":5}}'`) +
			job("0 20 * * *", `kubectl patch so a -p '{"spec":{"minReplicaCount":1}}'`), "5 at 07:30, lead 30m0s, ramp 0s"},
	} {
		var got []string
		for _, r := range world(t, target+test.text).ScheduledRaises() {
			got = append(got, fmt.Sprintf("%d at %s, lead %s, ramp %s", r.To, r.Clock(0), r.Lead(), r.Ramp))
		}
		if strings.Join(got, "; ") != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if clock := (inventory.ScheduledRaise{Hour: 23, Minute: 50}).Clock(20 * time.Minute); clock != "00:10" {
		t.Errorf("over midnight: %s", clock)
	}
}
