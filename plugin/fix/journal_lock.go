package fix

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// lockLimit is how long another run may hold the journal: longer than a write
// may take.
const lockLimit = writeLimit + 20*time.Second

// lock keeps other processes from writing the journal, and from judging entries
// that are under way. It makes the directory, and clears away what a killed
// process left half-written.
func (j Journal) lock(ctx context.Context) (unlock func(), err error) {
	const ownerOnly = 0o700
	if err := os.MkdirAll(j.Dir, ownerOnly); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if unlock, err = j.wait(ctx); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := j.sweep(); err != nil {
		unlock()
		return nil, fmt.Errorf("journal: %w", err)
	}
	return unlock, nil
}

// wait gets the lock, or gives up when the context ends or nobody lets go.
func (j Journal) wait(ctx context.Context) (unlock func(), err error) {
	type answer struct {
		unlock func()
		err    error
	}
	got := make(chan answer, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(filepath.Join(j.Dir, lockName)).Lock()
		got <- answer{unlock, err}
	}()
	limit, stop := context.WithTimeoutCause(ctx, lockLimit, fmt.Errorf("another run has held %s for %v", j.Dir, lockLimit))
	defer stop()
	select {
	case a := <-got:
		return a.unlock, a.err
	case <-limit.Done():
		go func() { // what comes late is let go of
			if a := <-got; a.err == nil {
				a.unlock()
			}
		}()
		return nil, context.Cause(limit)
	}
}

func (j Journal) sweep() error {
	files, err := os.ReadDir(j.Dir)
	for _, file := range files {
		if err == nil && strings.HasSuffix(file.Name(), partEnding) {
			err = os.Remove(filepath.Join(j.Dir, file.Name()))
		}
	}
	return err
}
