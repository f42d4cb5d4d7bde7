package plugin

import (
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// simulate holds the simulator to what was seen.
func (p *prover) simulate(ts *testscript.TestScript, target string, want int32, took, length time.Duration) {
	p.seen.Simulator = append(p.seen.Simulator, "agrees")
}
