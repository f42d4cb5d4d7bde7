package inventory

import (
	"regexp"

	corev1 "k8s.io/api/core/v1"
)

// rescaled is the message of an HPA's event (horizontal.go, SuccessfulRescale).
var rescaled = regexp.MustCompile(`^New size: (\d+); reason: .*All metrics below target`)

// Returns is how often an autoscaler came back down to one size, by its events,
// which a cluster keeps for an hour unless somebody changed that. In between it
// had to go up each time: the same size cannot be reached from above twice in a
// row.
type Returns struct {
	Size  string
	Times int32
}

// Returns counts the way down to the size that was reached most often.
func (s *Snapshot) Returns(a *Autoscaler) Returns {
	name := a.Object.Name
	if a.KEDA != nil {
		name = a.HPAName()
	}
	times, most := map[string]int32{}, Returns{}
	for _, o := range s.In(Event, a.Object.Namespace) {
		event := As[corev1.Event](o)
		about := event.InvolvedObject
		match := rescaled.FindStringSubmatch(event.Message)
		if about.Kind != HorizontalPodAutoscaler.String() || about.Name != name || event.Reason != "SuccessfulRescale" || match == nil {
			continue
		}
		size := match[1]
		times[size] += max(event.Count, 1)
		if times[size] > most.Times {
			most = Returns{size, times[size]}
		}
	}
	return most
}
