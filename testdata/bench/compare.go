package main

import (
	"context"
	"fmt"

	"github.com/infscale/kubectl-infscale/testdata/bench/measure"
)

// comparison is what the plugin is measured beside.
type comparison struct {
	other   measure.Command
	missing error // why the other cannot be had

	// faster is how often the plugin has to fit into the other's time, atMost
	// how often the other may fit into the plugin's. Without either there is
	// no budget.
	faster, atMost float64
}

// compare makes pairs with every other in turn. The plugin's own row comes
// first and holds its runs of all pairs.
func (o *options) compare(ctx context.Context, what string, ours measure.Command, others []comparison) ([]measure.Row, error) {
	if _, err := ours.Run(ctx); err != nil { // each pair would fail in the same way
		return []measure.Row{measure.Measured(what, nil, err)}, ctx.Err()
	}
	rows := make([]measure.Row, 1, 1+len(others))
	var all []measure.Sample
	for _, c := range others {
		if c.missing != nil {
			rows = append(rows, measure.Measured(c.other.Name, nil, c.missing))
			continue
		}
		progress("%s beside %s, %d pairs", ours.Name, c.other.Name, o.runs)
		theirs, mine, err := measure.Pairs(ctx, c.other, ours, o.runs)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		all = append(all, mine...)
		rows = append(rows, c.row(ours.Name, theirs, mine, err))
	}
	if len(all) == 0 {
		rows[0] = measure.Measured(what, nil, fmt.Errorf("there is nothing to pair it with"))
		return rows, nil
	}
	rows[0] = measure.Measured(what, all, nil)
	rows[0].LimitPeak(peakMB)
	return rows, nil
}

func (c comparison) row(ours string, theirs, mine []measure.Sample, err error) measure.Row {
	row := measure.Measured(c.other.Name, theirs, err)
	if err != nil {
		return row
	}
	if c.faster > 0 {
		ratio := measure.Ratios(theirs, mine)
		row.Ratio, row.RatioOf = &ratio, "it / "+ours
		row.WantRatio(c.faster)
		return row
	}
	ratio := measure.Ratios(mine, theirs)
	row.Ratio, row.RatioOf = &ratio, ours+" / it"
	if c.atMost > 0 {
		row.LimitRatio(c.atMost)
	}
	return row
}
