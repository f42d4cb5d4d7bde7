package fix

import (
	"context"
	"errors"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/infscale/kubectl-infscale/checks"
)

// manifest is a new object as the API server takes it.
func manifest(of *checks.Manifest) (Content, error) {
	var content Content
	if err := yaml.Unmarshal([]byte(of.Text), &content); err != nil {
		return nil, fmt.Errorf("new %s: %w", of.Ref, err)
	}
	return clone(content), nil
}

// target is the object that is written.
func (p *Preview) target() Target {
	if p.New == nil {
		return TargetOf(p.Object)
	}
	version, _ := p.made["apiVersion"].(string)
	return Target{p.New.Ref, version}
}

// previewNew says what an object would be that is not there yet. It goes where
// the one comes from that it belongs to: beside what Git or a chart holds, it is
// for them to make.
func (f *Fixer) previewNew(ctx context.Context, c Change, belongs Content) (*Preview, error) {
	made, err := manifest(c.New)
	if err != nil {
		return nil, err
	}
	p := &Preview{Change: c, After: made, made: made}
	var refused *Refused
	switch _, err := f.Cluster.Get(ctx, p.target()); {
	case err == nil:
		return nil, &Stale{c.New.Ref} // it has appeared since
	case !errors.As(err, &refused) || !refused.NotFound:
		return nil, err
	}
	if p.Refusal = heldBy(belongs, nil); p.Refusal != "" {
		p.Refusal = c.Object.Short() + ": " + p.Refusal
	} else if err := f.validateNew(ctx, p); err != nil {
		return nil, err
	}
	if p.Refusal != "" || fromFile(belongs) {
		p.Handover = c.New.Text
	}
	p.Diff = UnifiedDiff("/dev/null", "", c.New.Ref.String()+" (new)", c.New.Text)
	return p, nil
}

func (f *Fixer) validateNew(ctx context.Context, p *Preview) error {
	if f.NoDryRun {
		p.Unvalidated = "no dry run was asked for"
		return nil
	}
	result, err := f.Cluster.Create(ctx, p.target(), p.made, true)
	p.Warnings = result.Warnings
	var refused *Refused
	switch {
	case err == nil:
		p.After = result.Object
	case !errors.As(err, &refused):
		return err
	case refused.Undecided:
		p.Unvalidated = refused.Reason
	case refused.Conflict:
		return err // it has appeared just now
	default:
		p.Refusal = refused.Reason
	}
	return nil
}
