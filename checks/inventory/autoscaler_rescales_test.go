package inventory

import "testing"

func TestReturns(t *testing.T) {
	event := func(name, about, message, rest string) string {
		return "---\n{apiVersion: v1, kind: Event, metadata: {name: " + name + ", namespace: ns}, involvedObject: {kind: HorizontalPodAutoscaler, namespace: ns, name: " + about + "}, message: '" + message + "', " + rest + "}\n"
	}
	const ok, down = "reason: SuccessfulRescale", "New size: 2; reason: All metrics below target"
	text := event("a", "h", down, ok+", count: 2") + event("b", "h", down, ok) +
		event("c", "h", "New size: 3; reason: All metrics below target", ok) +
		event("d", "h", "New size: 4; reason: pods metric queue above target", ok+", count: 9") +
		event("e", "other", down, ok+", count: 9") + event("f", "h", down, "reason: FailedRescale, count: 9")
	s := world(t, true, text)
	a := &Autoscaler{Object: &Object{Ref: Ref{Namespace: "ns", Name: "h"}}}
	if got := s.Returns(a); got != (Returns{"2", 3}) {
		t.Errorf("%+v", got)
	}
	keda := &Autoscaler{Object: &Object{Ref: Ref{Namespace: "ns", Name: "other"}}, KEDA: &ScaledObjectContent{}}
	keda.KEDA.Status.HPAName = "h"
	if got := s.Returns(keda); got != (Returns{"2", 3}) {
		t.Errorf("KEDA: %+v", got)
	}
}
