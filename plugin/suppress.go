package plugin

import (
	"fmt"
	"maps"
	"path"
	"strings"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// ignoreAnnotation holds suppressions on an object or its pod template:
// "check-id: reason; other-id until 2027-01-01: reason".
const ignoreAnnotation = "infscale.dev/ignore"

// ignoreUse is what came of the suppressions in one report.
type ignoreUse struct {
	used   map[string]bool // entries of configuration files, by their place
	broken map[string]bool // what is wrong with malformed and past ones
}

// suppress marks the findings that somebody said may stay. A malformed or past
// suppression suppresses nothing.
func suppress(report *checks.Report, o options, now time.Time) ignoreUse {
	use := ignoreUse{map[string]bool{}, map[string]bool{}}
	for i := range report.Findings {
		f := &report.Findings[i]
		var entries []ignore
		if !o.noInline {
			for _, entry := range inlineIgnores(f) {
				if entry.Check == f.Check.ID || entry.problem(now) != "" {
					entries = append(entries, entry)
				}
			}
		}
		for _, entry := range o.ignores {
			if entry.matches(f) {
				entries = append(entries, entry)
			}
		}
		for _, entry := range entries {
			if problem := entry.problem(now); problem != "" {
				use.broken[problem] = true
				continue
			}
			use.used[entry.where] = true
			if f.Suppression == nil {
				f.Suppression = &checks.Suppression{Reason: entry.Reason, Expires: entry.until, Where: entry.where}
			}
		}
	}
	return use
}

// ignoreNotes says what is wrong with the suppressions themselves: with unused
// ones too, unless a part of what they may be about was not seen.
func ignoreNotes(o options, now time.Time, partly bool, uses []ignoreUse) []string {
	used, broken := map[string]bool{}, map[string]bool{}
	for _, use := range uses {
		maps.Copy(used, use.used)
		maps.Copy(broken, use.broken)
	}
	var notes []string
	for _, entry := range o.ignores {
		if problem := entry.problem(now); problem != "" {
			broken[problem] = true
		} else if !partly && !used[entry.where] && selected(o.checks, entry.Check) {
			notes = append(notes, fmt.Sprintf("%s: the ignore of %s matches nothing", entry.where, entry.Check))
		}
	}
	return append(notes, sortedKeys(broken)...)
}

func selected(list []*checks.Check, id string) bool {
	for _, check := range list {
		if check.ID == id {
			return true
		}
	}
	return false
}

// problem says why a suppression does not count.
func (i ignore) problem(now time.Time) string {
	switch {
	case i.Check == "" || strings.TrimSpace(i.Reason) == "":
		return fmt.Sprintf("%s: a suppression is written \"check-id: reason\" or \"check-id until 2027-01-31: reason\"; this one counts for nothing", i.where)
	case i.Until != "" && i.until.IsZero():
		return fmt.Sprintf("%s: the suppression of %s has no readable date (%q) and counts for nothing", i.where, i.Check, i.Until)
	case !i.until.IsZero() && !now.Before(i.until.AddDate(0, 0, 1)):
		return fmt.Sprintf("%s: the suppression of %s ended on %s", i.where, i.Check, i.Until)
	}
	return ""
}

func (i ignore) matches(f *checks.Finding) bool {
	if i.Check != f.Check.ID {
		return false
	}
	if i.Object == "" {
		return true
	}
	for _, ref := range refsOf(f) {
		for _, name := range []string{ref.String(), ref.Short(), ref.Name} {
			if ok, err := path.Match(i.Object, name); err == nil && ok {
				return true
			}
		}
	}
	return false
}

func refsOf(f *checks.Finding) []inventory.Ref {
	refs := []inventory.Ref{f.At.Object.Ref}
	if f.Workload != nil {
		refs = append(refs, f.Workload.Object.Ref)
	}
	return refs
}

// inlineIgnores reads the annotations of the object a finding is about, and
// of its workload and that one's pod template.
func inlineIgnores(f *checks.Finding) []ignore {
	var all []ignore
	texts := map[string]string{}
	add := func(ref inventory.Ref, annotations map[string]string) {
		if text := annotations[ignoreAnnotation]; text != "" {
			texts[ref.String()+"\x00"+text] = text
		}
	}
	add(f.At.Object.Ref, f.At.Object.Meta.Annotations)
	if w := f.Workload; w != nil && w.Object == f.At.Object && w.Template != nil {
		add(w.Object.Ref, w.Template.Annotations)
	}
	for _, key := range sortedKeys(texts) {
		ref, text, _ := strings.Cut(key, "\x00")
		for _, part := range strings.Split(text, ";") {
			if strings.TrimSpace(part) != "" {
				all = append(all, parseInline(part, ref+" "+ignoreAnnotation))
			}
		}
	}
	return all
}

// parseInline reads "check-id until 2027-01-01: reason".
func parseInline(text, where string) ignore {
	head, reason, _ := strings.Cut(text, ":")
	entry := ignore{Reason: strings.TrimSpace(reason), where: where}
	words := strings.Fields(head)
	switch {
	case len(words) == 1:
		entry.Check = words[0]
	case len(words) == 3 && words[1] == "until":
		entry.Check, entry.Until = words[0], words[2]
		if until, err := time.Parse(time.DateOnly, words[2]); err == nil {
			entry.until = until
		}
	}
	return entry
}
