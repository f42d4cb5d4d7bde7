package inventory

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// pull is when the image of the engine's container began to arrive and was
// there, by the kubelet's events. An image that was there already took no time.
func (r *startReader) pull() (from, to time.Time, ok bool) {
	for _, event := range r.events {
		if event.InvolvedObject.FieldPath != "spec.containers{"+r.container+"}" {
			continue
		}
		switch event.Reason {
		case "Pulling":
			if !ok {
				from, ok = eventFirst(event), true
			}
		case "Pulled":
			if took, has := pullTime(event.Message); has {
				to = eventFirst(event)
				from, ok = to.Add(-took), true
				return from, to, true
			}
		}
	}
	if status := containerStatus(r.pod, r.container); status != nil && status.State.Waiting == nil {
		return from, to, false // it has started since, and the event is gone that says when
	}
	return from, to, ok
}

// pullTime reads how long a pull took: `Successfully pulled image "a" in 35.2s
// (1m2s including waiting). Image size: 123 bytes.` The kubelet pulls one image
// after another by default, so the wait counts (pkg/kubelet/images/
// image_manager.go).
func pullTime(message string) (time.Duration, bool) {
	_, rest, found := strings.Cut(message, `" in `)
	if !found {
		return 0, false
	}
	if _, waiting, ok := strings.Cut(rest, "("); ok {
		rest = waiting
	}
	text, _, _ := strings.Cut(rest, " ")
	took, err := time.ParseDuration(strings.TrimSuffix(text, "."))
	return took, err == nil
}

// eventFirst is when an event happened for the first time. Events of the newer
// API have a time of their own instead.
func eventFirst(event *corev1.Event) time.Time {
	for _, at := range [...]time.Time{event.FirstTimestamp.Time, event.EventTime.Time} {
		if !at.IsZero() {
			return at
		}
	}
	return event.LastTimestamp.Time
}
