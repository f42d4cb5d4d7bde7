package inventory_test

import "testing"

func TestFragments(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"whole Deployment", deploymentOf("image: x"), false},
		{"no image", deploymentOf("name: x"), true},
		{"no selector", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{name: a, image: b}]}}}\n", true},
		{"replicas alone", "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: d}\nspec: {replicas: 3}\n", true},
		{"leader without image", "apiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\nmetadata: {name: l}\nspec: {leaderWorkerTemplate: {leaderTemplate: {spec: {containers: [{name: a}]}}, workerTemplate: {spec: {containers: [{name: a, image: b}]}}}}\n", true},
		{"predictor without model", "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: i}\nspec: {predictor: {minReplicas: 2}}\n", true},
		{"whole predictor", isvc, false},
		{"NIM without image", "apiVersion: apps.nvidia.com/v1alpha1\nkind: NIMService\nmetadata: {name: n}\nspec: {replicas: 3}\n", true},
		{"whole NIM", nim, false},
		{"Ray without a head", "apiVersion: ray.io/v1\nkind: RayService\nmetadata: {name: r}\nspec: {serveConfigV2: 'applications: []'}\n", true},
		{"old HPA without target", "apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {maxReplicas: 3}\n", true},
		{"HPA without maximum", "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {kind: Deployment, name: d}}\n", true},
		{"ScaledObject without triggers", "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: s}\nspec: {scaleTargetRef: {name: d}}\n", true},
		{"monitor without endpoints", "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: m}\nspec: {selector: {}}\n", true},
		{"claim without access mode", "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: p}\nspec: {resources: {requests: {storage: 1Gi}}}\n", true},
		{"CronJob without schedule", "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec: {suspend: true}\n", true},
		{"Service", "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {a: b}}\n", false},
	} {
		if o, _ := read(t, test.text); o.Fragment != test.want {
			t.Errorf("%s: %v", test.name, o.Fragment)
		}
	}
}
