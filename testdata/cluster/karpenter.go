//go:build linux

package main

import (
	"context"
	"path/filepath"
)

// Ports of Karpenter. KEDA has its default for health.
const (
	karpenterMetrics = "8091"
	karpenterHealth  = "8092"
)

// karpenterServices join a bed with --karpenter.
var karpenterServices = []service{
	{name: "karpenter", args: karpenterArgs, ready: "http://127.0.0.1:" + karpenterHealth + "/readyz"},
}

func karpenterArgs(c config) []string {
	return []string{
		"--instance-types-file-path=" + filepath.Join(c.Manifests, "karpenter", "instance-types.json"),
		"--metrics-port=" + karpenterMetrics,
		"--health-probe-port=" + karpenterHealth,
		"--disable-leader-election=true",
	}
}

// startKarpenter starts Karpenter with the provider whose nodes are fake: kwok
// keeps them alive, by the annotation that they come with.
func (b *bed) startKarpenter(ctx context.Context) error {
	class := filepath.Join(b.Manifests, "karpenter", "objects.yaml")
	if err := b.kubectl(ctx, "apply", "--server-side", "-f", class); err != nil {
		return err
	}
	return b.startAll(ctx, karpenterServices, append(serviceEnv(b.config), "KUBECONFIG="+b.kubeconfig("admin")))
}
