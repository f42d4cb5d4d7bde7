//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The node of --kubelet: a real kubelet and containerd. Its pods have addresses
// that the fake ones cannot get.
const (
	realNode     = "real-0"
	realNodeIP   = "10.245.0.9"
	kubeletURL   = "http://127.0.0.1:10248/healthz"
	runtimeURL   = "127.0.0.1:1338"
	registryAddr = "127.0.0.1:5000"
	nodePath     = "/api/v1/nodes/" + realNode
)

// nodeServices join a bed with --kubelet once its cluster is fit for use.
var nodeServices = []service{
	{name: "containerd", args: runtimeArgs, ready: "http://" + runtimeURL + "/v1/metrics"},
	{name: "kubelet", args: kubeletArgs, ready: kubeletURL},
	{name: "metrics-server", args: metricsServerArgs},
}

func runtimeArgs(c config) []string {
	return []string{"--config=" + filepath.Join(c.node(), "containerd.toml")}
}

func kubeletArgs(c config) []string {
	labels := []string{
		"bed.infscale.dev/kubelet=", "nvidia.com/gpu.present=true", "nvidia.com/gpu.count=32",
		"nvidia.com/gpu.product=NVIDIA-H100-80GB-HBM3", "nvidia.com/gpu.memory=81559",
		"topology.kubernetes.io/region=region-1", "topology.kubernetes.io/zone=zone-a",
		"node.kubernetes.io/instance-type=gpu-32x-h100",
	}
	return []string{
		"--config=" + filepath.Join(c.node(), "kubelet.yaml"),
		"--kubeconfig=" + c.kubeconfig("kubelet"),
		"--hostname-override=" + realNode,
		"--node-ip=" + realNodeIP,
		"--node-labels=" + strings.Join(labels, ","),
		"--cert-dir=" + filepath.Join(c.node(), "certificates"),
	}
}

// node is the folder of the real node.
func (c config) node() string { return filepath.Join(c.Data, "node") }

// pluginFolders are where distributions put the CNI plugins.
var pluginFolders = []string{"/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"}

// nodeTools finds what a real node needs of this system.
type nodeTools struct{ containerd, busybox, plugins string }

// findNodeTools names everything that is missing at once.
func findNodeTools() (nodeTools, error) {
	var tools nodeTools
	var missing, packages []string
	lacks := func(what, name string) {
		missing, packages = append(missing, what), append(packages, name)
	}
	if os.Geteuid() != 0 {
		missing = append(missing, "root")
	}
	// A user's PATH need not have the folders for system programs.
	search := func(name string) string {
		for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/local/sbin", "/usr/sbin", "/sbin") {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil && filepath.IsAbs(path) {
				return path
			}
		}
		return ""
	}
	if tools.containerd = search("containerd"); tools.containerd == "" || search("containerd-shim-runc-v2") == "" {
		lacks("containerd", "containerd")
	}
	if search("runc") == "" {
		lacks("runc", "runc")
	}
	for _, dir := range pluginFolders {
		if _, err := os.Stat(filepath.Join(dir, "bridge")); err == nil {
			tools.plugins = dir
			break
		}
	}
	if tools.plugins == "" {
		lacks("the CNI plugins in "+strings.Join(pluginFolders, " or "), "containernetworking-plugins")
	}
	if tools.busybox = search("busybox"); tools.busybox == "" {
		lacks("busybox", "busybox-static")
	}
	if len(missing) == 0 {
		return tools, nil
	}
	text := "--kubelet needs " + strings.Join(missing, ", ")
	if len(packages) > 0 {
		text += "; on Debian: apt-get install --no-install-recommends " + strings.Join(packages, " ")
	}
	return tools, &unsupportedErr{fmt.Errorf("%s", text)}
}

// nodeEnv is the environment of the node's programs: they call others.
func nodeEnv(c config) []string {
	return []string{
		"PATH=" + c.bin() + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=" + c.Data, "TMPDIR=" + c.Data,
	}
}

// startNode brings the real node up and waits until it takes pods.
func (b *bed) startNode(ctx context.Context) error {
	tools, err := findNodeTools()
	if err != nil {
		return err
	}
	if err := watchesLeft(); err != nil {
		return err
	}
	if err := b.writeNodeFiles(tools); err != nil {
		return err
	}
	if err := makeCgroups(cgroupName(b.Data)); err != nil {
		return err
	}
	if err := b.serveImages(tools); err != nil {
		return fmt.Errorf("serving images: %w", err)
	}
	if err := os.Symlink(tools.containerd, filepath.Join(b.bin(), "containerd")); err != nil {
		return err
	}
	if err := b.startAll(ctx, nodeServices, nodeEnv(b.config)); err != nil {
		return err
	}
	kubelet := b.process("kubelet")
	if err := b.wait(ctx, kubelet, func(ctx context.Context) error { return b.api.reach(ctx, apiURL+nodePath) }); err != nil {
		return err
	}
	if err := b.wait(ctx, kubelet, b.giveGPUs); err != nil {
		return err
	}
	if err := b.wait(ctx, kubelet, b.api.nodesReady); err != nil {
		return err
	}
	go b.keepGPUs()
	return b.registerMetricsServer(ctx)
}

// writeNodeFiles fills the node's configuration in.
func (b *bed) writeNodeFiles(tools nodeTools) error {
	fill := strings.NewReplacer(
		"DATA", b.node(), "PKI", b.pki(""), "CGROUP", cgroupName(b.Data), "PLUGINS", tools.plugins,
		"METRICS", runtimeURL, "REGISTRY", "http://"+registryAddr, "SNAPSHOTTER", snapshotter(b.Data))
	for name, to := range map[string]string{
		"containerd.toml": "", "kubelet.yaml": "", "bed.conflist": "cni", "hosts.toml": "registries/_default",
	} {
		text, err := os.ReadFile(filepath.Join(b.Manifests, "kubelet", name))
		if err != nil {
			return err
		}
		dir := filepath.Join(b.node(), to)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(string(text))), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// snapshotter is overlayfs, save on a file system that is an overlay itself.
func snapshotter(dir string) string {
	const overlay = 0x794c7630
	var about syscall.Statfs_t
	if err := syscall.Statfs(dir, &about); err == nil && about.Type == overlay {
		return "native"
	}
	return "overlayfs"
}

// giveGPUs writes what a device plugin would have the kubelet write, and tells
// whether the node has it. A kubelet that starts anew takes it away.
func (b *bed) giveGPUs(ctx context.Context) error {
	const name, count = "nvidia.com/gpu", `"32"`
	var node struct {
		Status struct{ Capacity, Allocatable map[string]json.RawMessage }
	}
	if err := b.api.get(ctx, nodePath, "application/json", &node); err != nil {
		return err
	}
	if string(node.Status.Capacity[name]) == count && string(node.Status.Allocatable[name]) == count {
		return nil
	}
	const gpus = `{"status":{"capacity":{"` + name + `":` + count + `},"allocatable":{"` + name + `":` + count + `}}}`
	_, err := b.api.do(ctx, http.MethodPatch, apiURL+nodePath+"/status", "application/merge-patch+json", "application/json", []byte(gpus))
	return err
}

// keepGPUs holds the node's GPUs as long as the bed runs.
func (b *bed) keepGPUs() {
	for range time.Tick(time.Second) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		_ = b.giveGPUs(ctx) // the next second tries again
		cancel()
	}
}
