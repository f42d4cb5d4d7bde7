package plugin

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// always is a source of one frame.
type always checks.Frame

func (f always) Load(context.Context, checks.Needs) (checks.Frame, error) {
	return checks.Frame(f), nil
}

// without is the frame as it looks to who cannot list a kind.
func without(frame checks.Frame, kind inventory.Kind, reason string) checks.Frame {
	b := inventory.NewBuilder()
	dump := frame.Objects.Dump()
	b.Live(dump.Server)
	for _, o := range dump.Objects {
		if o.Type != kind {
			b.Add(o)
		}
	}
	for _, look := range dump.Looked {
		if look.Kind != kind {
			b.Looked(look.Kind, look.Namespace)
		}
	}
	b.Gap(inventory.Gap{Kind: kind, Reason: reason})
	frame.Objects = b.Build()
	return frame
}

// TestUnseenIsNotGone: when the API server does not answer any more after a fix,
// the finding that is not found is not called gone; what could not be seen before
// either changes nothing.
func TestUnseenIsNotGone(t *testing.T) {
	world, err := sim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	frame, err := world.Load(t.Context(), checks.Needs{})
	if err != nil {
		t.Fatal(err)
	}
	list := []*checks.Check{rules.ByID("keda-mean-with-averagevalue")}
	before := checks.Run(frame, list)
	lost := without(frame, inventory.ScaledObject, "no answer in time")
	blind := before
	blind.Skipped = checks.Run(lost, list).Skipped
	if len(before.Findings) == 0 || len(blind.Skipped) == 0 {
		t.Fatalf("%d findings, %d skips", len(before.Findings), len(blind.Skipped))
	}
	for want, was := range map[string]checks.Report{
		"whether it is gone could not be looked at: no answer in time": before,
		": gone\n": blind,
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			r := &fixRun{fixFlags: &fixFlags{}, streams: Streams{Out: &out, Err: &out}, from: always(lost)}
			left, err := r.lookAgain(t.Context(), planned{report: was}, []*fix.Preview{{Change: fix.Change{Findings: was.Findings}}})
			if err != nil || !strings.Contains(out.String(), want) || left == strings.Contains(want, ": gone\n") {
				t.Errorf("left %v, %v:\n%s", left, err, out.String())
			}
		})
	}
}

// TestListOfWhatCannotBeSeen: who may not list a kind is told so, and not that
// nothing is wrong.
func TestListOfWhatCannotBeSeen(t *testing.T) {
	world, err := sim.Demo()
	if err != nil {
		t.Fatal(err)
	}
	frame, err := world.Load(t.Context(), checks.Needs{})
	if err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	r := &fixRun{
		fixFlags: &fixFlags{}, streams: Streams{Out: &out, Err: &said}, from: always(without(frame, inventory.ScaledObject, "forbidden: list scaledobjects.keda.sh")),
		options: options{checks: []*checks.Check{rules.ByID("keda-mean-with-averagevalue")}},
	}
	*r.fixFlags = fixFlags{cluster: clusterFlags{config: genericclioptions.NewConfigFlags(true)}}
	if err := r.repair(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	const note = "note: not everything could be looked at: forbidden: list scaledobjects.keda.sh\n"
	if said.String() != note || !strings.Contains(out.String(), "nothing found") {
		t.Errorf("%s%s", out.String(), said.String())
	}
}
