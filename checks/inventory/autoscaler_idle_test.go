package inventory

import (
	"testing"
	"time"
)

func TestIdle(t *testing.T) {
	const head = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: s}\nspec: {scaleTargetRef: {name: d}, triggers: [{type: cron}], "
	const plain = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {kind: Deployment, name: d}, "
	behavior := func(down string) string {
		return "advanced: {horizontalPodAutoscalerConfig: {behavior: {scaleDown: {" + down + "}}}}"
	}
	for _, test := range []struct {
		name   string
		text   string
		lowest int32
		at     string
		moves  bool
		wait   time.Duration
		never  bool
	}{
		{"HPA", plain + "maxReplicas: 4}", 1, "spec.minReplicas", true, 5 * time.Minute, false},
		{"HPA, bounds that meet", plain + "minReplicas: 4, maxReplicas: 4}", 4, "spec.minReplicas", false, 5 * time.Minute, false},
		{"HPA, own window", plain + "maxReplicas: 4, behavior: {scaleDown: {stabilizationWindowSeconds: 1800}}}", 1, "spec.minReplicas", true, 30 * time.Minute, false},
		{"HPA, disabled", plain + "maxReplicas: 4, behavior: {scaleDown: {selectPolicy: Disabled}}}", 1, "spec.minReplicas", true, 5 * time.Minute, true},
		{"HPA at zero keeps to its behavior", plain + "minReplicas: 0, maxReplicas: 4, behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}", 0, "spec.minReplicas", true, time.Minute, false},
		{"KEDA without a minimum", head + "maxReplicaCount: 4}", 0, "spec.minReplicaCount", true, 5 * time.Minute, false},
		{"KEDA, idle", head + "minReplicaCount: 4, maxReplicaCount: 4, idleReplicaCount: 0}", 0, "spec.idleReplicaCount", true, 5 * time.Minute, false},
		{"KEDA, idle at one does not work", head + "minReplicaCount: 2, idleReplicaCount: 1}", 2, "spec.minReplicaCount", true, 5 * time.Minute, false},
		{"KEDA, long cooldown", head + "cooldownPeriod: 3600}", 0, "spec.minReplicaCount", true, 5 * time.Minute, false},
		{"KEDA, both long", head + "cooldownPeriod: 3600, " + behavior("stabilizationWindowSeconds: 1800") + "}", 0, "spec.minReplicaCount", true, 30 * time.Minute, false},
		{"KEDA, disabled down to one", head + "cooldownPeriod: 3600, " + behavior("selectPolicy: Disabled") + "}", 0, "spec.minReplicaCount", true, time.Hour, false},
		{"KEDA, disabled, never at zero", head + "minReplicaCount: 1, cooldownPeriod: 3600, " + behavior("selectPolicy: Disabled") + "}", 1, "spec.minReplicaCount", true, 5 * time.Minute, true},
	} {
		objects, _, problems := Documents([]byte(test.text))[0].Read("test.yaml")
		if len(objects) != 1 || len(problems) > 0 {
			t.Fatalf("%s: %v %v", test.name, objects, problems)
		}
		a := readAutoscaler(objects[0])
		lowest, at := a.Lowest()
		wait, never := a.Patience()
		if lowest != test.lowest || at.String() != test.at || a.Moves() != test.moves || wait != test.wait || never != test.never {
			t.Errorf("%s: lowest %d (%s), moves %v, patience %s %v", test.name, lowest, at, a.Moves(), wait, never)
		}
	}
}
