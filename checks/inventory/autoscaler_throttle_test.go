package inventory

import "testing"

func TestUnthrottled(t *testing.T) {
	for _, test := range []struct {
		behavior string
		want     int32
	}{
		{"", 7},
		{"{scaleDown: {selectPolicy: Disabled}}", 0},
		{"{scaleDown: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}", 0},
		{"{scaleDown: {policies: [{type: Pods, value: 7, periodSeconds: 30}]}}", 7},
		{"{scaleDown: {policies: [{type: Pods, value: 7, periodSeconds: 60}]}}", 0},
		{"{scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Pods, value: 2, periodSeconds: 60}]}}", 2},
	} {
		a := scaler(t, test.behavior)
		if got := a.Unthrottled(); got != test.want {
			t.Errorf("%s: %d, want %d", test.behavior, got, test.want)
		}
		if a.Max = 2; a.Unthrottled() != 0 {
			t.Errorf("%s: one replica to take", test.behavior)
		}
	}
}
