package plugin

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks/rules"
)

func TestParametersErrors(t *testing.T) {
	cases := []struct{ name, text, wrong string }{
		{"one check", "pdb-missing:\n  x: 1", "line 2: pdb-missing has no parameters"},
		{"an unknown check", "pdb-mising:\n  x: 1", `line 1: no check is called "pdb-mising"; did you mean "pdb-missing"?`},
		{"a misspelt parameter", "startup-window-too-short:\n  hubSlowestGiBperSecond: 1", `line 2: startup-window-too-short has no parameter "hubSlowestGiBperSecond"; did you mean "hubSlowestGiBPerSecond"?`},
		{"misspelt for all", "all:\n  warmupSlowestSecond: 1", `line 2: no check has a parameter "warmupSlowestSecond"; did you mean "warmupSlowestSeconds"?`},
		{"out of bounds", "all:\n  warmupSlowestSeconds: -1", "line 2: warmupSlowestSeconds of"},
		{"no number", "all:\n  warmupSlowestSeconds: 5m", `line 2: warmupSlowestSeconds is a number, found "5m"`},
		{"not a number", "all:\n  warmupSlowestSeconds: .nan", "from 0 to 7200, found NaN"},
		{"no mapping", "all: 5", "line 1: must be a mapping"},
	}
	for _, c := range cases {
		var p parameters
		if err := yaml.Unmarshal([]byte(c.text), &p); err == nil || !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.wrong)
		}
	}
}

func TestParametersTune(t *testing.T) {
	var p parameters
	text := "all: {warmupSlowestSeconds: 100}\nstartup-window-too-short: {warmupSlowestSeconds: 200}\n"
	if err := yaml.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, check := range p.tune(rules.All()) {
		for _, param := range check.Params {
			if param.Name == "warmupSlowestSeconds" {
				got[check.ID] = param.Value
			}
		}
	}
	if got["startup-window-too-short"] != 200 || got["progress-deadline-too-short"] != 100 {
		t.Errorf("tuned to %v", got)
	}
	for _, param := range rules.ByID("startup-window-too-short").Params {
		if param.Name == "warmupSlowestSeconds" && param.Value != 300 {
			t.Errorf("the check itself was changed to %g", param.Value)
		}
	}
}
