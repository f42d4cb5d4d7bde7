package inventory

import (
	"testing"
	"time"
)

func TestEarlier(t *testing.T) {
	for _, c := range []struct {
		text         string
		hour, minute int
		need         time.Duration
		want         string
	}{
		{"45 7 * * *", 7, 45, 21 * time.Minute, "35 7 * * *"},
		{"0 8 * * 1-5", 8, 0, 50 * time.Minute, "5 7 * * 1-5"},
		{"0 8 * * *", 8, 0, 55*time.Minute + time.Second, ""},
		{"50 23 * * 1", 23, 50, 20 * time.Minute, "35 23 * * 1"},
		{"0 0 * * *", 0, 0, 20 * time.Minute, "35 23 * * *"},
		{"0 0 * * 1", 0, 0, 20 * time.Minute, ""}, // it would be a Sunday's
		{"0 0 1 * *", 0, 0, 20 * time.Minute, ""},
		{"0 0 * 1 *", 0, 0, 20 * time.Minute, ""},
		{"TZ=UTC 0 8 * * *", 8, 0, 20 * time.Minute, ""},
	} {
		got, ok := ScheduledRaise{Text: c.text, Hour: c.hour, Minute: c.minute}.Earlier(c.need)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q, %s earlier, is %q (%v), want %q", c.text, c.need, got, ok, c.want)
		}
	}
}
