// Package parallel does many alike, independent pieces of work side by side.
package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Each calls do for every number below n on the given count of workers and
// returns the first error, after which no further number is begun. The worker's
// own number comes along so that a worker can keep buffers of its own.
func Each(ctx context.Context, workers, n int, do func(ctx context.Context, worker, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(ctx, worker, i); err != nil {
					stop(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
