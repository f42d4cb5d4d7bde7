package render

import (
	"bytes"
	"strings"

	"github.com/infscale/kubectl-infscale/checks"
)

// What a SARIF log says of us and of itself.
const (
	sarifSchema    = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	informationURI = "https://github.com/infscale/kubectl-infscale"
	// fingerprintName grows with what a fingerprint is made of.
	fingerprintName = "infscale/v1"
)

// writeSARIF is the report for code scanning: SARIF 2.1.0, one run.
func writeSARIF(out *bytes.Buffer, d *document, o Options) error {
	run := sarifRun{
		Invocations: []sarifInvocation{newInvocation(d, o)},
		ColumnKind:  "unicodeCodePoints",
		Results:     make([]sarifResult, 0, len(d.Findings)),
	}
	rules, index := newRules(d.Findings)
	run.Tool.Driver = sarifDriver{Name: "infscale", Version: Clean(o.ToolVersion), InformationURI: informationURI, Rules: rules}
	for _, f := range d.Findings {
		result := newResult(f, o)
		result.RuleIndex = index[f.Check]
		run.Results = append(run.Results, result)
	}
	return encode(out, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// newRules describes the checks that found something, in order of appearance,
// and says where each stands.
func newRules(findings []*finding) (rules []sarifRule, index map[string]int) {
	rules, index = []sarifRule{}, map[string]int{}
	for _, f := range findings {
		if _, done := index[f.Check]; done {
			continue
		}
		index[f.Check] = len(rules)
		rules = append(rules, newRule(f.of))
	}
	return rules, index
}

func newRule(c *checks.Check) sarifRule {
	rule := sarifRule{
		ID:               Clean(c.ID),
		ShortDescription: sarifTextOf(c.Doc.Title),
		FullDescription:  sarifTextOf(c.Doc.Why),
		Help:             newHelp(c.Doc),
		Configuration:    sarifLevel{levelOf(c.Severity)},
	}
	if c.Section != "" {
		rule.Properties = map[string]any{"tags": []string{Clean(string(c.Section))}}
	}
	for _, source := range c.Doc.Sources {
		if strings.HasPrefix(source, "https://") && rule.HelpURI == "" {
			rule.HelpURI = uriText(source)
		}
	}
	return rule
}

func sarifTextOf(text string) *sarifText {
	if text == "" {
		return nil
	}
	return &sarifText{Text: cleanLines(text)}
}

// newHelp joins what explain prints, as text and as Markdown.
func newHelp(doc checks.Doc) *sarifText {
	var text, markdown []string
	for _, part := range []struct{ title, body string }{
		{"Why", doc.Why}, {"Remedy", doc.Remedy}, {"When to leave it", doc.Ignore}, {"Sources", strings.Join(doc.Sources, "\n")},
	} {
		if part.body == "" {
			continue
		}
		body := cleanLines(part.body)
		text = append(text, part.title+": "+body)
		markdown = append(markdown, "**"+part.title+"**\n\n"+body)
	}
	if text == nil {
		return nil
	}
	return &sarifText{Text: strings.Join(text, "\n\n"), Markdown: strings.Join(markdown, "\n\n")}
}

func levelOf(s checks.Severity) string {
	switch s {
	case checks.Error:
		return "error"
	case checks.Warning:
		return "warning"
	}
	return "note"
}

func newResult(f *finding, o Options) sarifResult {
	result := sarifResult{
		RuleID:     f.Check,
		Level:      levelOf(f.rank),
		Message:    sarifMessage(f.Message),
		Locations:  []sarifLocation{},
		Baseline:   string(f.State),
		Properties: sarifProperties{CausedBy: f.CausedBy, Evidence: f.Evidence, Fix: f.Fix},
	}
	if f.Workload != nil {
		result.Properties.Workload = f.Workload.String()
	}
	if f.Fingerprint != "" {
		result.PartialFingerprints = map[string]string{fingerprintName: f.identity()}
	}
	if at := (sarifLocation{newPhysical(f.rawFile, f.Line, f.Column, o), newLogical(f)}); at.Physical != nil || at.Logical != nil {
		result.Locations = append(result.Locations, at)
	}
	if f.Suppression != nil {
		result.Suppressions = []sarifSuppression{newSARIFSuppression(f.Suppression)}
	}
	return result
}

// sarifMessage writes a message in which nothing reads as an embedded link.
func sarifMessage(text string) sarifText {
	return sarifText{Text: strings.ReplaceAll(text, "](", "] (")}
}

// newLogical names the object and the field, which is all there is to name of
// a cluster's object.
func newLogical(f *finding) []sarifLogical {
	if f.Ref.IsZero() {
		return nil
	}
	name := f.Ref.String()
	if f.Context != "" {
		name = f.Context + "/" + name
	}
	all := []sarifLogical{{Name: f.Ref.Name, FullyQualifiedName: name, Kind: "resource"}}
	if f.Path != "" {
		all = append(all, sarifLogical{Name: f.Path, FullyQualifiedName: name + "/" + f.Path, Kind: "property"})
	}
	return all
}

func newPhysical(file string, line, column int, o Options) *sarifPhysical {
	if file == "" {
		return nil
	}
	at := &sarifPhysical{Artifact: newArtifact(file, o.Root)}
	if line > 0 {
		at.Region = &sarifRegion{StartLine: line, StartColumn: max(column, 0)}
	}
	return at
}

// newSARIFSuppression tells annotations, which stand in the object itself, from
// entries in files beside it.
func newSARIFSuppression(s *suppression) sarifSuppression {
	out := sarifSuppression{Kind: "external", Justification: s.Reason, Properties: map[string]any{}}
	if strings.HasPrefix(s.Where, "annotation") {
		out.Kind = "inSource"
	}
	if s.Where != "" {
		out.Properties["where"] = s.Where
	}
	if s.Expires != "" {
		out.Properties["expires"] = s.Expires
	}
	return out
}

// newInvocation says how the run went: it did not succeed when a part of the
// input could not be read or a check broke.
func newInvocation(d *document, o Options) sarifInvocation {
	run := sarifInvocation{ExecutionSuccessful: true, Notifications: []sarifNotification{}}
	for _, p := range d.Problems {
		run.ExecutionSuccessful = false
		n := sarifNotification{Descriptor: sarifReference{"unreadable"}, Level: "error", Message: sarifMessage(inContext(p.Context) + p.Reason)}
		if at := newPhysical(p.rawFile, p.Line, p.Column, o); at != nil {
			n.Locations = []sarifLocation{{Physical: at}}
		}
		run.Notifications = append(run.Notifications, n)
	}
	for _, s := range d.Skipped {
		n := sarifNotification{Descriptor: sarifReference{"not-judged"}, Level: "warning"}
		if s.Check != checks.EveryCheck {
			n.AssociatedRule = &sarifReference{s.Check}
		}
		one := blind{context: s.Context, reasons: []string{s.Reason}, errored: s.Errored, checks: []string{s.Check}}
		if s.Namespace != "" {
			one.namespaces = []string{s.Namespace}
		}
		if s.Errored {
			run.ExecutionSuccessful = false
			n.Descriptor.ID, n.Level = "broken-check", "error"
		}
		n.Message = sarifMessage(one.String())
		run.Notifications = append(run.Notifications, n)
	}
	return run
}
