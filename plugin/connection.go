package plugin

import (
	"net/http"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/plugin/collect"
	"github.com/infscale/kubectl-infscale/plugin/sim"
)

// connection says how to reach the API server of a context, for all that read,
// count or write there. What is made of it stays on that server, and sends
// requests as they come: the server's own fair queues hold back who asks too much.
// Errors carry their exit code.
func connection(flags *genericclioptions.ConfigFlags) (*rest.Config, error) {
	config, err := flags.ToRESTConfig()
	if err != nil {
		return nil, couldNot(err)
	}
	server, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, usageError("address of the API server: %v", err)
	}
	config.UserAgent, config.QPS = "kubectl-infscale", -1
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return collect.StayOn(server, next) })
	return config, nil
}

// numbersLimit is how long all numbers together may take: --request-timeout shortens it.
func numbersLimit(config *rest.Config) time.Duration {
	if config.Timeout > 0 {
		return min(numbersPatience, config.Timeout)
	}
	return numbersPatience
}

// reach is how to ask what stands behind a source's API server, and the clock
// there. The demo's answers within this process.
func reach(from loader) (*rest.Config, func() time.Time) {
	if world, ok := from.(*sim.World); ok {
		return &rest.Config{Host: "http://demo.invalid", Transport: world}, world.Now
	}
	return from.(withNumbers).config, time.Now
}
