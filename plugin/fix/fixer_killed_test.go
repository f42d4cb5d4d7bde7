package fix

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// killed stops a run at a point, as SIGKILL does.
type killed struct{}

// killer ends a run before its nth step, counting writes of the cluster and of
// the journal, and the moment after each.
type killer struct{ left int }

func (k *killer) step() {
	if k.left--; k.left == 0 {
		panic(killed{})
	}
}

func (k *killer) cluster(c Cluster) Cluster {
	patch := c.Patch
	c.Patch = func(ctx context.Context, of Target, with Patch, dryRun bool) (Result, error) {
		if dryRun {
			return patch(ctx, of, with, dryRun)
		}
		k.step()
		result, err := patch(ctx, of, with, dryRun)
		k.step()
		return result, err
	}
	return c
}

// run says whether the work was done before the end came.
func (k *killer) run(work func()) (done bool) {
	defer func() {
		if broken := recover(); broken != nil {
			if _, ok := broken.(killed); !ok {
				panic(broken)
			}
		}
	}()
	work()
	return true
}

// TestKilled ends the apply, and the undo, between any two steps: the next run
// brings journal and cluster into agreement, and what is applied can be undone.
func TestKilled(t *testing.T) {
	for end := 1; ; end++ {
		h, fixer, change := newTest(t)
		before := YAML(h.object)
		k := &killer{end}
		whole, whenWritten := fixer.Cluster, fixer.Journal
		fixer.Cluster = k.cluster(whole)
		fixer.Journal.written = k.step
		done := k.run(func() {
			preview, err := fixer.Preview(t.Context(), change)
			if err == nil {
				_, err = fixer.Apply(t.Context(), preview)
			}
			if err == nil {
				_, err = fixer.Undo(t.Context(), "")
			}
			if err != nil {
				t.Error(err)
			}
		})
		fixer.Cluster, fixer.Journal = whole, whenWritten
		if err := agree(t, h, fixer, before); err != nil {
			t.Errorf("ended before step %d: %v", end, err)
		}
		if done {
			const least = 10 // two journal writes around a patch, for apply and undo, and both sides of each
			if end < least {
				t.Errorf("only %d steps were seen", end)
			}
			return
		}
	}
}

// agree reconciles, and wants an applied fix to be there, undoable, and any
// other to have left nothing.
func agree(t *testing.T, h *held, fixer *Fixer, before string) error {
	t.Helper()
	if unclear, err := fixer.Reconcile(t.Context()); err != nil || len(unclear) > 0 {
		return errors.Join(err, errors.New("unclear entries are left"))
	}
	entries, err := fixer.Journal.Entries()
	if err != nil {
		return err
	}
	unlock, err := fixer.Journal.lock(t.Context()) // the next write clears away what is half-written
	if err != nil {
		return err
	}
	unlock()
	files, err := os.ReadDir(fixer.Journal.Dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), partEnding) {
			return errors.New("half-written: " + file.Name())
		}
	}
	applied := false
	for _, entry := range entries {
		applied = applied || entry.State == Applied
	}
	if applied == (YAML(h.object) == before) {
		return errors.New("the journal says one thing and the cluster another")
	}
	if applied {
		if _, err := fixer.Undo(t.Context(), ""); err != nil {
			return err
		}
	}
	if diff := cmp.Diff(before, YAML(h.object)); diff != "" {
		return errors.New(diff)
	}
	return nil
}

// TestUnclear: an interrupted fix whose object somebody changed then is neither
// called applied nor forgotten.
func TestUnclear(t *testing.T) {
	h, fixer, change := newTest(t)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{1}
	whole := fixer.Cluster
	fixer.Cluster = k.cluster(whole)
	k.run(func() { _, _ = fixer.Apply(t.Context(), preview) })
	fixer.Cluster = whole
	h.object["spec"].(map[string]any)["minAvailable"] = int64(9)
	unclear, err := fixer.Reconcile(t.Context())
	if err != nil || len(unclear) != 1 {
		t.Fatalf("%d unclear entries: %v", len(unclear), err)
	}
	if _, err := fixer.Undo(t.Context(), unclear[0].ID); err == nil {
		t.Error("an unclear fix was undone")
	}
}
