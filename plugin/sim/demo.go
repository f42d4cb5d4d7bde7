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
