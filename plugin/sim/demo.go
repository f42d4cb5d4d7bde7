package sim

import _ "embed"

// demoScenario lies beside the code because go:embed reaches no other folder.
//
//go:embed demo.yaml
var demoScenario []byte

// Demo starts the world of --demo.
func Demo() (*World, error) {
	s, err := ParseScenario(demoScenario, "demo.yaml")
	if err != nil {
		return nil, err
	}
	return NewWorld(s)
}

// DemoLoad is the demo's load and capacity without its objects, from before
// lunch until after it.
func DemoLoad() (*Scenario, error) {
	s, err := ParseScenario(demoScenario, "demo.yaml")
	if err != nil {
		return nil, err
	}
	s.Objects = nil
	return s, nil
}
