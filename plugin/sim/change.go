package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Change is one setting of an autoscaler that is to be tried: "min=4".
type Change struct{ Key, Value string }

// ChangeKeys are the settings that can be tried, with what they take.
func ChangeKeys() [][2]string {
	return [][2]string{
		{"min", "replicas at least"},
		{"max", "replicas at most"},
		{"threshold", "the target of the first metric; threshold[1] of the second"},
		{"query", "the PromQL of the first trigger; query[1] of the second"},
		{"scaleUp", "a policy: 2/120s is 2 pods per 120 s, 50%/60s half of them per minute, off"},
		{"scaleDown", "the same on the way down"},
		{"scaleUp.window", "the stabilisation window: 60s"},
		{"scaleDown.window", "the same on the way down"},
		{"cooldown", "KEDA's cooldownPeriod: 300s"},
		{"polling", "KEDA's pollingInterval: 15s"},
	}
}

// ParseChange reads KEY=VALUE.
func ParseChange(text string) (Change, error) {
	key, value, found := strings.Cut(text, "=")
	if !found || key == "" || value == "" {
		return Change{}, fmt.Errorf("%q is not KEY=VALUE", text)
	}
	name, _, _ := strings.Cut(key, "[")
	for _, known := range ChangeKeys() {
		if known[0] == name {
			return Change{key, value}, nil
		}
	}
	return Change{}, fmt.Errorf("there is no setting %q", name)
}

func (c Change) String() string { return c.Key + "=" + c.Value }

// Changed returns the autoscaler's object as it would be with the changes. The
// object itself is not touched.
func Changed(a *inventory.Autoscaler, changes []Change) (*inventory.Object, error) {
	fields, err := a.Object.Fields()
	if err != nil {
		return nil, err
	}
	var doc any = withType(fields, a.Object)
	for _, c := range changes {
		path, value, err := c.edit(a)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
		doc = setField(doc, path, value)
	}
	object, err := decode(a.Object.Ref, doc.(map[string]any))
	if err != nil {
		return nil, err
	}
	return object, valid(object)
}

// edit is where a change goes, and what is written there.
func (c Change) edit(a *inventory.Autoscaler) (inventory.Path, any, error) {
	name, rest, indexed := strings.Cut(c.Key, "[")
	index := 0
	if indexed {
		number, err := strconv.Atoi(strings.TrimSuffix(rest, "]"))
		if err != nil || number < 0 {
			return nil, nil, fmt.Errorf("%q is no index", rest)
		}
		index = number
	}
	switch name {
	case "min":
		return c.count(a.MinPath)
	case "max":
		return c.count(a.MaxPath)
	case "threshold", "query":
		return c.metric(a, name, index)
	case "scaleUp", "scaleDown":
		return c.policy(a.BehaviorPath.Join(name))
	case "scaleUp.window", "scaleDown.window":
		direction, _, _ := strings.Cut(name, ".")
		return c.seconds(a.BehaviorPath.Join(direction, "stabilizationWindowSeconds"))
	}
	if a.KEDA == nil {
		return nil, nil, fmt.Errorf("%s has none: it is KEDA's", a.Object.Short())
	}
	if name == "cooldown" {
		return c.seconds(inventory.Path{"spec", "cooldownPeriod"})
	}
	return c.seconds(inventory.Path{"spec", "pollingInterval"})
}

func (c Change) count(path inventory.Path) (inventory.Path, any, error) {
	n, err := strconv.ParseInt(c.Value, 10, 32)
	if err != nil || n < 0 {
		return nil, nil, fmt.Errorf("%q is no number of replicas", c.Value)
	}
	return path, n, nil
}

func (c Change) seconds(path inventory.Path) (inventory.Path, any, error) {
	text := c.Value
	if _, err := strconv.Atoi(text); err == nil {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d%time.Second != 0 {
		return nil, nil, fmt.Errorf("%q is no time in whole seconds, such as 90s or 5m", c.Value)
	}
	return path, int64(d / time.Second), nil
}

func (c Change) metric(a *inventory.Autoscaler, name string, index int) (inventory.Path, any, error) {
	if index >= len(a.Metrics) {
		return nil, nil, fmt.Errorf("%s has %s", a.Object.Short(), inventory.Count(int32(len(a.Metrics)), "metric"))
	}
	m := a.Metrics[index]
	if name == "query" {
		if len(m.QueryPath) == 0 {
			return nil, nil, fmt.Errorf("%s has no query", m.Path)
		}
		return m.QueryPath, c.Value, nil
	}
	if len(m.TargetPath) == 0 {
		return nil, nil, fmt.Errorf("%s has no target", m.Path)
	}
	if m.TargetType == autoscalingv2.UtilizationMetricType && a.KEDA == nil {
		return c.count(m.TargetPath)
	}
	if _, err := resource.ParseQuantity(c.Value); err != nil {
		return nil, nil, fmt.Errorf("%q is no number", c.Value)
	}
	return m.TargetPath, c.Value, nil
}

// policy reads 2/120s, 50%/60s and off.
func (c Change) policy(path inventory.Path) (inventory.Path, any, error) {
	if c.Value == "off" {
		return path.Join("selectPolicy"), string(autoscalingv2.DisabledPolicySelect), nil
	}
	amount, period, found := strings.Cut(c.Value, "/")
	kind := autoscalingv2.PodsScalingPolicy
	if share, percent := strings.CutSuffix(amount, "%"); percent {
		amount, kind = share, autoscalingv2.PercentScalingPolicy
	}
	n, err := strconv.ParseInt(amount, 10, 32)
	if !found || err != nil || n < 1 {
		return nil, nil, fmt.Errorf("%q is no policy such as 2/120s, 50%%/60s or off", c.Value)
	}
	_, seconds, err := Change{c.Key, period}.seconds(nil)
	if err != nil {
		return nil, nil, err
	}
	return path.Join("policies"), []any{map[string]any{"type": string(kind), "value": n, "periodSeconds": seconds}}, nil
}

// setField writes a value to a path of decoded JSON, and makes what leads to it.
func setField(into any, path inventory.Path, value any) any {
	if len(path) == 0 {
		return value
	}
	switch step := path[0].(type) {
	case int:
		list, _ := into.([]any)
		if step < len(list) {
			list[step] = setField(list[step], path[1:], value)
		}
		return list
	case string:
		fields, _ := into.(map[string]any)
		if fields == nil {
			fields = map[string]any{}
		}
		if fields[step] = setField(fields[step], path[1:], value); fields[step] == nil {
			delete(fields, step)
		}
		return fields
	}
	return into
}
