package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Parse reads the document into a node whose lines are those of the file. Its
// error knows the line; ParseProblem brings it out.
func (d Document) Parse() (*yaml.Node, error) {
	if isJSON(d.Text) {
		if node, err := parseJSON(d); err == nil {
			return node, nil
		} // else it may be YAML in flow style; if not, that parser says what is wrong
	}
	if err := d.unreadable(); err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(d.Text))
	var node, more yaml.Node
	if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
		return &yaml.Node{Line: d.Line, Column: 1}, nil
	} else if err != nil {
		return nil, d.place(err)
	}
	switch err := decoder.Decode(&more); {
	case err == nil:
		return nil, placed{d.Line + more.Line - 1, "a second document starts without a line that holds --- alone"}
	case !errors.Is(err, io.EOF):
		return nil, d.place(err)
	}
	shift(&node, d.Line-1)
	return &node, nil
}

// ParseProblem is an error of Parse as a Problem of the file.
func ParseProblem(err error, file string) Problem {
	var at placed
	if errors.As(err, &at) {
		return Problem{File: file, Line: at.line, Reason: at.reason}
	}
	return Problem{File: file, Reason: err.Error()}
}

func isJSON(text []byte) bool {
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{'
}

func shift(node *yaml.Node, lines int) {
	if lines == 0 {
		return
	}
	node.Line += lines
	for _, inner := range node.Content {
		shift(inner, lines)
	}
}

// placed is a parse error with the line in the file.
type placed struct {
	line   int
	reason string
}

func (p placed) Error() string { return fmt.Sprintf("line %d: %s", p.line, p.reason) }

// unreadable finds the bytes that no YAML may hold, because the parser does not
// say where it met them.
func (d Document) unreadable() error {
	if bytes.HasPrefix(d.Text, []byte("\xff\xfe")) || bytes.HasPrefix(d.Text, []byte("\xfe\xff")) {
		// Windows PowerShell makes this of "helm template > file".
		return placed{d.Line, "the text is UTF-16; save it as UTF-8"}
	}
	for i, c := range d.Text {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return placed{d.lineAt(i), fmt.Sprintf("the text holds the control character 0x%02x", c)}
		}
	}
	if utf8.Valid(d.Text) {
		return nil
	}
	at := 0
	for r, size := rune(0), 0; ; at += size {
		if r, size = utf8.DecodeRune(d.Text[at:]); r == utf8.RuneError && size == 1 {
			return placed{d.lineAt(at), fmt.Sprintf("the text is not UTF-8: byte 0x%02x", d.Text[at])}
		}
	}
}

func (d Document) lineAt(offset int) int {
	return d.Line + bytes.Count(d.Text[:offset], []byte("\n"))
}

// place finds the line of a parser's error. The parser leaves it out for the
// first line, and for one kind of error names the line where the surrounding
// mapping starts, less one.
func (d Document) place(err error) error {
	line, reason := splitError(err)
	switch {
	case strings.HasPrefix(reason, "did not find expected"):
		line = d.firstFailure(reason)
	case strings.HasPrefix(reason, "unknown anchor '"):
		name, _, _ := strings.Cut(strings.TrimPrefix(reason, "unknown anchor '"), "'")
		line = d.lineAt(max(0, bytes.Index(d.Text, []byte("*"+name)))) - d.Line + 1
	}
	return placed{d.Line + line - 1, reason}
}

// splitError takes "yaml: line 3: reason" apart; without a line it is the
// first.
func splitError(err error) (line int, reason string) {
	reason = strings.TrimPrefix(err.Error(), "yaml: ")
	rest, found := strings.CutPrefix(reason, "line ")
	number, rest, _ := strings.Cut(rest, ": ")
	if line, err := strconv.Atoi(number); found && err == nil && line > 0 {
		return line, rest
	}
	return 1, reason
}

// firstFailure finds the line that brings an error about, by parsing ever
// better chosen beginnings of the document. Of a huge one it is the first.
func (d Document) firstFailure(reason string) int {
	const most = 4 << 20 // bytes; two dozen times over this takes seconds
	if len(d.Text) > most {
		return 1
	}
	rows := bytes.SplitAfter(d.Text, []byte("\n"))
	good, bad, length := 0, len(rows), 0
	ends := make([]int, len(rows)+1)
	for i, row := range rows {
		length += len(row)
		ends[i+1] = length
	}
	for bad-good > 1 {
		middle := (good + bad) / 2
		var node yaml.Node
		if _, got := splitError(orEmpty(yaml.Unmarshal(d.Text[:ends[middle]], &node))); got == reason {
			bad = middle
		} else {
			good = middle
		}
	}
	return bad
}

func orEmpty(err error) error {
	if err == nil {
		return errors.New("")
	}
	return err
}
