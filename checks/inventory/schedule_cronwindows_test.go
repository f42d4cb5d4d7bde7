package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// window is a cron trigger, with more metadata or other fields at its end.
func window(start, end string, more ...string) string {
	text := fmt.Sprintf("  - type: cron\n    metadata: {start: '%s', end: '%s', timezone: UTC, desiredReplicas: '4'}\n", start, end)
	return text + strings.Join(more, "")
}

func windows(t *testing.T, triggers ...string) (*inventory.Autoscaler, []inventory.CronWindow) {
	t.Helper()
	const head = "---\napiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec:\n  scaleTargetRef: {name: d}\n  minReplicaCount: 1\n  maxReplicaCount: 8\n  triggers:\n"
	all := world(t, deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [a/b]")+head+strings.Join(triggers, "")).Autoscalers()
	if len(all) != 1 {
		t.Fatalf("%d autoscalers", len(all))
	}
	return all[0], all[0].CronWindows()
}

func TestLingers(t *testing.T) {
	for _, test := range []struct{ start, end, want string }{
		{"0 8 * * *", "0 18 * * *", ""},
		{"0 22 * * *", "0 6 * * *", ""},
		{"0 8 * * 1-5", "0 20 * * 1-5", ""},
		{"0 8 * * 1-5", "0 20 * * *", "Fri 20:00 Sun 20:00"},
		{"0 8 * * 3", "0 20 * * *", "Wed 20:00 Tue 20:00"},
		{"0 8 * * *", "* 18 * * *", "Mon 18:00 Mon 18:59"},
		{"0 8,12 * * *", "0 12,18 * * *", ""}, // starts again when it ends
		{"0 8 1 * *", "0 20 * * *", ""},       // not the same every week
		{"0 8 * * *", "0 20 1 * *", ""},
		{"nonsense", "0 20 * * *", ""},
	} {
		_, all := windows(t, window(test.start, test.end))
		got := ""
		if from, until, ok := all[0].Lingers(); ok {
			got = from.Format("Mon 15:04 ") + until.Format("Mon 15:04")
		}
		if got != test.want {
			t.Errorf("%s to %s: %q, want %q", test.start, test.end, got, test.want)
		}
	}
}

func TestWindowGaps(t *testing.T) {
	for _, test := range []struct{ first, second, want string }{
		{window("0 8 * * *", "0 12 * * *"), window("20 12 * * *", "0 18 * * *"), "20m0s"},
		{window("0 8 * * *", "0 12 * * *"), window("0 12 * * *", "0 18 * * *"), "0s"},
		{window("0 8 * * 1-5", "0 12 * * 1-5"), window("20 12 * * 1", "0 18 * * 1"), ""},
		{window("0 8 * * *", "0 12 1 * *"), window("20 12 * * *", "0 18 * * *"), ""},
		{window("0 8 * * *", "0 12 * * *"), window("20 12 1 * *", "0 18 * * *"), ""},
		{window("0 8 * * *", "0 12 * * *"), window("20 12 * * *", "20 12 * * *"), ""},
		{window("0 12 * * *", "0 12 * * *"), window("20 12 * * *", "0 18 * * *"), ""},
		{window("0 8 * * *", "0 12 * * *"), strings.Replace(window("20 12 * * *", "0 18 * * *"), "UTC", "Asia/Tokyo", 1), ""},
	} {
		_, all := windows(t, test.first, test.second)
		got := ""
		if gap, ok := all[0].GapBefore(all[1]); ok {
			got = gap.String()
		}
		if got != test.want {
			t.Errorf("%s and %s: %q, want %q", test.first, test.second, got, test.want)
		}
	}
}

func TestWindowOpen(t *testing.T) {
	_, all := windows(t, window("0 8 * * *", "0 18 * * *"), window("0 8 * * *", "0 8 * * *"), window("$START", "0 8 * * *"))
	if len(all) != 2 {
		t.Fatalf("%d windows: one has a placeholder", len(all))
	}
	for hour, open := range map[int]bool{7: false, 8: true, 17: true, 18: false, 23: false} {
		if at := time.Date(2024, 1, 1, hour, 0, 0, 0, time.UTC); all[0].Open(at) != open || all[1].Open(at) {
			t.Errorf("at %d: %v, %v", hour, all[0].Open(at), all[1].Open(at))
		}
	}
}

func TestWindowFaults(t *testing.T) {
	const prometheus = "  - type: prometheus\n    metadata: {query: 'sum(vllm:num_requests_running)', threshold: '5'}\n"
	a, _ := windows(t, window("0 8 * * *", "0 18 * * *"), window("0 8 * * *", "0 8 * * *"), prometheus)
	var got []string
	for _, f := range a.WindowFaults() {
		got = append(got, fmt.Sprintf("%d %s: %s", f.Grade, f.At, f.Value))
	}
	if want := "[2 spec.triggers[1].metadata.end: 0 8 * * *]"; fmt.Sprint(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
}
