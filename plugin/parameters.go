package plugin

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
)

// everyCheck stands in parameters for all the checks that have a parameter of
// the name.
const everyCheck = "all"

// parameters are the numbers that a configuration file sets: by check, or
// "all", and name.
type parameters map[string]map[string]float64

// UnmarshalYAML reads the mapping and refuses checks and parameters that are
// not there, and numbers out of bounds, with the line.
func (p *parameters) UnmarshalYAML(node *yaml.Node) error {
	*p = parameters{}
	return eachPair(node, func(check, settings *yaml.Node) error {
		if check.Value != everyCheck && rules.ByID(check.Value) == nil {
			return fmt.Errorf("line %d: no check is called %q%s", check.Line, check.Value, suggestion(check.Value, append(checkIDs(), everyCheck)))
		}
		set := map[string]float64{}
		(*p)[check.Value] = set
		return eachPair(settings, func(name, number *yaml.Node) error {
			var value float64
			if err := number.Decode(&value); err != nil {
				return fmt.Errorf("line %d: %s is a number, found %q", number.Line, name.Value, number.Value)
			}
			set[name.Value] = value
			if err := verifyParameter(check.Value, name.Value, value); err != nil {
				return fmt.Errorf("line %d: %w", name.Line, err)
			}
			return nil
		})
	})
}

func eachPair(node *yaml.Node, do func(key, value *yaml.Node) error) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: must be a mapping", node.Line)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if err := do(node.Content[i], node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// verifyParameter sets the parameter of every check that is meant, for the
// errors alone.
func verifyParameter(id, name string, value float64) error {
	known := map[string]bool{}
	found := false
	for _, check := range rules.All() {
		if id != everyCheck && id != check.ID {
			continue
		}
		for _, p := range check.Params {
			known[p.Name] = true
			if p.Name != name {
				continue
			}
			found = true
			if _, err := check.With(name, value); err != nil {
				return err
			}
		}
	}
	switch {
	case found:
		return nil
	case len(known) == 0:
		return fmt.Errorf("%s has no parameters", id)
	case id == everyCheck:
		return fmt.Errorf("no check has a parameter %q%s", name, suggestion(name, slices.Sorted(maps.Keys(known))))
	}
	return fmt.Errorf("%s has no parameter %q%s", id, name, suggestion(name, slices.Sorted(maps.Keys(known))))
}

// tune returns the checks with these parameters; what is set for one check
// wins over what is set for all.
func (p parameters) tune(list []*checks.Check) []*checks.Check {
	tuned := slices.Clone(list)
	for i, check := range list {
		for _, id := range []string{everyCheck, check.ID} {
			for name, value := range p[id] {
				if changed, err := tuned[i].With(name, value); err == nil {
					tuned[i] = changed
				}
			}
		}
	}
	return tuned
}
