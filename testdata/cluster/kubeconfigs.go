//go:build linux

package main

import (
	"os"
	"time"
)

// callers are those who get a kubeconfig in the data folder.
var callers = []struct {
	file, user string
	groups     []string
}{
	{"kube-controller-manager", "system:kube-controller-manager", nil},
	{"kube-scheduler", "system:kube-scheduler", nil},
	{"kubelet", "system:node:" + realNode, []string{"system:nodes"}},
	{"kwok", "kwok", []string{"system:masters"}},
	{"admin", "admin", []string{"system:masters"}},
}

// writeKubeconfigs signs every caller in; the last one, the administrator, is
// who the driver calls as.
func writeKubeconfigs(c config, ca *authority, now time.Time) (*api, error) {
	var p pair
	for _, caller := range callers {
		var err error
		if p, err = ca.client(now, caller.user, caller.groups...); err != nil {
			return nil, err
		}
		text, err := kubeconfig(ca, caller.user, p)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(c.kubeconfig(caller.file), text, 0o600); err != nil {
			return nil, err
		}
	}
	return newAPI(ca, p)
}
