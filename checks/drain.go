package checks

import (
	"fmt"
	"time"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// WaitForRequests is the fix for an engine that does not wait for its requests
// by itself: a preStop hook that does. Its edits are left out where nobody knows
// with which program the container could ask. llama.cpp's images have curl, for
// their own health check (.devops/*.Dockerfile), and the hook needs --metrics.
func WaitForRequests(p *Pass, w *inventory.Workload) *Fix {
	fix := &Fix{Title: "let a preStop hook wait until no request is running", Safety: Manual, Object: w.Owner}
	port, known := w.Port()
	if w.EngineID() != inventory.LlamaCpp || !known || !w.Args.Has("--metrics") || w.PreStop().Open || w.Generated() || w.Operated {
		return fix
	}
	const routing, usual = 15 * time.Second, 2 * time.Minute // for the Service to forget the pod, and for its requests
	pause := max(routing, w.PreStop().Sleep)
	const script = `sleep %.0f; while curl -fs http://localhost:%d/metrics | grep -q '^llamacpp:requests_processing [1-9]'; do sleep 2; done`
	command := []any{"sh", "-c", fmt.Sprintf(script, pause.Seconds(), port)}
	fix.Safety, fix.Restarts = Unsafe, true
	fix.Edits = []Edit{Set(map[string]any{"exec": map[string]any{"command": command}}, w.ContainerPath.Join("lifecycle", "preStop")...)}
	if grace, _ := p.Grace(w); grace < inventory.GraceFor(pause, usual) {
		fix.Edits = append(fix.Edits, Set(int(inventory.GraceFor(pause, usual).Seconds()), w.GracePath()...))
	}
	return fix
}
