package fix

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// TestEdit runs the documents of testdata/edit: "in" is a file, "edits" says
// what is done to its last object, and "out" is the file afterwards, or
// "refused" the reason. Below "crlf" or "no final newline" in the archive's
// comment the texts are what a file with those would be.
func TestEdit(t *testing.T) {
	files, err := filepath.Glob("testdata/edit/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { testEdit(t, name) })
	}
}

func testEdit(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var in, script []byte
	for _, file := range archive.Files {
		switch file.Name {
		case "in":
			in = disguise(archive, file.Data)
		case "edits":
			script = file.Data
		}
	}
	var edits []checks.Edit
	for line := range strings.Lines(string(script)) {
		edits = append(edits, parseEdit(t, line))
	}
	got, err := EditText(in, lastObject(t, in), edits)
	result := txtar.File{Name: "out", Data: undisguise(archive, got)}
	var refusal *Uneditable
	if errors.As(err, &refusal) {
		result = txtar.File{Name: "refused", Data: []byte(refusal.Reason + "\n")}
	} else if err != nil {
		t.Fatal(err)
	} else if bytes.Contains(script, []byte("] gone")) {
		t.Log("an item that goes makes the edits others")
	} else if again, err := EditText(got, lastObject(t, got), edits); err != nil || !bytes.Equal(again, got) {
		t.Errorf("the same edits change the result again (%v):\n%s", err, again)
	}
	last := &archive.Files[len(archive.Files)-1]
	if *update {
		if last.Name == "edits" {
			archive.Files = append(archive.Files, result)
		} else {
			*last = result
		}
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if last.Name != result.Name || !bytes.Equal(last.Data, result.Data) {
		t.Errorf("%s:\n%s\nwant %s:\n%s", result.Name, result.Data, last.Name, last.Data)
	}
}

// disguise makes a file's text of one that an archive can hold.
func disguise(archive *txtar.Archive, text []byte) []byte {
	if bytes.Contains(archive.Comment, []byte("no final newline")) {
		text = bytes.TrimSuffix(text, []byte("\n"))
	}
	if bytes.Contains(archive.Comment, []byte("crlf")) {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	if bytes.Contains(archive.Comment, []byte("byte order mark")) {
		text = append([]byte("\xef\xbb\xbf"), text...)
	}
	return text
}

// undisguise shows in the archive what disguise hid, where it was kept.
func undisguise(archive *txtar.Archive, text []byte) []byte {
	if bytes.Contains(archive.Comment, []byte("byte order mark")) {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	}
	if bytes.Contains(archive.Comment, []byte("crlf")) {
		parts := bytes.Split(text, []byte("\r\n"))
		for i, part := range parts {
			parts[i] = bytes.ReplaceAll(part, []byte("\n"), []byte("<a line feed alone>"))
		}
		text = bytes.Join(parts, []byte("\n"))
	}
	if bytes.Contains(archive.Comment, []byte("no final newline")) {
		if bytes.HasSuffix(text, []byte("\n")) {
			text = append(text, "<a final newline>"...)
		}
		text = append(text, '\n')
	}
	return text
}

// parseEdit reads "PATH = JSON" or "PATH gone".
func parseEdit(t *testing.T, line string) checks.Edit {
	t.Helper()
	line = strings.TrimSpace(line)
	if path, gone := strings.CutSuffix(line, " gone"); gone {
		return checks.Edit{Path: parsePath(path)}
	}
	path, text, found := strings.Cut(line, " = ")
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); !found || err != nil {
		t.Fatalf("%s: an edit is PATH = JSON or PATH gone: %v", line, err)
	}
	return checks.Edit{Path: parsePath(path), Value: integers(value)}
}

func integers(value any) any {
	switch value := value.(type) {
	case json.Number:
		n, _ := value.Int64()
		return int(n)
	case map[string]any:
		for key := range value {
			value[key] = integers(value[key])
		}
	case []any:
		for i := range value {
			value[i] = integers(value[i])
		}
	}
	return value
}

// parsePath is the inverse of Path.String for keys without brackets.
func parsePath(text string) inventory.Path {
	var path inventory.Path
	for step := range strings.SplitSeq(text, ".") {
		key, rest, _ := strings.Cut(step, "[")
		if key != "" {
			path = append(path, strings.ReplaceAll(key, "~", "."))
		}
		for part := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), "][") {
			if i, err := strconv.Atoi(part); err == nil {
				path = append(path, i)
			}
		}
	}
	return path
}

func objectsIn(t testing.TB, text []byte) []*inventory.Object {
	t.Helper()
	var all []*inventory.Object
	for _, d := range inventory.Documents(text) {
		objects, _, _ := d.Read("in")
		all = append(all, objects...)
	}
	return all
}

func lastObject(t testing.TB, text []byte) *inventory.Object {
	t.Helper()
	all := objectsIn(t, text)
	if len(all) == 0 {
		t.Fatalf("no object in:\n%s", text)
	}
	return all[len(all)-1]
}
