//go:build linux

package main

import (
	"path/filepath"
	"strings"
)

// commandEnv is the environment of a command in the bed, made from the caller's.
func commandEnv(c config, environ []string) []string {
	env, path := withoutProxies(environ), ""
	kept := env[:0]
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "PATH":
			path = value
		case "KUBECONFIG", "KUBECACHEDIR", "KUBERC", "INFSCALE_BED_DATA":
		default:
			kept = append(kept, variable)
		}
	}
	return append(kept,
		"PATH="+strings.TrimSuffix(c.bin()+":"+path, ":"),
		"KUBECONFIG="+c.kubeconfig("admin"),
		// All beds have the same address; kubectl must not take the discovery
		// of one for that of another.
		"KUBECACHEDIR="+filepath.Join(c.Data, "kubecache"),
		"KUBERC=off",
		"INFSCALE_BED_DATA="+c.Data,
	)
}

// serviceEnv is the environment of the bed's own programs. They get a home of
// their own, so that no configuration of the user's reaches them.
func serviceEnv(c config) []string {
	return []string{"PATH=" + c.bin() + ":/usr/bin:/bin", "HOME=" + c.Data, "TMPDIR=" + c.Data}
}

// withoutProxies drops the proxy settings: no proxy is reachable from inside.
func withoutProxies(environ []string) []string {
	var env []string
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			env = append(env, variable)
		}
	}
	return env
}
