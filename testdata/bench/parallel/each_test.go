package parallel

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestEachVisitsEveryNumberOnce(t *testing.T) {
	var seen [1000]atomic.Int32
	err := Each(t.Context(), 7, len(seen), func(_ context.Context, _, i int) error {
		seen[i].Add(1)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range seen {
		if n := seen[i].Load(); n != 1 {
			t.Errorf("number %d was visited %d times", i, n)
		}
	}
}

func TestEachStopsAtTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	var begun atomic.Int32
	err := Each(t.Context(), 1, 100, func(_ context.Context, _, i int) error {
		begun.Add(1)
		if i == 3 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || begun.Load() != 4 {
		t.Errorf("got %v after %d pieces, want %v after 4", err, begun.Load(), broken)
	}
}
