package tui

import "testing"

func TestBesides(t *testing.T) {
	for _, c := range []struct {
		v, target float64
		want      string
	}{{3.75, 5, "3.8"}, {5.4, 5, "5.4"}, {14.25, 24, "14"}, {23.6, 24, "23.6"}, {120.4, 5, "120"}, {0, 5, "0"}} {
		if got := besides(c.v, c.target); got != c.want {
			t.Errorf("%v beside %v is %q, want %q", c.v, c.target, got, c.want)
		}
	}
}
