package inventory_test

import (
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestParseCron(t *testing.T) {
	for text, want := range map[string]string{
		"30 7 * * *":       "07:30 weekly",
		"0 8 * * 1-5":      "08:00 weekly",
		"@daily":           "00:00 weekly",
		"0 8 1 * *":        "08:00",
		"0 8 * 1-6 *":      "08:00",
		"0 8,18 * * *":     "often weekly",
		"*/5 * * * *":      "often weekly",
		"@every 6h":        "often",
		"":                 "none",
		"61 * * * *":       "none",
		"0 0 8 * * *":      "none",
		"TZ=UTC 0 8 * * *": "none",
		"TZ=UTC":           "none",
		"CRON_TZ=UTC":      "none",
	} {
		got := "none"
		if c, ok := inventory.ParseCron(text); ok {
			hour, minute, fixed := c.FixedTime()
			got = time.Date(2024, 1, 1, hour, minute, 0, 0, time.UTC).Format("15:04")
			if !fixed {
				got = "often"
			}
			if c.Weekly() {
				got += " weekly"
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	c, _ := inventory.ParseCron("0 8 * * *")
	if next := c.Next(time.Date(2024, 1, 1, 8, 0, 0, 0, time.UTC)); next.Day() != 2 || next.Hour() != 8 {
		t.Errorf("next is %s", next)
	}
}

func TestWrongTimeZone(t *testing.T) {
	for name, wrong := range map[string]bool{
		"UTC": false, "Etc/UTC": false, "Europe/Berlin": false, "America/Argentina/Buenos_Aires": false, "EST": false, "GMT+0": false, "posix/Asia/Tokyo": false,
		"": true, "PST": true, "IST": true, "UTC+2": true, "europe/berlin": true, "Europe": true, "Europe/": true, "Amerika/New_York": true, "America/New York": true, "Local": true,
	} {
		if got := inventory.WrongTimeZone(name); got != wrong {
			t.Errorf("%q: %v, want %v", name, got, wrong)
		}
	}
	// The table of one-part names against what is installed here.
	for _, name := range []string{"CET", "Singapore", "W-SU", "NZ-CHAT", "PRC", "Zulu"} {
		if _, err := time.LoadLocation(name); err == nil && inventory.WrongTimeZone(name) {
			t.Errorf("%s exists", name)
		}
	}
}
