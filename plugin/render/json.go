package render

import (
	"bytes"
	"encoding/json"
)

// writeJSON is the report for programs. Its names are stable.
func writeJSON(out *bytes.Buffer, d *document, _ Options) error { return encode(out, d) }

// encode writes indented JSON in which <, > and & stay readable.
func encode(out *bytes.Buffer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
