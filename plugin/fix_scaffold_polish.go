package plugin

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// polish lets the checks go over the files, and makes every fix that they offer.
// It returns what they still say at warning and above. Of a cluster's workload
// the scaler stays as it was computed: here nobody sees what was measured there.
func (f *scaffoldFlags) polish(ctx context.Context, made, more []fix.ScaffoldFile, live bool) ([]fix.ScaffoldFile, []checks.Finding, error) {
	dir, err := os.MkdirTemp("", "infscale-scaffold-")
	if err != nil {
		return nil, nil, couldNot(err)
	}
	defer os.RemoveAll(dir)
	const private = 0o600
	for _, file := range slices.Concat(made, more) {
		if err := os.WriteFile(filepath.Join(dir, file.Name), file.Text, private); err != nil {
			return nil, nil, couldNot(err)
		}
	}
	ask := fileFixes{options: options{checks: rules.All()}, files: source.Files{Paths: []string{dir}}}
	var edited fix.Files
	var report checks.Report
	for range maxRounds {
		if report, err = ask.judge(ctx, &edited); err != nil {
			return nil, nil, err
		}
		done, _ := edited.Edit(f.polishing(report.Findings, live))
		if len(done) == 0 {
			break
		}
	}
	for i, file := range made {
		if text, changed := edited.Texts()[filepath.Join(dir, file.Name)]; changed {
			made[i].Text = text
		}
	}
	return made, serious(report.Findings, live), nil
}

// polishing are the findings whose fixes are made. A minimum that was asked for
// stays.
func (f *scaffoldFlags) polishing(findings []checks.Finding, live bool) []checks.Finding {
	var all []checks.Finding
	for _, finding := range findings {
		offer := finding.Fix
		switch {
		case offer == nil || offer.Safety == checks.Manual || finding.Suppression != nil:
		case live && scales(offer.Object), f.min > 0 && finding.Check.ID == "min-replicas-one":
		default:
			all = append(all, finding)
		}
	}
	return all
}

func serious(findings []checks.Finding, live bool) []checks.Finding {
	var all []checks.Finding
	for _, f := range findings {
		if f.Severity >= checks.Warning && f.CausedBy == "" && !(live && scales(f.At.Object)) {
			all = append(all, f)
		}
	}
	return all
}

func scales(o *inventory.Object) bool {
	return o != nil && (o.Type == inventory.ScaledObject || o.Type == inventory.HorizontalPodAutoscaler)
}
