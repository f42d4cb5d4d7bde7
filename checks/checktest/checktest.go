// Package checktest runs one check on one fixture: a txtar archive whose
// sections are manifests that say where the check has to speak.
//
//	-- bad.yaml --     at least one; a line that is wrong ends in  # want "regexp"
//	-- good.yaml --    at least one; nothing may be found: the traps live here
//	-- fixed.yaml --   bad.yaml with the check's fixes applied; nothing is left
//	                   (fixed-more.yaml is for bad-more.yaml, if you like)
//	-- bad-live.signals --   numbers for bad-live.yaml, see signalsOf
//
// A want is matched against "severity: message". Behind it may stand
// fix "regexp", matched against the finding's fix, "title (safety)" or
// "title (safety, restarts)", and evidence "regexp", matched against each
// "path: value (basis)"; fix "^$" wants none to be offered. Words in a section's name,
// set off by dashes, choose the world: bad-live.yaml is a running cluster's
// objects with status and all kinds looked at, good-open.yaml a single file in
// which nothing may be called missing; without either the section is a closed
// directory. Comment lines say more about a section's world:
//
//	# unseen: PodDisruptionBudget    a kind that was not looked at
//	# kubernetes: 1.37.2             the server's version (live sections)
//	# keda: 2.21.0                   KEDA's version (live sections)
//	# parameter: minReplicas=3       a parameter of the check, as .infscale.yaml sets it
package checktest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/signals"
)

// Noon is the moment of every fixture's frame.
func Noon() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

// Run judges the fixture's sections by the check, and returns the kinds that
// the check read, and the numbers that it asked for, in any of them.
func Run(t *testing.T, check *checks.Check, fixture *txtar.Archive) (inventory.Reads, signals.Reads) {
	t.Helper()
	var reads inventory.Reads
	asked := signals.Reads{}
	bad, good := 0, 0
	for _, section := range fixture.Files {
		if strings.HasSuffix(section.Name, signalsEnding) {
			if sectionOf(fixture, strings.TrimSuffix(section.Name, signalsEnding)+".yaml") == nil {
				t.Errorf("%s: there is no section for these numbers", section.Name)
			}
			continue
		}
		report := Judge(t, check, fixture, section.Name, section.Data)
		for kind, was := range report.Reads[check.ID] {
			reads[kind] = reads[kind] || was
		}
		maps.Copy(asked, report.Asked[check.ID])
		wants := wantsOf(t, section)
		switch {
		case strings.HasPrefix(section.Name, "bad"):
			bad++
			if len(wants) == 0 {
				t.Errorf("%s: no line has a # want", section.Name)
			}
		case strings.HasPrefix(section.Name, "good"), strings.HasPrefix(section.Name, "fixed"):
			good++
			if len(wants) > 0 {
				t.Errorf("%s: a # want in a section where nothing may be found", section.Name)
			}
		default:
			t.Errorf("%s: a section is named bad…, good… or fixed…", section.Name)
		}
		compare(t, section.Name, report.Findings, wants)
		if rest, bad := strings.CutPrefix(section.Name, "bad"); bad {
			addNew(t, check, fixture, section, report.Findings)
			applyFixes(t, check, sectionOf(fixture, "fixed"+rest), section.Name == "bad.yaml", report.Findings)
		}
	}
	if bad == 0 || good == 0 {
		t.Errorf("%d bad and %d good sections; at least one of each is needed", bad, good)
	}
	return reads, asked
}

// Judge runs the check on the manifests of one section, with the fixture's
// numbers for it.
func Judge(t testing.TB, check *checks.Check, fixture *txtar.Archive, name string, text []byte) checks.Report {
	t.Helper()
	for _, setting := range comments(text, "parameter") {
		param, value, _ := strings.Cut(setting, "=")
		number, err := strconv.ParseFloat(value, 64)
		if err == nil {
			check, err = check.With(param, number)
		}
		if err != nil {
			t.Fatalf("%s: # parameter: %s: %v", name, setting, err)
		}
	}
	frame := checks.Frame{At: Noon(), Objects: Snapshot(t, name, text), Signals: signalsOf(t, fixture, name)}
	report := checks.Run(frame, []*checks.Check{check})
	for _, skip := range report.Skipped {
		if skip.Errored {
			t.Errorf("%s: %s", name, skip.Reason)
		}
	}
	return report
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}

func unseenKinds(text []byte) map[string]bool {
	unseen := map[string]bool{}
	for _, kind := range comments(text, "unseen") {
		unseen[kind] = true
	}
	return unseen
}

