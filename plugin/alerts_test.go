package plugin

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// TestAlerts reads the alert rules as Prometheus does, and holds them to the
// metrics that are written for it.
func TestAlerts(t *testing.T) {
	read := parser.NewParser(parser.Options{})
	groups, errs := rulefmt.ParseFile("../krew/alerts.yaml", false, model.UTF8Validation, read, slog.New(slog.DiscardHandler))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	out, err := os.ReadFile("../testdata/golden/report.prom")
	if err != nil {
		t.Fatal(err)
	}
	rules := 0
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			rules++
			expr, err := read.ParseExpr(rule.Expr)
			if err != nil {
				t.Fatal(err)
			}
			for _, selectors := range parser.ExtractSelectors(expr) {
				for _, matcher := range selectors {
					if matcher.Name == model.MetricNameLabel && !strings.Contains(string(out), "# TYPE "+matcher.Value+" ") {
						t.Errorf("%s reads %s, which is not written", rule.Alert, matcher.Value)
					}
				}
			}
		}
	}
	if rules == 0 {
		t.Error("no alert was read")
	}
}
