package fix

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

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
