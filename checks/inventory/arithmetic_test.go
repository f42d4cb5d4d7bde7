package inventory

import "testing"

// A mean is the same at any size of the fleet, so that AverageValue asks for
// the same count at any size; a sum asks for what the load needs.
func TestDesiredByAverage(t *testing.T) {
	const target = 5
	for _, test := range []struct {
		replicas, waiting float64 // on each replica
		mean, sum         int64
	}{
		{2, 8, 2, 4},
		{2, 15, 3, 6},
		{4, 15, 3, 12},
		{8, 30, 6, 48},
	} {
		if got := DesiredByAverage(test.waiting, target); got != test.mean {
			t.Errorf("a mean of %v asks for %d, want %d", test.waiting, got, test.mean)
		}
		if got := DesiredByAverage(test.waiting*test.replicas, target); got != test.sum {
			t.Errorf("a sum of %v asks for %d, want %d", test.waiting*test.replicas, got, test.sum)
		}
	}
	for _, test := range []struct {
		value, target float64
		want          int64
	}{
		{0.95, 0.8, 2},
		{1, 0.8, 2},
		{1, 0.95, 2},
		{1, 1, 1},
		{100, 80, 2},
		{100, 60, 2},
		{100, 10, 10},
		{0.9, 0.3, 3},
		{0.3, 0.1, 3},
		{1, 0.1, 10}, // exact, though binary fractions are not
		{0, 5, 0},
		{12, 5, 3},
	} {
		if got := DesiredByAverage(test.value, test.target); got != test.want {
			t.Errorf("%v / %v asks for %d, want %d", test.value, test.target, got, test.want)
		}
	}
}

func TestDesiredByValue(t *testing.T) {
	for _, test := range []struct {
		value, target float64
		ready, want   int64
	}{
		{40, 5, 4, 32},
		{40, 5, 8, 64},
		{0.9, 0.8, 4, 5},
		{15, 5, 4, 12}, // a mean with Value: what the sum asks for with AverageValue
		{15, 5, 0, 0},
	} {
		if got := DesiredByValue(test.value, test.target, test.ready); got != test.want {
			t.Errorf("%v / %v at %d asks for %d, want %d", test.value, test.target, test.ready, got, test.want)
		}
	}
}

func TestTexts(t *testing.T) {
	for x, want := range map[float64]string{5: "5", 0.8 * 7: "5.6", 1000000: "1000000", 0.0125: "0.013", 0: "0"} {
		if got := Decimal(x); got != want {
			t.Errorf("Decimal(%v) is %q, want %q", x, got, want)
		}
	}
	if got := (Path{"spec", "triggers", 0, "metadata", "threshold"}).Last() + (Path{"spec", 0}).Last() + Path(nil).Last(); got != "threshold" {
		t.Errorf("Last: %q", got)
	}
	a := &Autoscaler{Min: 2, MinSet: true, MinPath: Path{"spec", "minReplicaCount"}, Max: 100, MaxPath: Path{"spec", "maxReplicaCount"}}
	if got := a.MinText() + ", " + a.MaxText(); got != "minReplicaCount 2, maxReplicaCount 100 (the default)" {
		t.Errorf("bounds: %q", got)
	}
}
