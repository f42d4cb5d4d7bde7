package inventory

import (
	"fmt"
	"testing"
	"time"
)

// scaler reads an HPA with the given behavior, in YAML flow.
func scaler(t *testing.T, behavior string) *Autoscaler {
	t.Helper()
	text := "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, maxReplicas: 8"
	if behavior != "" {
		text += ", behavior: " + behavior
	}
	a := ReadAutoscaler(oneObject(t, text+"}}"))
	if a == nil {
		t.Fatalf("no autoscaler in %s", text)
	}
	return a
}

// oneObject reads a document that holds one object.
func oneObject(t *testing.T, text string) *Object {
	t.Helper()
	objects, _, problems := Documents([]byte(text))[0].Read("a.yaml")
	if len(objects) != 1 || len(problems) > 0 {
		t.Fatalf("%d objects, problems %v in %s", len(objects), problems, text)
	}
	return objects[0]
}

func TestScalingRulesDefaults(t *testing.T) {
	for _, c := range []struct{ behavior, up, down string }{
		{"", "0s false [{Pods 4 15} {Percent 100 15}] false Max", "5m0s false [{Percent 100 15}] false Max"},
		{"{}", "0s false [{Pods 4 15} {Percent 100 15}] false Max", "5m0s false [{Percent 100 15}] false Max"},
		{
			"{scaleUp: {stabilizationWindowSeconds: 60}, scaleDown: {selectPolicy: Min}}",
			"1m0s true [{Pods 4 15} {Percent 100 15}] false Max", "5m0s false [{Percent 100 15}] false Min",
		},
		{
			"{scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}, scaleDown: {stabilizationWindowSeconds: 0, policies: []}}",
			"0s false [{Pods 1 60}] true Max", "0s true [{Percent 100 15}] false Max",
		},
	} {
		a := scaler(t, c.behavior)
		show := func(r ScalingRules) string {
			return fmt.Sprintf("%v %t %v %t %s", r.Window, r.WindowSet, r.Policies, r.PoliciesSet, r.Select)
		}
		if got := show(a.ScaleUp()); got != c.up {
			t.Errorf("scaleUp of %q: %s, want %s", c.behavior, got, c.up)
		}
		if got := show(a.ScaleDown()); got != c.down {
			t.Errorf("scaleDown of %q: %s, want %s", c.behavior, got, c.down)
		}
	}
	if got := scaler(t, "").ScaleDown().Path.String(); got != "spec.behavior.scaleDown" {
		t.Error(got)
	}
}

func TestStepAndPace(t *testing.T) {
	const slow, half = "{type: Pods, value: 1, periodSeconds: 60}", "{type: Percent, value: 50, periodSeconds: 15}"
	for _, c := range []struct {
		rules    string // of both directions
		replicas int32
		up, down string // step, its period, replicas per minute
	}{
		{"", 1, "3 15s 12", "1 15s 4"}, // without behavior the controller goes to 4
		{"", 8, "8 15s 32", "8 15s 32"},
		{"{}", 1, "4 15s 16", "1 15s 4"},
		{"{}", 8, "8 15s 32", "8 15s 32"},
		{"{policies: [" + slow + "]}", 8, "1 1m0s 1", "1 1m0s 1"},
		{"{policies: [" + slow + ", " + half + "]}", 5, "3 15s 12", "3 15s 12"}, // 5 × 1.5 rounds up, 5 × 0.5 down
		{"{selectPolicy: Min, policies: [" + half + ", " + slow + "]}", 5, "1 1m0s 1", "1 1m0s 1"},
		{"{selectPolicy: Min, policies: [" + slow + ", " + half + "]}", 5, "1 1m0s 1", "1 1m0s 1"},
		{"{policies: [" + slow + ", {type: Pods, value: 1, periodSeconds: 30}]}", 5, "1 30s 2", "1 30s 2"},
		{"{policies: [{type: Pods, value: 1, periodSeconds: 30}, " + slow + "]}", 5, "1 30s 2", "1 30s 2"},
		{"{selectPolicy: Min, policies: [{type: Pods, value: 1, periodSeconds: 30}, " + slow + "]}", 5, "1 30s 1", "1 30s 1"},
		{"{policies: [{type: Pods, value: 1, periodSeconds: 0}]}", 5, "1 0s 0", "1 0s 0"}, // refused by the API server
		{"{policies: [" + half + "]}", 1000, "500 15s 2000", "500 15s 2000"},
		{"{selectPolicy: Disabled, policies: [" + half + "]}", 5, "0 0s 0", "0 0s 0"},
	} {
		behavior := ""
		if c.rules != "" {
			behavior = "{scaleUp: " + c.rules + ", scaleDown: " + c.rules + "}"
		}
		a := scaler(t, behavior)
		show := func(r ScalingRules) string {
			step, period := r.Step(c.replicas)
			return fmt.Sprint(step, " ", period, " ", r.PerMinute(c.replicas))
		}
		if got := show(a.ScaleUp()); got != c.up {
			t.Errorf("scaleUp %q of %d: %s, want %s", c.rules, c.replicas, got, c.up)
		}
		if got := show(a.ScaleDown()); got != c.down {
			t.Errorf("scaleDown %q of %d: %s, want %s", c.rules, c.replicas, got, c.down)
		}
	}
}

