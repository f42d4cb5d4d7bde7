//go:build linux

package main

import (
	"path/filepath"
	"strconv"
)

const (
	vpaWebhookPort       = 9444
	vpaRecommenderHealth = "127.0.0.1:8942"
	vpaUpdaterHealth     = "127.0.0.1:8943"
	vpaAdmissionHealth   = "127.0.0.1:8944"
)

// vpaServices join a bed with --vpa. The updater evicts no pod before the
// admission controller has registered its webhook, which it does after ten seconds.
var vpaServices = []service{
	{name: "vpa-recommender", args: vpaRecommenderArgs, ready: "http://" + vpaRecommenderHealth + "/health-check"},
	{name: "vpa-admission-controller", args: vpaAdmissionArgs, ready: "http://" + vpaAdmissionHealth + "/health-check"},
	{name: "vpa-updater", args: vpaUpdaterArgs, ready: "http://" + vpaUpdaterHealth + "/health-check"},
}

func vpaRecommenderArgs(c config) []string {
	return []string{
		"--kubeconfig=" + c.kubeconfig("admin"), "--address=" + vpaRecommenderHealth, "--v=2",
		"--recommender-interval=5s", // of a minute: metrics-server has new numbers every ten seconds
	}
}

func vpaUpdaterArgs(c config) []string {
	return []string{"--kubeconfig=" + c.kubeconfig("admin"), "--address=" + vpaUpdaterHealth, "--v=2", "--updater-interval=5s"}
}

func vpaAdmissionArgs(c config) []string {
	port := strconv.Itoa(vpaWebhookPort)
	return []string{
		"--kubeconfig=" + c.kubeconfig("admin"), "--address=" + vpaAdmissionHealth, "--v=2",
		"--client-ca-file=" + c.pki("ca.crt"),
		"--tls-cert-file=" + filepath.Join(c.metricsPKI(), "tls.crt"),
		"--tls-private-key=" + filepath.Join(c.metricsPKI(), "tls.key"),
		"--port=" + port, "--register-by-url", "--webhook-address=https://127.0.0.1", "--webhook-port=" + port,
	}
}

// vpaEnv tells the programs where they would run: that is where the admission
// controller leaves its sign of life, and the updater looks for it.
func vpaEnv(c config) []string { return append(serviceEnv(c), "NAMESPACE=kube-system") }
