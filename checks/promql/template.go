package promql

import (
	"fmt"
	"strings"
)

// filled is a template with its actions replaced, and where that was done.
type filled struct {
	text string
	gaps []gap
}

// gap is one replaced action: where it stood, where its replacement stands.
type gap struct {
	from, to       int // in the template
	newFrom, newTo int // in the filled text
}

// fillTemplate replaces the actions of a prometheus-adapter metrics query. The
// adapter runs them as Go templates; only the plain fields that its
// documentation names are read here.
func fillTemplate(template string, value func(action string) (string, bool)) (filled, error) {
	var out strings.Builder
	var f filled
	at := 0
	for {
		open := strings.Index(template[at:], "<<")
		if open < 0 {
			break
		}
		open += at
		length := strings.Index(template[open:], ">>")
		if length < 0 {
			return filled{}, fmt.Errorf("template action %q is not closed", template[open:])
		}
		end := open + length + len(">>")
		action := strings.Join(strings.Fields(strings.Trim(template[open+len("<<"):end-len(">>")], "- ")), " ")
		text, ok := value(action)
		if !ok {
			return filled{}, fmt.Errorf("template action %q cannot be read", action)
		}
		out.WriteString(template[at:open])
		f.gaps = append(f.gaps, gap{from: open, to: end, newFrom: out.Len(), newTo: out.Len() + len(text)})
		out.WriteString(text)
		at = end
	}
	out.WriteString(template[at:])
	f.text = out.String()
	return f, nil
}

// origin maps a position in the filled text back to the template; false inside
// of a replacement.
func (f filled) origin(at int) (int, bool) {
	shift := 0
	for _, g := range f.gaps {
		if at < g.newFrom {
			break
		}
		if at < g.newTo {
			return 0, false
		}
		shift = g.to - g.newTo
	}
	return at + shift, true
}