func TestReach(t *testing.T) {
	for _, c := range []struct {
		behavior string
		from, to int32
		after    time.Duration
		want     int32
	}{
		{"", 1, 100, 0, 4},
		{"", 1, 100, 30 * time.Second, 16},
		{"{}", 1, 100, 15 * time.Second, 10}, // 5, then the larger of 9 and 10
		{"", 8, 2, 0, 2},
		{"{scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 120}]}}", 2, 100, 15 * time.Minute, 18},
		{"{scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 120}]}}", 2, 8, time.Hour, 8},
		{"{scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 120}]}}", 2, 100, 105 * time.Second, 4},
		{"{scaleUp: {selectPolicy: Disabled}}", 2, 8, time.Hour, 2},
		// Both policies look at the same replicas: the slow one is used up by
		// what the quick one added.
		{"{scaleUp: {policies: [{type: Pods, value: 4, periodSeconds: 600}, {type: Pods, value: 1, periodSeconds: 60}]}}", 2, 100, 5 * time.Minute, 11},
		{"{scaleUp: {selectPolicy: Min, policies: [{type: Pods, value: 4, periodSeconds: 600}, {type: Pods, value: 1, periodSeconds: 60}]}}", 2, 100, 5 * time.Minute, 6},
		{"{scaleDown: {policies: [{type: Percent, value: 50, periodSeconds: 60}]}}", 8, 1, time.Minute, 2},
		{"{scaleDown: {policies: [{type: Percent, value: 50, periodSeconds: 60}]}}", 8, 1, 59 * time.Second, 4},
		{"{scaleUp: {policies: [{type: Percent, value: 900, periodSeconds: 15}]}}", 1000, mostReplicas, time.Hour, mostReplicas},
	} {
		a := scaler(t, c.behavior)
		rules := a.ScaleUp()
		if c.to < c.from {
			rules = a.ScaleDown()
		}
		if got := rules.Reach(c.from, c.to, c.after); got != c.want {
			t.Errorf("%s: from %d towards %d in %s: %d, want %d", c.behavior, c.from, c.to, c.after, got, c.want)
		}
	}
}

func TestFloorAndHidden(t *testing.T) {
	zero := ReadAutoscaler(oneObject(t, "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: a}, spec: {scaleTargetRef: {name: a}, minReplicaCount: 0}}"))
	if zero.Floor() != 1 || zero.Hidden() {
		t.Errorf("floor %d, hidden %t", zero.Floor(), zero.Hidden())
	}
	three := ReadAutoscaler(oneObject(t, "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: a}, spec: {scaleTargetRef: {name: a}, minReplicaCount: 3}}"))
	if three.Floor() != 3 {
		t.Errorf("floor %d", three.Floor())
	}
	for _, note := range []string{"metrics", "behavior"} {
		a := ReadAutoscaler(oneObject(t, "{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: a, annotations: {autoscaling.alpha.kubernetes.io/"+note+": '[]'}}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, maxReplicas: 8}}"))
		if !a.Hidden() {
			t.Errorf("%s: not hidden", note)
		}
	}
}

func TestBoundsKnown(t *testing.T) {
	for bounds, want := range map[string]bool{
		"":                          true,
		"minReplicaCount: 2":        true,
		"minReplicaCount: '${MIN}'": false,
		"maxReplicaCount: '${MAX}'": false,
	} {
		a := ReadAutoscaler(oneObject(t, "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: a}, spec: {scaleTargetRef: {name: a}, "+bounds+"}}"))
		if got := a.BoundsKnown(); got != want {
			t.Errorf("%q: %t", bounds, got)
		}
	}
}