// comments returns what stands behind "# key:" in a section's lines, which may
// be lists with commas.
func comments(text []byte, key string) []string {
	var all []string
	for line := range strings.Lines(string(text)) {
		if list, found := strings.CutPrefix(line, "# "+key+":"); found {
			for _, item := range strings.Split(list, ",") {
				all = append(all, strings.TrimSpace(item))
			}
		}
	}
	return all
}

// comment is the last of the comments, or "".
func comment(text []byte, key string) string {
	all := append([]string{""}, comments(text, key)...)
	return all[len(all)-1]
}

// want is a finding that is due on a line.
type want struct {
	line     int
	pattern  *regexp.Regexp
	fix      *regexp.Regexp // nil: any
	evidence []*regexp.Regexp
	met      bool
}

var clause = regexp.MustCompile(`^(fix|evidence)? *("(?:[^"\\]|\\.)*") *`)

func wantsOf(t *testing.T, section txtar.File) []*want {
	t.Helper()
	var all []*want
	for i, line := range strings.Split(string(section.Data), "\n") {
		_, text, found := strings.Cut(line, "# want ")
		for found && strings.TrimSpace(text) != "" {
			parts := clause.FindStringSubmatch(text)
			if parts == nil || parts[1] != "" && len(all) == 0 {
				t.Fatalf("%s:%d: a want is a quoted regexp, with fix and evidence behind it: %s", section.Name, i+1, text)
			}
			text = text[len(parts[0]):]
			quoted, err := strconv.Unquote(parts[2])
			if err != nil {
				t.Fatalf("%s:%d: %s: %v", section.Name, i+1, parts[2], err)
			}
			pattern := regexp.MustCompile(quoted)
			switch parts[1] {
			case "fix":
				all[len(all)-1].fix = pattern
			case "evidence":
				all[len(all)-1].evidence = append(all[len(all)-1].evidence, pattern)
			default:
				all = append(all, &want{line: i + 1, pattern: pattern})
			}
		}
	}
	return all
}

func compare(t *testing.T, name string, findings []checks.Finding, wants []*want) {
	t.Helper()
	for _, f := range findings {
		said := fmt.Sprintf("%s: %s", f.Severity, f.Message)
		if w := meet(wants, f.At.Line, said); w != nil {
			compareMore(t, name, f, w)
		} else {
			t.Errorf("%s:%d: unexpected %s", name, f.At.Line, said)
		}
		checkShape(t, name, f)
	}
	for _, w := range wants {
		if !w.met {
			t.Errorf("%s:%d: no finding matches %q", name, w.line, w.pattern)
		}
	}
}

func meet(wants []*want, line int, said string) *want {
	for _, w := range wants {
		if !w.met && w.line == line && w.pattern.MatchString(said) {
			w.met = true
			return w
		}
	}
	return nil
}

// compareMore looks at a finding's fix and evidence.
func compareMore(t *testing.T, name string, f checks.Finding, w *want) {
	t.Helper()
	fix := ""
	if f.Fix != nil {
		fix = fmt.Sprintf("%s (%s)", f.Fix.Title, f.Fix.Safety)
		if f.Fix.Restarts {
			fix = fmt.Sprintf("%s (%s, restarts)", f.Fix.Title, f.Fix.Safety)
		}
	}
	if w.fix != nil && !w.fix.MatchString(fix) {
		t.Errorf("%s:%d: the fix is %q, want %q", name, w.line, fix, w.fix)
	}
	var evidence []string
	for _, e := range f.Evidence {
		evidence = append(evidence, fmt.Sprintf("%s: %s (%s)", e.Path, e.Value, e.Basis))
	}
	for _, pattern := range w.evidence {
		if !slices.ContainsFunc(evidence, pattern.MatchString) {
			t.Errorf("%s:%d: no evidence matches %q in %q", name, w.line, pattern, evidence)
		}
	}
}

// checkShape holds the habits of messages: lower case, no full stop, no
// control characters, and evidence for what is claimed.
func checkShape(t *testing.T, name string, f checks.Finding) {
	t.Helper()
	first := f.Message[:1]
	if first != strings.ToLower(first) || strings.HasSuffix(f.Message, ".") || strings.ContainsAny(f.Message, "\n\t\x1b") {
		t.Errorf("%s:%d: a message starts in lower case and is one line without a full stop: %q", name, f.At.Line, f.Message)
	}
	if len(f.Evidence) == 0 {
		t.Errorf("%s:%d: no evidence for %q", name, f.At.Line, f.Message)
	}
	if f.Severity > f.Check.Severity {
		t.Errorf("%s:%d: severity %s is worse than the check's %s", name, f.At.Line, f.Severity, f.Check.Severity)
	}
}
