package render

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"golang.org/x/net/html"

	"github.com/infscale/kubectl-infscale/checks"
)

// oneSeriesEach fails on a textfile that the collector would refuse.
func oneSeriesEach(t *testing.T, s string, out []byte) {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(out))
	if err != nil {
		t.Errorf("prometheus of %q: %v\n%s", s, err, out)
		return
	}
	for name, family := range families {
		seen := map[string]bool{}
		for _, m := range family.Metric {
			labels := ""
			for _, pair := range m.Label {
				labels += pair.GetName() + "=" + pair.GetValue() + "\x00"
			}
			if seen[labels] || m.TimestampMs != nil {
				t.Errorf("prometheus of %q: %s%q is there twice, or has a time", s, name, labels)
			}
			seen[labels] = true
		}
	}
}

// ownMarkupOnly fails when a text becomes an element, or when the page asks a
// browser for anything.
func ownMarkupOnly(t *testing.T, s string, out []byte) {
	t.Helper()
	tokens := html.NewTokenizer(bytes.NewReader(out))
	allowed := " html head meta title style body h1 h2 h3 ul li p b section article span details summary code a "
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		if kind == html.CommentToken || kind == html.StartTagToken && !strings.Contains(allowed, " "+token.Data+" ") {
			t.Errorf("html of %q has %s", s, token)
		}
		for _, attribute := range token.Attr {
			link := attribute.Key == "href" && token.Data == "a" && strings.HasPrefix(attribute.Val, "https://")
			if !link && !strings.Contains(" lang charset name content http-equiv class id rel ", " "+attribute.Key+" ") {
				t.Errorf("html of %q has %s", s, token)
			}
		}
	}
	for _, fetch := range []string{"url(", "@import", "<script", "<img", "<link", "<iframe"} {
		if bytes.Contains(bytes.ToLower(out), []byte(fetch)) && !strings.Contains(strings.ToLower(s), fetch) {
			t.Errorf("html of %q holds %s", s, fetch)
		}
	}
}

// The sources of a check are links, and the only ones.
func TestHTMLLinksItsSources(t *testing.T) {
	r, o := fullReport(t)
	want := 0
	for _, f := range r.Findings {
		if f.Suppression == nil {
			want += len(f.Check.Doc.Sources)
		}
	}
	if got := bytes.Count(write(t, "html", r, o), []byte("<a href=")); got != want || want == 0 {
		t.Errorf("%d links, want %d", got, want)
	}
}

func TestPrometheusHasNoClockOfItsOwn(t *testing.T) {
	r, o := fullReport(t)
	if out := write(t, "prometheus", r, o); bytes.Contains(out, []byte("timestamp")) {
		t.Errorf("a report about manifests has a time:\n%s", out)
	}
}

func TestGitLabFingerprintsAreUnique(t *testing.T) {
	r, o := fullReport(t)
	r.Findings = append(r.Findings, r.Findings...)
	var entries []codeQuality
	if err := json.Unmarshal(write(t, "gitlab", r, o), &entries); err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, f := range r.Findings {
		if f.Suppression == nil {
			held++
		}
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if seen[e.Fingerprint] || e.Location.Lines.Begin < 1 || e.Location.Path == "" || strings.HasPrefix(e.Location.Path, "./") {
			t.Errorf("a twin, or nowhere: %+v", e)
		}
		seen[e.Fingerprint] = true
	}
	if want := held + len(r.Problems); len(entries) != want {
		t.Errorf("%d entries, want %d", len(entries), want)
	}
}

func TestQualitySeverities(t *testing.T) {
	for severity, want := range map[checks.Severity]string{checks.Error: "critical", checks.Warning: "major", checks.Info: "info"} {
		if got := qualityOf(severity); got != want {
			t.Errorf("%s is %s, want %s", severity, got, want)
		}
	}
}
