package plugin

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// repaired is the demo with all its safe fixes applied by the screen's functions,
// in a cluster that fails at every write of fails.
type repaired struct {
	t       *testing.T
	world   *sim.World
	repairs *repairs
	fails   map[int]bool
	writes  int
}

func repairDemo(t *testing.T) *repaired {
	t.Helper()
	world, err := sim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	d := &repaired{t: t, world: world, fails: map[int]bool{}}
	cluster := demoCluster(world)
	patch := cluster.Patch
	cluster.Patch = func(ctx context.Context, of fix.Target, with fix.Patch, dryRun bool) (fix.Result, error) {
		if !dryRun {
			if d.writes++; d.fails[d.writes] {
				return fix.Result{}, &fix.Refused{Ref: of.Ref, Reason: "too many requests"}
			}
		}
		return patch(ctx, of, with, dryRun)
	}
	fixer := &fix.Fixer{Cluster: cluster, Journal: fix.Journal{Dir: filepath.Join(t.TempDir(), "journal")}, Server: "demo", Now: time.Now}
	d.repairs = &repairs{fixer: func() (*fix.Fixer, error) { return fixer, nil }}
	return d
}

// safe are the findings of the demo that have safe fixes.
func (d *repaired) safe() (all, chosen []checks.Finding) {
	frame, err := d.world.Load(context.Background(), checks.Needs{})
	if err != nil {
		d.t.Fatal(err)
	}
	all = checks.Run(frame, rules.All()).Findings
	return all, fix.Choice{AllSafe: true}.Choose(all)
}

// TestUndoGoesOn: when one of several objects cannot be undone, the next try
// begins with that one, and not with what is undone already.
func TestUndoGoesOn(t *testing.T) {
	d := repairDemo(t)
	all, chosen := d.safe()
	preview, err := d.repairs.preview(t.Context(), all, chosen)
	if err != nil {
		t.Fatal(err)
	}
	said, err := preview.Apply(t.Context())
	if err != nil || !strings.Contains(said, " objects") {
		t.Fatalf("%q, %v", said, err)
	}
	_, left := d.safe()
	d.writes = 0
	d.fails[2] = true
	var refused *fix.Refused
	if _, err := d.repairs.undo(t.Context()); !errors.As(err, &refused) || !strings.Contains(err.Error(), "took back the fixes of ") {
		t.Fatalf("the failure is not told: %v", err)
	}
	if _, err := d.repairs.undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, again := d.safe(); len(left) >= len(chosen) || len(again) != len(chosen) {
		t.Errorf("%d findings, %d once they were repaired, %d after the undo", len(chosen), len(left), len(again))
	}
	if said, err := d.repairs.undo(t.Context()); err != nil || !strings.Contains(said, "nothing was applied here") {
		t.Errorf("%q, %v", said, err)
	}
}

// TestPreviewOfWhatIsHeld: beside what can be applied, the screen shows no
// difference of an object that somebody else owns, and names each of them.
func TestPreviewOfWhatIsHeld(t *testing.T) {
	d := repairDemo(t)
	all, chosen := d.safe()
	var scalers []string
	for _, f := range chosen {
		if name := f.Fix.Object.Short(); f.Fix.New == nil && !slices.Contains(scalers, name) {
			scalers = append(scalers, name)
		}
	}
	if len(scalers) < 3 {
		t.Fatalf("the demo has safe fixes for %s alone", scalers)
	}
	held := scalers[:2]
	fixer, err := d.repairs.fixer()
	if err != nil {
		t.Fatal(err)
	}
	get := fixer.Cluster.Get
	fixer.Cluster.Get = func(ctx context.Context, of fix.Target) (fix.Content, error) {
		content, err := get(ctx, of)
		if err == nil && slices.Contains(held, of.Short()) {
			meta := content["metadata"].(map[string]any)
			meta["annotations"] = map[string]any{"argocd.argoproj.io/tracking-id": "shop"}
		}
		return content, err
	}
	preview, err := d.repairs.preview(t.Context(), all, chosen)
	if err != nil || preview.Apply == nil || preview.Refusal != "" {
		t.Fatalf("nothing can be applied: %s, %v", preview.Refusal, err)
	}
	notes := strings.Join(preview.Notes, "\n")
	for _, name := range held {
		if strings.Contains(preview.Diff, name+" ") || !strings.Contains(notes, name+" is left out: Argo CD") {
			t.Errorf("%s: the notes are\n%s\nand the difference\n%s", name, notes, preview.Diff)
		}
	}
	var theirs []checks.Finding
	for _, f := range chosen {
		if slices.Contains(held, f.Fix.Object.Short()) && f.Fix.New == nil {
			theirs = append(theirs, f)
		}
	}
	preview, err = d.repairs.preview(t.Context(), all, theirs)
	if err != nil || preview.Apply != nil {
		t.Fatalf("what Argo CD owns can be applied: %v", err)
	}
	for _, name := range held {
		if !strings.Contains(preview.Refusal, name+": Argo CD") || !strings.Contains(preview.Diff, name+" (fixed)") {
			t.Errorf("%s: refused is %q, and the difference\n%s", name, preview.Refusal, preview.Diff)
		}
	}
}
