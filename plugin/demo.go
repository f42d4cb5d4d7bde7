package plugin

import (
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// demoMoment is how far into the demo the verbs that look once do so: the lunch
// peak has come.
const demoMoment = 25 * time.Minute

// demoNamespace is where a name without a namespace is looked for in the demo.
const demoNamespace = "inference"

// demoSource starts the built-in simulated cluster. Without -n all of it is
// looked at.
func (c *clusterFlags) demoSource(args []string) (*sim.World, selection, error) {
	var only selection
	switch {
	case c.from != "":
		return nil, only, usageError("--demo and --from are two places: give one")
	case len(c.numbers.dcgm) > 0 || c.numbers.prometheus != prometheusAuto:
		return nil, only, usageError("--demo brings its own numbers: leave out --prometheus and --dcgm")
	}
	if c.selector != "" {
		parsed, err := labels.Parse(c.selector)
		if err != nil {
			return nil, only, usageError("-l %s: %v", c.selector, err)
		}
		only.selector = parsed
	}
	namespace := *c.config.Namespace
	if namespace != "" && !c.allNamespaces {
		only.namespace = namespace
	}
	if namespace == "" {
		namespace = demoNamespace
	}
	var err error
	if only.names, err = parseNames(args, namespace); err != nil {
		return nil, only, err
	}
	world, err := sim.Demo()
	if err != nil {
		return nil, only, couldNot(err)
	}
	return world, only, nil
}
