//go:build unix

package measure

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestSpreadOf(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Spread
	}{
		{[]float64{4}, Spread{4, 4, 4}},
		{[]float64{9, 1, 5}, Spread{5, 1, 9}},
		{[]float64{8, 2, 4, 6}, Spread{5, 2, 8}},
	} {
		if got := SpreadOf(c.values); got != c.want {
			t.Errorf("%v: got %v, want %v", c.values, got, c.want)
		}
	}
}

func TestPercentile(t *testing.T) {
	var values []time.Duration
	for i := range 200 {
		values = append(values, time.Duration(200-i))
	}
	for p, want := range map[int]time.Duration{0: 1, 50: 100, 99: 198, 100: 200} {
		if got := Percentile(values, p); got != want {
			t.Errorf("%d: got %d, want %d", p, got, want)
		}
	}
	if got := Percentile(values[:1], 99); got != 200 {
		t.Errorf("of one value: %d", got)
	}
}

// The pairs' median is not the quotient of the medians, which is 2 here.
func TestRatiosGoPairByPair(t *testing.T) {
	a, b := samples(10, 20, 90), samples(1, 10, 30)
	if got, want := Ratios(a, b), (Spread{3, 2, 10}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRunMeasuresAndRefusesFailures(t *testing.T) {
	shell := func(script string) Command { return Command{Name: "sh", Argv: []string{"/bin/sh", "-c", script}} }
	sample, err := shell("exit 0").Run(t.Context())
	if err != nil || sample.Wall <= 0 || sample.Peak <= 0 {
		t.Errorf("got %+v, %v", sample, err)
	}
	_, err = shell("echo first >&2; echo no such tree >&2; exit 3").Run(t.Context())
	if err == nil || !strings.HasSuffix(err.Error(), "exit status 3: no such tree") {
		t.Errorf("got %v, want the exit status and the last line", err)
	}
	faults := shell("exit 1")
	if _, err := faults.Run(t.Context()); err == nil {
		t.Error("exit code 1 passed for a success")
	}
	faults.FindsFaults = true
	if _, err := faults.Run(t.Context()); err != nil {
		t.Errorf("findings passed for a failure: %v", err)
	}
}

func TestPairsAlternateAfterAWarmUp(t *testing.T) {
	log := t.TempDir() + "/log"
	say := func(word string) Command {
		return Command{Name: word, Argv: []string{"/bin/sh", "-c", "printf " + word + " >> " + log}}
	}
	a, b, err := Pairs(t.Context(), say("A"), say("B"), 2)
	if err != nil || len(a) != 2 || len(b) != 2 {
		t.Fatalf("got %d and %d samples, %v", len(a), len(b), err)
	}
	check := Command{Name: "check", Argv: []string{"/bin/sh", "-c", `[ "$(cat ` + log + `)" = ABABAB ]`}}
	if _, err := check.Run(t.Context()); err != nil {
		t.Errorf("the order was not A B A B A B: %v", err)
	}
}

func TestTableSaysWhatIsOverBudget(t *testing.T) {
	fast, slow := Measured("fast", samples(2), nil), Measured("slow", samples(5000), nil)
	fast.LimitWall(25)
	ratio := Ratios(samples(49), samples(10))
	slow.Ratio = &ratio
	slow.WantRatio(20)
	busy := Resting("busy", Rest{Time: time.Second, CPU: 20 * time.Millisecond, Peak: 200e6}, map[string]float64{"list": 1, "watch": 2}, nil)
	busy.LimitRest(3, 150)
	quick := Waits("quick", []time.Duration{time.Millisecond, 20 * time.Millisecond, 3 * time.Millisecond}, nil)
	quick.LimitP99(16)
	absent := Measured("absent", nil, errors.New("no such tool"))
	absent.LimitPeak(80)
	var out strings.Builder
	if err := NewReport([]Row{fast, slow, busy, quick, absent}, 1).Table(&out); err != nil {
		t.Fatal(err)
	}
	one := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"2.00 ms (2.00–2.00)", "≤ 25 ms met", "5.00 s (5.00–5.00)", "≥ 20× over budget", "not measured: no such tool",
		"2 % of one 200 MB (200–200) 1 list, 2 watch ≤ 3 % CPU, ≤ 150 MB, no list met, over budget, over budget",
		"3.00 ms (1.00–20.00) 20.00 ms ≤ 16 ms at p99 over budget",
	} {
		if !strings.Contains(one, want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}

func TestPeakFloorIsSeen(t *testing.T) {
	if floor := PeakFloor(t.Context()); floor <= 0 {
		t.Errorf("got %d bytes for a process that does nothing", floor)
	}
}

func samples(milliseconds ...int) []Sample {
	s := make([]Sample, len(milliseconds))
	for i, ms := range milliseconds {
		s[i].Wall = time.Duration(ms) * time.Millisecond
	}
	return s
}
