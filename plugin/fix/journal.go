package fix

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// State is how far an entry of the journal has come.
type State string

// The states. Intended and undoing are written before the cluster is, so they
// may be true of it or not: see [Fixer.Reconcile].
const (
	Intended State = "intended"
	Applied  State = "applied"
	Undoing  State = "undoing"
	Undone   State = "undone"
	// Unclear: it was announced, and the object is now neither as it was nor as
	// it should have become.
	Unclear State = "unclear"
)

// Journal is a directory with one file per applied change, for its owner alone.
type Journal struct {
	Dir string
	// written is called around each write of a file; tests end the run there.
	written func()
}

// Entry is one applied change: the fixes of one object that were applied
// together, and the values before and after of exactly the fields they touched.
type Entry struct {
	Version    int           `json:"version"`
	ID         string        `json:"id"`
	State      State         `json:"state"`
	At         time.Time     `json:"at"`
	Server     string        `json:"server"`
	Ref        inventory.Ref `json:"ref"`
	APIVersion string        `json:"apiVersion"`
	UID        string        `json:"uid,omitempty"`
	Fixes      []AppliedFix  `json:"fixes"`
	Fields     []Field       `json:"fields"`
	// Created: the object was not there before.
	Created bool `json:"created,omitempty"`
	// Taken are the fields in managedFields that changed hands.
	Taken []Ownership `json:"taken,omitempty"`
}

// AppliedFix is a finding whose fix was applied.
type AppliedFix struct {
	Check       string `json:"check"`
	Fingerprint string `json:"fingerprint"`
	Title       string `json:"title"`
	// Restarts: it replaced the pods, and so does its undo.
	Restarts bool `json:"restarts,omitempty"`
}

// Ownership is a set of fields in one entry of managedFields, as FieldsV1.
type Ownership struct {
	Manager    string `json:"manager"`
	Operation  string `json:"operation"`
	APIVersion string `json:"apiVersion"`
	Fields     string `json:"fields"`
	// Gained marks what became ours; the rest was lost by others.
	Gained bool `json:"gained,omitempty"`
}

const (
	journalVersion = 1
	entryEnding    = ".json"
	partEnding     = ".part" // a file that is being written
	lockName       = ".lock"
)

// entryID sorts by time, and differs for two objects at one moment.
func entryID(at time.Time, ref inventory.Ref) string {
	sum := sha256.Sum256([]byte(at.Format(time.RFC3339Nano) + ref.String()))
	return at.UTC().Format("20060102-150405-") + hex.EncodeToString(sum[:2])
}

// Entries lists the journal, the oldest first. A file that cannot be read is an
// error: what it says was applied might be undone.
func (j Journal) Entries() ([]Entry, error) {
	files, err := os.ReadDir(j.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var all []Entry
	for _, file := range files {
		id, entry := strings.CutSuffix(file.Name(), entryEnding)
		if !entry {
			continue
		}
		e, err := j.read(id)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return a.At.Compare(b.At) })
	return all, nil
}

func (j Journal) path(id string) string { return filepath.Join(j.Dir, id+entryEnding) }

func (j Journal) has(id string) bool {
	_, err := os.Lstat(j.path(id))
	return err == nil
}

func (j Journal) read(id string) (Entry, error) {
	var entry Entry
	text, err := os.ReadFile(j.path(id))
	if err != nil {
		return entry, fmt.Errorf("journal: %w", err)
	}
	if err := utiljson.Unmarshal(text, &entry); err != nil {
		return entry, fmt.Errorf("journal %s: %w", j.path(id), err)
	}
	if entry.Version != journalVersion {
		return entry, fmt.Errorf("journal %s: version %d is not one this build reads", j.path(id), entry.Version)
	}
	for _, field := range entry.Fields {
		for i, step := range field.Path {
			if position, number := step.(int64); number {
				field.Path[i] = int(position)
			}
		}
	}
	return entry, nil
}

// pick returns the entry whose ID begins so, or the last one applied to the
// server. A cluster may have several addresses, so an ID counts at any of them:
// the object's UID tells whether it is the same.
func (j Journal) pick(id, server string) (Entry, error) {
	all, err := j.Entries()
	if err != nil {
		return Entry{}, err
	}
	var found []Entry
	for _, entry := range all {
		switch {
		case id != "" && strings.HasPrefix(entry.ID, id), id == "" && entry.Server == server && entry.State == Applied:
			found = append(found, entry)
		}
	}
	if len(found) == 0 {
		if id == "" {
			return Entry{}, &NoEntry{"no fix is applied to " + server + " that could be undone"}
		}
		return Entry{}, &NoEntry{fmt.Sprintf("the journal has no entry %q", id)}
	}
	entry := found[len(found)-1]
	switch {
	case id != "" && len(found) > 1:
		return Entry{}, &NoEntry{fmt.Sprintf("%d entries begin with %q: write more of the ID", len(found), id)}
	case entry.State == Undone:
		return Entry{}, &NoEntry{entry.ID + " is undone already"}
	}
	return entry, nil
}

// NoEntry is an undo of nothing.
type NoEntry struct{ Reason string }

func (e *NoEntry) Error() string { return e.Reason }

// write puts an entry on the disk, whole or not at all.
func (j Journal) write(entry Entry) error {
	text, err := json.MarshalIndent(entry, "", " ")
	if err == nil {
		err = j.replace(j.path(entry.ID), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func (j Journal) replace(path string, text []byte) error {
	j.step()
	defer j.step()
	file, err := os.CreateTemp(j.Dir, "*"+partEnding) // 0600
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		j.step()
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncDir(j.Dir)
}

func (j Journal) step() {
	if j.written != nil {
		j.written()
	}
}

// syncDir makes a rename last. Systems that cannot open a directory so keep the
// order of writes themselves.
func syncDir(dir string) error {
	handle, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer handle.Close()
	if err := handle.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

func (j Journal) remove(entry Entry) error {
	if err := os.Remove(j.path(entry.ID)); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
