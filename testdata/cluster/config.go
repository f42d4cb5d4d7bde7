//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// config is one bed: what the flags say, and where things lie. The driver hands
// it to the copy of itself that it starts inside the namespace.
type config struct {
	APIOnly bool
	Metrics bool
	Kubelet bool
	// Operator has prometheus-operator write Prometheus' configuration.
	Operator bool
	// Karpenter makes nodes, and takes them away.
	Karpenter bool
	// VPA has a VerticalPodAutoscaler act on the real node's pods.
	VPA bool
	// Kubernetes is a minor version, a key of kubernetesVersions.
	Kubernetes string
	CRDs       bool
	Wipe       bool
	HPASync    time.Duration
	Timeout    time.Duration
	Dir        string // the command's working directory

	Command    []string
	Background bool // no command: stay until told to end
	UserNS     bool // in a user namespace too, not in a network namespace alone
	Data       string
	Manifests  string
}

// addFlags declares the flags of run and up with their defaults.
func (c *config) addFlags(fs *flag.FlagSet) {
	fs.BoolVar(&c.APIOnly, "api-only", false, "etcd and kube-apiserver alone, with wide in-flight limits (for benchmarks)")
	fs.BoolVar(&c.Metrics, "metrics", false, "also Prometheus, prometheus-adapter, KEDA and the engine double")
	fs.BoolVar(&c.Kubelet, "kubelet", false, "also the node real-0 with a real kubelet and containers (as root)")
	fs.BoolVar(&c.Operator, "prometheus-operator", false, "with --metrics: Prometheus scrapes what monitors select, and nothing else")
	fs.BoolVar(&c.Karpenter, "karpenter", false, "also Karpenter, whose NodePools make fake nodes")
	fs.BoolVar(&c.VPA, "vpa", false, "with --kubelet: also the VerticalPodAutoscaler (recommender, updater, admission controller)")
	fs.StringVar(&c.Kubernetes, "kubernetes", latestKubernetes, "the version: "+latestKubernetes+" or 1.35")
	fs.BoolVar(&c.CRDs, "crds", true, "install the definitions in manifests/crds")
	fs.DurationVar(&c.HPASync, "hpa-sync", 5*time.Second, "how often the HorizontalPodAutoscaler controller looks")
	fs.DurationVar(&c.Timeout, "ready-timeout", 3*time.Minute, "how long the cluster may take to become ready")
}

// check finds flags that do not go together.
func (c *config) check() error {
	if _, known := kubernetesVersions[c.Kubernetes]; !known {
		known := slices.Sorted(maps.Keys(kubernetesVersions))
		return &usageErr{fmt.Sprintf("no Kubernetes %q here, only %s", c.Kubernetes, strings.Join(known, " and "))}
	}
	if c.APIOnly && c.Kubelet {
		return &usageErr{"--api-only has no pods, so no --kubelet"}
	}
	if c.Karpenter && (c.APIOnly || !c.CRDs) {
		return &usageErr{"--karpenter needs nodes and definitions, so neither --api-only nor --crds=false"}
	}
	if c.Operator && !c.Metrics {
		return &usageErr{"--prometheus-operator writes the configuration of --metrics' Prometheus"}
	}
	if c.VPA && !c.Kubelet {
		return &usageErr{"--vpa goes by what the containers of --kubelet use"}
	}
	return nil
}

// addCommandFlags declares the flags that only make sense with a command.
func (c *config) addCommandFlags(fs *flag.FlagSet) {
	fs.BoolVar(&c.Wipe, "wipe", true, "remove the data and the logs afterwards; --wipe=false keeps them and says where")
	fs.StringVar(&c.Dir, "dir", "", "working directory of the command")
}

// dirs are the two folders the driver works with.
type dirs struct {
	source string // wrapper modules and manifests
	cache  string // binaries and data
}

// findDirs locates the sources and the cache.
func findDirs() (dirs, error) {
	source, err := sourceDir()
	if err != nil {
		return dirs{}, err
	}
	cache, err := cacheDir()
	return dirs{source, cache}, err
}

// sourceDir is the folder of this file: the working directory under "go run",
// else where the program was compiled.
func sourceDir() (string, error) {
	candidates := []string{"."}
	if _, file, _, ok := runtime.Caller(0); ok {
		candidates = append(candidates, filepath.Dir(file))
	}
	for _, dir := range candidates {
		if _, err := os.Stat(filepath.Join(dir, "k8s", "go.mod")); err == nil {
			return filepath.Abs(dir)
		}
	}
	return "", errors.New("run me in testdata/cluster: the wrapper modules are not in the working directory")
}

// cacheDir is outside the repository, so that a clean checkout finds the
// binaries of the last one.
func cacheDir() (string, error) {
	if dir := os.Getenv("INFSCALE_BED"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "infscale-bed"), nil
	}
	home := os.Getenv("HOME")
	if home == "" {
		return "", errors.New("no place for the cache: set INFSCALE_BED, XDG_CACHE_HOME or HOME")
	}
	return filepath.Join(home, ".cache", "infscale-bed"), nil
}
