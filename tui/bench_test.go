package tui

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
)

// crowd is a fleet of so many workloads, each with ten pods.
func crowd(t testing.TB, n, s int) checks.Frame {
	t.Helper()
	var all []model
	for i := range n {
		m := scene(s)[0]
		m.name = fmt.Sprintf("vllm-%03d", i)
		m.ready, m.loading, m.waiting = 8, 1, 1
		all = append(all, m)
	}
	return frameOf(t, s, all...)
}

// BenchmarkJudge is what is done for a frame away from the screen: all checks,
// and what the screen reads of it.
func BenchmarkJudge(b *testing.B) {
	for _, n := range [...]int{50, 200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			o := testOptions(nil)
			o.Judge = func(frame checks.Frame) checks.Report { return checks.Run(frame, rules.All()) }
			for b.Loop() {
				b.StopTimer() // views are made once for each snapshot
				frame := crowd(b, n, 0)
				b.StartTimer()
				judge(frame, &o)
			}
		})
	}
}

// BenchmarkFrame is what the screen's own goroutine does when a frame comes: take
// it in, and draw it.
func BenchmarkFrame(b *testing.B) {
	for _, n := range [...]int{50, 200} {
		for _, size := range [...]struct{ w, h int }{{80, 24}, {140, 40}} {
			b.Run(fmt.Sprintf("%d/%dx%d", n, size.w, size.h), func(b *testing.B) {
				o := testOptions(nil)
				fleet := judge(crowd(b, n, 0), &o)
				m := New(context.Background(), o)
				m.width, m.height = size.w, size.h
				for i := 0; b.Loop(); i++ {
					f := *fleet
					f.At = fleet.At.Add(time.Duration(i) * 2 * time.Second)
					m.show(&f)
					m.Screen(size.w, size.h)
				}
			})
		}
	}
}
