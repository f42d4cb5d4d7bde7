package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/sim"
	"github.com/infscale/kubectl-infscale/tui"
)

// openDemo starts the built-in simulated cluster, at the beginning of its peak.
func (w *watchRun) openDemo(world *sim.World) (tui.Session, error) {
	world.Advance(demoBegin)
	session := tui.Session{Context: "demo", Feed: world, Pace: demoPace(world), Namespace: w.only.namespace}
	dir, err := os.MkdirTemp("", "infscale-demo-") // what is repaired here is nobody's business later
	if err != nil {
		return session, couldNot(err)
	}
	session.Close = func() { os.RemoveAll(dir) }
	if !w.readOnly {
		fixer := &fix.Fixer{Cluster: demoCluster(world), Journal: fix.Journal{Dir: dir}, Server: "demo", Now: time.Now}
		r := &repairs{fixer: func() (*fix.Fixer, error) { return fixer, nil }}
		session.Actions = tui.Actions{Preview: r.preview, Undo: r.undo}
	}
	return session, nil
}

// demoBegin is how far into the demo watch begins: its peak comes within a minute
// of watching.
const demoBegin = 15 * time.Minute

// The slowest and the fastest demo: simulated time a real second.
const (
	slowestDemo = time.Second
	fastestDemo = 5 * time.Minute
)

// demoPace changes how fast the simulated clock goes.
func demoPace(world *sim.World) func(float64) string {
	return func(factor float64) string {
		p := world.Pace()
		if factor != 1 {
			step := min(max(time.Duration(float64(p.Step)*factor), slowestDemo), fastestDemo)
			p.Step = step.Round(time.Second)
			world.SetPace(p)
		}
		return fmt.Sprintf("%gx", p.Step.Seconds()/p.Every.Seconds())
	}
}

// demoCluster lets fixes change the simulated objects. Where the world refuses
// one, the fix is refused.
func demoCluster(world *sim.World) fix.Cluster {
	d := demoObjects{world}
	return fix.Cluster{
		Get: fix.InMemory(d.get, nil).Get,
		Patch: func(ctx context.Context, of fix.Target, with fix.Patch, dryRun bool) (fix.Result, error) {
			return d.write(of, func(c fix.Cluster) (fix.Result, error) { return c.Patch(ctx, of, with, dryRun) })
		},
		Create: func(ctx context.Context, of fix.Target, object fix.Content, dryRun bool) (fix.Result, error) {
			return d.write(of, func(c fix.Cluster) (fix.Result, error) { return c.Create(ctx, of, object, dryRun) })
		},
		Delete: func(ctx context.Context, of fix.Target, uid string, dryRun bool) (fix.Result, error) {
			return d.write(of, func(c fix.Cluster) (fix.Result, error) { return c.Delete(ctx, of, uid, dryRun) })
		},
	}
}

// demoObjects are the world's, as fixes see objects.
type demoObjects struct{ world *sim.World }

func (d demoObjects) get(of fix.Target) fix.Content {
	text, err := d.world.Get(of.Ref)
	if err != nil {
		return nil
	}
	var content fix.Content
	if json.Unmarshal(text, &content) != nil {
		return nil
	}
	return content
}

// write lets one write reach the world, and tells what that says to it.
func (d demoObjects) write(of fix.Target, one func(fix.Cluster) (fix.Result, error)) (fix.Result, error) {
	var refused error
	result, err := one(fix.InMemory(d.get, func(of fix.Target, content fix.Content) { refused = d.put(of, content) }))
	if err == nil && refused != nil {
		err = &fix.Refused{Ref: of.Ref, Reason: refused.Error(), Conflict: errors.Is(refused, sim.ErrConflict)}
	}
	return result, err
}

// put writes an object, or forgets it. The version was compared already, and
// the world counts it by itself.
func (d demoObjects) put(of fix.Target, content fix.Content) error {
	if content == nil {
		return d.world.Delete(of.Ref, "")
	}
	if meta, ok := content["metadata"].(map[string]any); ok {
		delete(meta, "resourceVersion")
	}
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return d.world.Put(of.Ref, text)
}
