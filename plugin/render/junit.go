package render

import (
	"bytes"
	"encoding/xml"
)

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Skipped  int           `xml:"skipped,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	File    string       `xml:"file,attr,omitempty"`
	Line    int          `xml:"line,attr,omitempty"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
	Skipped *junitResult `xml:"skipped"`
	Output  string       `xml:"system-out,omitempty"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// writeJUnit is the report as JUnit XML: one suite a workload, or an object
// beside them. Findings below FailOn pass, with what they say as output.
func writeJUnit(out *bytes.Buffer, d *document, o Options) error {
	all := &junitSuites{Name: "infscale"}
	seen := map[*workload]bool{}
	for _, g := range d.groups(func(*finding) bool { return true }) {
		seen[g.workload] = true
		all.add(groupSuite(g, o))
	}
	for _, w := range d.Workloads {
		if !seen[w] {
			name := inContext(w.Context) + w.Ref.String()
			all.add(&junitSuite{Name: name, Cases: []junitCase{{Class: name, Name: "nothing found"}}})
		}
	}
	all.add(blindSuite(d))
	all.add(problemSuite(d, o))
	out.WriteString(xml.Header)
	e := xml.NewEncoder(out)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	return out.WriteByte('\n')
}

// add counts a suite and takes it in, unless it is empty.
func (all *junitSuites) add(s *junitSuite) {
	if len(s.Cases) == 0 {
		return
	}
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	all.Tests, all.Failures = all.Tests+s.Tests, all.Failures+s.Failures
	all.Errors, all.Skipped = all.Errors+s.Errors, all.Skipped+s.Skipped
	all.Suites = append(all.Suites, s)
}

func groupSuite(g *group, o Options) *junitSuite {
	name := inContext(g.context) + g.ref.String()
	if g.ref.IsZero() {
		name = "no object"
	}
	s := &junitSuite{Name: name}
	for _, c := range g.causes {
		s.Cases = append(s.Cases, findingCase(name, c.finding, o))
		for _, symptom := range c.symptoms {
			s.Cases = append(s.Cases, findingCase(name, symptom, o))
		}
	}
	return s
}

func findingCase(class string, f *finding, o Options) junitCase {
	c := junitCase{Class: class, Name: f.Check + " (" + f.object() + ")", Line: f.Line}
	if f.File != "" {
		c.File = Clean(relativeTo(o.Root, f.rawFile))
	}
	switch text := findingText(f); {
	case f.Suppression != nil:
		c.Skipped = &junitResult{Message: "suppressed: " + f.Suppression.String(), Text: text}
	case f.rank >= o.FailOn:
		c.Failure = &junitResult{Message: f.Message, Type: f.Severity, Text: text}
	default:
		c.Output = text
	}
	return c
}

// findingText is what a reader of a failed test wants: what, where, and what
// to do.
func findingText(f *finding) string {
	text := f.Severity + ": " + f.Message + "\nat " + f.place()
	if f.CausedBy != "" {
		text += "\ncaused by " + f.CausedBy
	}
	if f.Fix != nil {
		text += "\nfix: " + f.Fix.String()
	}
	return text + "\n"
}

func blindSuite(d *document) *junitSuite {
	s := &junitSuite{Name: "not judged"}
	for _, skipped := range d.Skipped {
		c := junitCase{Class: "not judged", Name: skipped.Check}
		if skipped.Namespace != "" {
			c.Name += " in " + skipped.Namespace
		}
		c.Name = inContext(skipped.Context) + c.Name
		if skipped.Errored {
			c.Error = &junitResult{Message: skipped.Reason, Type: "broken check"}
		} else {
			c.Skipped = &junitResult{Message: skipped.Reason}
		}
		s.Cases = append(s.Cases, c)
	}
	return s
}

func problemSuite(d *document, o Options) *junitSuite {
	s := &junitSuite{Name: "input"}
	for _, p := range d.Problems {
		s.Cases = append(s.Cases, junitCase{
			Class: "input", Name: p.place(), File: Clean(relativeTo(o.Root, p.rawFile)), Line: p.Line,
			Error: &junitResult{Message: p.Reason, Type: "could not be read"},
		})
	}
	return s
}
