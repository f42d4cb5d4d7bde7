//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strconv"
)

const (
	metricsServerPort = 6446
	resourceMetrics   = "/apis/metrics.k8s.io/v1beta1"
)

// metricsServerArgs have it ask the real node alone: the fake ones use nothing.
func metricsServerArgs(c config) []string {
	return append(extensionArgs(c, metricsServerPort),
		"--kubeconfig="+c.kubeconfig("admin"),
		"--node-selector=bed.infscale.dev/kubelet",
		"--kubelet-preferred-address-types=InternalIP", // nobody here knows names
		"--kubelet-use-node-status-port",
		"--kubelet-certificate-authority="+c.pki("ca.crt"),
		"--metric-resolution=10s", // less it does not take, and the kubelet measures no oftener
		"--kubelet-request-timeout=5s")
}

// registerMetricsServer makes it known to the API server, and waits until CPU
// and memory can be asked for. The first numbers of a pod come within half a minute.
func (b *bed) registerMetricsServer(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(b.Manifests, "kubelet", "metrics-server.yaml"))
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(b.pki("ca.crt"))
	if err != nil {
		return err
	}
	text = bytes.ReplaceAll(text, []byte(": CA"), []byte(": "+base64.StdEncoding.EncodeToString(ca)))
	text = bytes.ReplaceAll(text, []byte("PORT"), []byte(strconv.Itoa(metricsServerPort)))
	objects := filepath.Join(b.Data, "metrics-server.yaml")
	if err := os.WriteFile(objects, text, 0o600); err != nil {
		return err
	}
	if err := b.kubectl(ctx, "apply", "--server-side", "-f", objects); err != nil {
		return err
	}
	return b.wait(ctx, b.process("metrics-server"), func(ctx context.Context) error { return b.api.reach(ctx, apiURL+resourceMetrics) })
}
