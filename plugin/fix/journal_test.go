package fix

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// TestNoJournal: what cannot be undone is not done.
func TestNoJournal(t *testing.T) {
	h, fixer, change := newTest(t)
	before := YAML(h.object)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fixer.Journal.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fixer.Apply(t.Context(), preview); err == nil || YAML(h.object) != before {
		t.Errorf("applied without a journal: %v", err)
	}
}

// TestHeldJournal: a run that waits for another one can be interrupted.
func TestHeldJournal(t *testing.T) {
	_, fixer, change := newTest(t)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := fixer.Journal.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if _, err := fixer.Apply(ctx, preview); !errors.Is(err, context.Canceled) {
		t.Errorf("while another run holds the journal: %v", err)
	}
	unlock()
	if _, err := fixer.Apply(t.Context(), preview); err != nil {
		t.Error(err)
	}
}

func TestBadJournal(t *testing.T) {
	_, fixer, _ := newTest(t)
	if err := os.Mkdir(fixer.Journal.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"{":             "unexpected end of JSON input",
		`{"version":2}`: "version 2 is not one this build reads",
	} {
		if err := os.WriteFile(fixer.Journal.path("x"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := fixer.Reconcile(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestEntryJSON: positions in lists stay numbers, and whole numbers whole.
func TestEntryJSON(t *testing.T) {
	journal := Journal{Dir: t.TempDir()}
	entry := Entry{Version: journalVersion, ID: "one", Fields: []Field{{Path: inventory.Path{"spec", "triggers", 1, "x"}, Before: int64(1 << 53), Had: true}}}
	if err := journal.write(entry); err != nil {
		t.Fatal(err)
	}
	read, err := journal.read("one")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(entry, read); diff != "" {
		t.Error(diff)
	}
	text, err := json.Marshal(read)
	if err != nil || !strings.Contains(string(text), "9007199254740992") {
		t.Errorf("%s, %v", text, err)
	}
}

// TestTwoEntriesOfAMoment: a second fix at the same moment, or one whose ID is the
// same by chance, leaves the first one's entry alone.
func TestTwoEntriesOfAMoment(t *testing.T) {
	_, fixer, change := newTest(t)
	moment := fixer.Now()
	fixer.Now = func() time.Time { return moment }
	var ids []string
	for range 2 {
		preview, err := fixer.Preview(t.Context(), change)
		if err != nil {
			t.Fatal(err)
		}
		entry, err := fixer.Apply(t.Context(), preview)
		if err == nil {
			_, err = fixer.Undo(t.Context(), entry.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, entry.ID)
	}
	if entries, err := fixer.Journal.Entries(); err != nil || len(entries) != 2 {
		t.Errorf("of the fixes %v the journal holds %v, %v", ids, entries, err)
	}
}

// TestReconcileWhatMayNotBeRead: an entry about an object that is forbidden by now
// stays as it was announced, and the other ones are settled.
func TestReconcileWhatMayNotBeRead(t *testing.T) {
	_, fixer, change := newTest(t)
	preview, err := fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	patch := fixer.Cluster.Patch
	fixer.Cluster.Patch = func(context.Context, Target, Patch, bool) (Result, error) {
		return Result{}, errors.New("connection lost")
	}
	for range 2 {
		if _, err := fixer.Apply(t.Context(), preview); err == nil {
			t.Fatal("it was applied")
		}
	}
	fixer.Cluster.Patch = patch
	get, asked := fixer.Cluster.Get, 0
	fixer.Cluster.Get = func(ctx context.Context, of Target) (Content, error) {
		if asked++; asked == 1 {
			return nil, &Refused{Ref: of.Ref, Reason: "forbidden"}
		}
		return get(ctx, of)
	}
	unclear, err := fixer.Reconcile(t.Context())
	if err != nil || len(unclear) != 1 || unclear[0].State != Intended {
		t.Errorf("unclear: %v, %v", unclear, err)
	}
	if entries, err := fixer.Journal.Entries(); err != nil || len(entries) != 1 || entries[0].ID != unclear[0].ID {
		t.Errorf("the journal holds %v, %v", entries, err)
	}
}
