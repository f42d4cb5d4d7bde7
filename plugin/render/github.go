package render

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
)

// writeGitHub is the report as workflow commands: one annotation a finding,
// the worst first, because GitHub shows only the first few of a step. The last
// line is for the log.
func writeGitHub(out *bytes.Buffer, d *document, o Options) error {
	for _, p := range d.Problems {
		command(out, "error", at(p.rawFile, p.Line, p.Column, o), "could not be read", inContext(p.Context)+p.Reason)
	}
	for _, f := range worstFirst(d) {
		title, text := f.Check, f.Message
		if f.File == "" {
			title = strings.TrimSpace(title + " " + inContext(f.Context) + f.Ref.String())
			text = strings.TrimPrefix(f.Path+": "+text, ": ")
		}
		if f.CausedBy != "" {
			text += " (caused by " + f.CausedBy + ")"
		}
		if f.Fix != nil {
			text += "\nfix: " + f.Fix.String()
		}
		command(out, commandOf(f.rank), at(f.rawFile, f.Line, f.Column, o), title, text)
	}
	for _, b := range d.blindSpots() {
		command(out, "notice", nil, "not judged", b.String())
	}
	out.WriteString("infscale: " + d.headline(checks.Info) + "\n")
	return nil
}

// worstFirst lists the findings that are held against their author: the worst
// first, and causes before symptoms.
func worstFirst(d *document) []*finding {
	var causes, symptoms []*finding
	for _, g := range d.groups(atLeast(checks.Info)) {
		for _, c := range g.causes {
			causes = append(causes, c.finding)
			symptoms = append(symptoms, c.symptoms...)
		}
	}
	all := append(causes, symptoms...)
	slices.SortStableFunc(all, func(a, b *finding) int { return int(b.rank) - int(a.rank) })
	return all
}

func commandOf(s checks.Severity) string {
	switch s {
	case checks.Error:
		return "error"
	case checks.Warning:
		return "warning"
	}
	return "notice"
}

// at is the place of an annotation as properties of its command; none for what
// is in no file.
func at(file string, line, column int, o Options) []string {
	if file == "" {
		return nil
	}
	properties := []string{"file=" + property(Clean(relativeTo(o.Root, file)))}
	if line > 0 {
		properties = append(properties, "line="+strconv.Itoa(line))
		if column > 0 {
			properties = append(properties, "col="+strconv.Itoa(column))
		}
	}
	return properties
}

// command writes one workflow command: ::error file=a.yaml,line=3::message.
func command(out *bytes.Buffer, name string, place []string, title, message string) {
	properties := append(place, "title="+property(title))
	out.WriteString("::" + name + " " + strings.Join(properties, ",") + "::" + data(message) + "\n")
}

// property escapes the value of a command's property.
func property(value string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(value)
}

// data escapes the message of a command.
func data(message string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(message)
}
