//go:build linux

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// component is one program the bed builds.
type component struct {
	name             string
	version          string   // as in the wrapper's go.mod
	dir              string   // wrapper module that pins the version and its checksums
	pkg              string   // package to build
	ldflags          []string // besides -s -w
	tags             string
	names            []string // names it is called by, where that is not its own
	metrics, kubelet bool     // only for --metrics, only for --kubelet
	operator, vpa    bool     // only for --prometheus-operator, only for --vpa
	karpenter        bool     // only for --karpenter
	kubernetes       string   // only for a bed of this minor version
}

// kubernetesVersions are those a bed can have, by their minor version.
var kubernetesVersions = map[string]string{latestKubernetes: "v1.37.2", "1.35": "v1.35.4"}

const latestKubernetes = "1.37"

// wanted tells whether a bed runs the program.
func (c component) wanted(by config) bool {
	if c.kubernetes != "" && c.kubernetes != by.Kubernetes {
		return false
	}
	always := !c.metrics && !c.kubelet && !c.operator && !c.vpa && !c.karpenter
	return always || c.metrics && by.Metrics || c.kubelet && by.Kubelet || c.operator && by.Operator || c.vpa && by.VPA || c.karpenter && by.Karpenter
}

// components lists everything that is built. A further program is a wrapper
// module, a line here and, where it is to be started, one in services.
var components = []component{
	{name: "etcd", version: "v3.7.3", dir: "etcd", pkg: "."},
	{
		name: "kube", version: "v1.37.2", dir: "k8s", pkg: ".", ldflags: kubeVersion(1, 37, 2), names: kubeNames, kubernetes: latestKubernetes,
	},
	{
		name: "kube-1.35", version: "v1.35.4", dir: "k8s-1.35", pkg: "../k8s/main.go", ldflags: kubeVersion(1, 35, 4), names: kubeNames, kubernetes: "1.35",
	},
	{
		name: "kwok", version: "v0.8.0", dir: "kwok", pkg: "sigs.k8s.io/kwok/cmd/kwok",
		ldflags: []string{"-X sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0"},
	},
	{name: "engine-double", dir: "double", pkg: ".", metrics: true, kubelet: true},
	{
		name: "kubelet", version: "v1.37.2", dir: "kubelet", pkg: "k8s.io/kubernetes/cmd/kubelet", ldflags: kubeVersion(1, 37, 2),
		kubernetes: latestKubernetes, kubelet: true,
	},
	{
		name: "kubelet-1.35", version: "v1.35.4", dir: "k8s-1.35", pkg: "k8s.io/kubernetes/cmd/kubelet", ldflags: kubeVersion(1, 35, 4),
		names: []string{"kubelet"}, kubernetes: "1.35", kubelet: true,
	},
	{name: "metrics-server", version: "v0.9.0", dir: "metrics-server", pkg: "sigs.k8s.io/metrics-server/cmd/metrics-server", kubelet: true},
	{
		name: "prometheus", version: "v0.316.0", dir: "prometheus", pkg: "github.com/prometheus/prometheus/cmd/prometheus",
		tags: "remove_all_sd,enable_kubernetes_sd", metrics: true,
	},
	{
		name: "prometheus-operator", version: "v0.92.1", dir: "operator", operator: true, pkg: "github.com/prometheus-operator/prometheus-operator/cmd/operator",
	},
	{
		name: "karpenter", version: "v1.14.0", dir: "karpenter", karpenter: true, pkg: "sigs.k8s.io/karpenter/kwok",
		ldflags: []string{"-X sigs.k8s.io/karpenter/pkg/operator.Version=1.14.0"},
	},
	{name: "prometheus-adapter", version: "v0.12.0", dir: "adapter", pkg: "sigs.k8s.io/prometheus-adapter/cmd/adapter", metrics: true},
	{name: "keda-operator", version: "v2.21.0", dir: "keda", pkg: "github.com/kedacore/keda/v2/cmd/operator", metrics: true, ldflags: kedaVersion},
	{name: "keda-adapter", version: "v2.21.0", dir: "keda", pkg: "github.com/kedacore/keda/v2/cmd/adapter", metrics: true, ldflags: kedaVersion},
	{name: "keda-webhooks", version: "v2.21.0", dir: "keda", pkg: "github.com/kedacore/keda/v2/cmd/webhooks", metrics: true, ldflags: kedaVersion},
	{name: "vpa-recommender", version: "v1.8.1", dir: "vpa", pkg: vpaPackages + "recommender", vpa: true},
	{name: "vpa-updater", version: "v1.8.1", dir: "vpa", pkg: vpaPackages + "updater", vpa: true},
	{name: "vpa-admission-controller", version: "v1.8.1", dir: "vpa", pkg: vpaPackages + "admission-controller", vpa: true},
}

const vpaPackages = "k8s.io/autoscaler/vertical-pod-autoscaler/pkg/"

// kubeNames are the programs in one file of k8s/main.go.
var kubeNames = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"}

// tools have no part in a bed: tests of the release ask for them by name.
var tools = []component{
	{name: "goreleaser", version: "v2.15.1", dir: "goreleaser", pkg: "github.com/goreleaser/goreleaser/v2"},
	{name: "krew", version: "v0.4.4", dir: "krew", pkg: "sigs.k8s.io/krew/cmd/krew"},
	{name: "validate-krew-manifest", version: "v0.4.4", dir: "krew", pkg: "sigs.k8s.io/krew/cmd/validate-krew-manifest"},
}

// kedaVersion is what KEDA says about itself, on the HPAs that it makes too.
var kedaVersion = []string{"-X github.com/kedacore/keda/v2/version.Version=2.21.0"}

// kubeVersion sets what the Kubernetes programs say about themselves. The
// scheduler and the API machinery compare these numbers, so they must be right.
func kubeVersion(major, minor, patch int) []string {
	version := fmt.Sprintf("v%d.%d.%d", major, minor, patch)
	const base, client = "k8s.io/component-base/version.", "k8s.io/client-go/pkg/version."
	var flags []string
	for _, pkg := range []string{base, client} {
		flags = append(flags,
			"-X "+pkg+"gitVersion="+version,
			fmt.Sprintf("-X %sgitMajor=%d", pkg, major),
			fmt.Sprintf("-X %sgitMinor=%d", pkg, minor),
			"-X "+pkg+"gitTreeState=clean")
	}
	return flags
}

// links are the names under which the binary is put on the PATH.
func (c component) links() []string {
	if len(c.names) == 0 {
		return []string{c.name}
	}
	return c.names
}

// flags are the arguments of "go build" that shape the binary.
func (c component) flags() []string {
	args := []string{
		"-mod=readonly", "-trimpath", "-buildvcs=false",
		"-ldflags=" + strings.Join(append([]string{"-s -w"}, c.ldflags...), " "),
	}
	if c.tags != "" {
		args = append(args, "-tags="+c.tags)
	}
	return args
}

// key names a build by everything that goes into it: the toolchain, the flags
// and the wrapper's files (whose go.sum covers all further sources).
func (c component) key(source, goVersion string) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n", goVersion, c.pkg, strings.Join(c.flags(), "\n"))
	dir := filepath.Join(source, c.dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		if name == "go.mod" || name == "go.sum" || filepath.Ext(name) == ".go" {
			names = append(names, name)
		}
	}
	if filepath.Ext(c.pkg) == ".go" { // shared by two wrappers
		names = append(names, c.pkg)
	}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}
