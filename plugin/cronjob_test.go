package plugin

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// TestCronJobHasTheSmallestRole holds the ready manifest to what doctor -A
// --print-rbac prints.
func TestCronJobHasTheSmallestRole(t *testing.T) {
	var role bytes.Buffer
	if err := source.PrintRBAC(&role, checks.NeedsOf(rules.All()), nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../krew/cronjob.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), role.String()) {
		t.Error("krew/cronjob.yaml has another role than doctor -A --print-rbac prints")
	}
}
