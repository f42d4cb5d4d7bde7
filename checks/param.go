package checks

import (
	"fmt"
	"slices"
)

// Param is a number that a check's verdict depends on and that an operator may
// know better: parameters in .infscale.yaml sets it, by the check's ID.
type Param struct {
	// Name is camel case and ends in its unit: "hubSlowestMiBPerSecond".
	Name  string
	Value float64 // the default, with its reason in Doc
	// Min and Max are the least and the greatest value that makes sense.
	Min, Max float64
	// Doc says what the number is and where the default comes from: lower case,
	// without a full stop.
	Doc string
}

// With returns the check with another value for one of its parameters. The
// check itself stays as it is. It is an error when the check has no such
// parameter, or the value is out of its bounds.
func (c *Check) With(name string, value float64) (*Check, error) {
	for i, p := range c.Params {
		if p.Name != name {
			continue
		}
		if !(value >= p.Min && value <= p.Max) {
			return nil, fmt.Errorf("%s of %s is a number from %g to %g, found %g", name, c.ID, p.Min, p.Max, value)
		}
		changed := *c
		changed.Params = slices.Clone(c.Params)
		changed.Params[i].Value = value
		return &changed, nil
	}
	return nil, fmt.Errorf("%s has no parameter %q", c.ID, name)
}

// Param returns the value of one of the check's own parameters.
func (p *Pass) Param(name string) float64 {
	for _, param := range p.check.Params {
		if param.Name == name {
			return param.Value
		}
	}
	panic("check " + p.check.ID + " has no parameter " + name)
}
