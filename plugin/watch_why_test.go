package plugin

import "testing"

func TestTotalOf(t *testing.T) {
	for _, is := range []struct{ share, replicas, want int64 }{
		{667, 3, 2000}, {1667, 3, 5000}, {3313, 4, 13250}, {1000, 2, 2000}, {0, 3, 0}, {500, 1, 500}, {1234, 1, 1234}, {334, 3, 1000}, {333, 3, 999},
	} {
		if got := totalOf(is.share, is.replicas); got != is.want {
			t.Errorf("%dm on %d replicas: got %d, want %d", is.share, is.replicas, got, is.want)
		}
	}
}
