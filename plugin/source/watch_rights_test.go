package source

import (
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// With exactly the roles printed for it a feed sees what it sees without limits,
// and every rule of them is used.
func TestPrintedRolesAreEnoughForAFeed(t *testing.T) {
	tests := map[string]struct {
		needs      checks.Needs
		namespaces []string
	}{
		"everything":                 {everything(), nil},
		"everything in a namespace":  {everything(), []string{"inference"}},
		"everything in two":          {everything(), []string{"inference", "shop"}},
		"nothing":                    {checks.Needs{}, nil},
		"autoscalers in a namespace": {checks.Needs{Kinds: checks.Autoscalers()}, []string{"inference"}},
	}
	for _, kind := range inventory.Kinds() {
		if testing.Short() {
			break // the roles of single kinds are those of everything, one by one
		}
		tests[kind.String()] = struct {
			needs      checks.Needs
			namespaces []string
		}{checks.Needs{Sharpens: []inventory.Kind{kind}}, nil}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				roles := rolesOf(t, PrintWatchRBAC, test.needs, test.namespaces...)
				server := newAPIServer(t, cluster)
				server.allows = func(r request) bool { return allowed(roles, r) }
				live := server.live()
				live.Namespaces = test.namespaces
				s := next(t, watching(t, live, test.needs))
				if got := gaps(s); got != "" {
					t.Errorf("gaps with the printed roles:\n%s", got)
				}
				free := newAPIServer(t, cluster).live()
				free.Namespaces = test.namespaces
				if got, want := contents(s), contents(load(t, free, test.needs)); got != want {
					t.Errorf("with the printed roles:\n%s\nwithout limits:\n%s", got, want)
				}
				server.mu.Lock()
				defer server.mu.Unlock()
				for _, role := range roles {
					if role.Namespace != "shop" { // nothing there leads any further
						unused(t, role, server.requests)
					}
				}
			})
		})
	}
}
