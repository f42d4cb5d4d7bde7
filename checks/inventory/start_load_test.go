package inventory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestLoading: who loads still, since when, and what is left.
func TestLoading(t *testing.T) {
	pod := func(name, ready, turned, started, more string) string {
		return podOf(name, "", fmt.Sprintf("conditions: [{type: Ready, status: '%s', lastTransitionTime: %s}], containerStatuses: [{name: vllm, state: {running: {startedAt: %s}}%s}]", ready, at(turned), at(started), more))
	}
	text := pod("late", "False", "11:00:09", "11:00:10", ", started: true") +
		pod("early", "False", "11:00:00", "11:00:05", ", started: false") +
		pod("ready", "True", "11:02:00", "11:00:00", ", started: true") +
		pod("fell", "False", "11:30:00", "11:00:00", ", started: true") +
		pod("again", "False", "11:00:00", "11:00:00", ", restartCount: 1") +
		strings.Replace(pod("ends", "False", "11:00:00", "11:00:00", ""), "uid:", "deletionTimestamp: "+at("11:01:00")+", uid:", 1) +
		podOf("waits", "", "")
	s := world(t, deploymentOf("{name: vllm, image: 'vllm/vllm-openai:v0.18.1'}")+text)
	loading := s.Loading(s.Workloads()[0])
	if len(loading) != 2 || loading[0].Pod.Name != "early" || loading[1].Pod.Name != "late" {
		t.Fatalf("%+v", loading)
	}
	for elapsed, want := range map[time.Duration]time.Duration{30 * time.Second: 90 * time.Second, time.Hour: 0} {
		if got := loading[1].Left(loading[1].Since.Add(elapsed), 2*time.Minute); got != want {
			t.Errorf("after %s: %s left, want %s", elapsed, got, want)
		}
	}
	if loads := s.LoadTimes(s.Workloads()[0]); len(loads) != 1 || loads[0].Took != 2*time.Minute {
		t.Errorf("%+v", loads)
	}
}
