//go:build linux

package main

import (
	"path/filepath"
	"time"
)

// The ports are fixed: the network namespace makes them free.
const (
	apiURL          = "https://127.0.0.1:6443"
	schedulerURL    = "https://127.0.0.1:10259"
	controllersURL  = "https://127.0.0.1:10257"
	etcdURL         = "http://127.0.0.1:2379"
	etcdPeerURL     = "http://127.0.0.1:2380"
	nodePort        = "10250"
	definitionsPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
)

// nodeIPs are the addresses of the fake nodes in manifests/nodes.yaml.
var nodeIPs = []string{"10.245.0.1", "10.245.0.2", "10.245.0.3"}

// service is a program that runs as long as the bed.
type service struct {
	name    string
	args    func(config) []string
	ready   string // answers when the service works, "" if something else shows it
	apiOnly bool   // also part of an --api-only bed
}

// services are started in this order; each one before it is waited for where
// it has an address to ask.
var services = []service{
	{name: "etcd", args: etcdArgs, apiOnly: true},
	{name: "kube-apiserver", args: apiserverArgs, ready: apiURL + "/readyz", apiOnly: true},
	{name: "kube-controller-manager", args: controllersArgs},
	{name: "kube-scheduler", args: schedulerArgs},
	{name: "kwok", args: kwokArgs},
}

func (c config) pki(name string) string        { return filepath.Join(c.Data, "pki", name) }
func (c config) kubeconfig(name string) string { return filepath.Join(c.Data, name+".kubeconfig") }
func (c config) bin() string                   { return filepath.Join(c.Data, "bin") }
func (c config) logs() string                  { return filepath.Join(c.Data, "logs") }

func etcdArgs(c config) []string {
	return []string{
		"--name=bed",
		"--data-dir=" + filepath.Join(c.Data, "etcd"),
		"--unsafe-no-fsync", // the data does not outlive the bed
		"--log-level=warn",
		"--listen-client-urls=" + etcdURL,
		"--advertise-client-urls=" + etcdURL,
		"--listen-peer-urls=" + etcdPeerURL,
		"--initial-advertise-peer-urls=" + etcdPeerURL,
		"--initial-cluster=bed=" + etcdPeerURL,
	}
}

func apiserverArgs(c config) []string {
	args := []string{
		"--etcd-servers=" + etcdURL,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		"--secure-port=6443",
		"--endpoint-reconciler-type=none", // a loopback address is no valid endpoint
		"--tls-cert-file=" + c.pki("apiserver.crt"),
		"--tls-private-key-file=" + c.pki("apiserver.key"),
		"--client-ca-file=" + c.pki("ca.crt"),
		"--authorization-mode=Node,RBAC",
		"--allow-privileged",
		"--service-cluster-ip-range=10.96.0.0/16",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.pki("sa.pub"),
		"--service-account-signing-key-file=" + c.pki("sa.key"),
		"--requestheader-client-ca-file=" + c.pki("front-proxy-ca.crt"),
		"--requestheader-allowed-names=front-proxy-client",
		"--requestheader-username-headers=X-Remote-User",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + c.pki("front-proxy-client.crt"),
		"--proxy-client-key-file=" + c.pki("front-proxy-client.key"),
		"--enable-aggregator-routing", // no kube-proxy: service addresses lead nowhere
		"--kubelet-client-certificate=" + c.pki("apiserver-kubelet-client.crt"),
		"--kubelet-client-key=" + c.pki("apiserver-kubelet-client.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--profiling=false",
	}
	if c.APIOnly {
		args = append(args,
			"--max-requests-inflight=1000",
			"--max-mutating-requests-inflight=500",
			// No controller makes service accounts here, and pods are to be created all the same.
			"--disable-admission-plugins=ServiceAccount")
	}
	return args
}

// clientArgs let a control plane program call the API server, and serve its
// own health to those the API server knows.
func clientArgs(c config, name, port string) []string {
	return []string{
		"--kubeconfig=" + c.kubeconfig(name),
		"--authentication-kubeconfig=" + c.kubeconfig(name),
		"--authorization-kubeconfig=" + c.kubeconfig(name),
		"--bind-address=127.0.0.1",
		"--secure-port=" + port,
		"--tls-cert-file=" + c.pki("serving.crt"),
		"--tls-private-key-file=" + c.pki("serving.key"),
		"--leader-elect=false",
	}
}

func controllersArgs(c config) []string {
	return append(clientArgs(c, "kube-controller-manager", "10257"),
		// With the default limits it takes seconds to mint a token per controller.
		"--kube-api-qps=300",
		"--kube-api-burst=600",
		"--use-service-account-credentials",
		"--service-account-private-key-file="+c.pki("sa.key"),
		"--root-ca-file="+c.pki("ca.crt"),
		"--client-ca-file="+c.pki("ca.crt"),
		"--requestheader-client-ca-file="+c.pki("front-proxy-ca.crt"),
		"--cluster-signing-cert-file="+c.pki("ca.crt"),
		"--cluster-signing-key-file="+c.pki("ca.key"),
		"--horizontal-pod-autoscaler-sync-period="+c.HPASync.String(),
	)
}

func schedulerArgs(c config) []string {
	return clientArgs(c, "kube-scheduler", "10259")
}

func kwokArgs(c config) []string {
	return []string{
		"--kubeconfig=" + c.kubeconfig("kwok"),
		"--config=" + filepath.Join(c.Manifests, "kwok.yaml"),
		"--manage-all-nodes=false",
		"--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
		"--cidr=" + podCIDR,
		"--node-ip=" + nodeIPs[0],
		"--node-port=" + nodePort,
		"--server-address=0.0.0.0:" + nodePort, // every node has an address of its own
		"--tls-cert-file=" + c.pki("serving.crt"),
		"--tls-private-key-file=" + c.pki("serving.key"),
		"--node-lease-duration-seconds=40",
	}
}

// writePKI makes every key, certificate and kubeconfig, and the driver's own client.
func writePKI(c config, now time.Time) (*api, error) {
	ca, err := newAuthority("bed-ca", now)
	if err != nil {
		return nil, err
	}
	frontProxy, err := newAuthority("bed-front-proxy-ca", now)
	if err != nil {
		return nil, err
	}
	if err := serviceAccountKeys(c.pki("")); err != nil {
		return nil, err
	}
	serving := append([]string{"127.0.0.1", "localhost"}, nodeIPs...)
	files := []struct {
		name string
		make func() (pair, error)
	}{
		{"ca", ca.pair},
		{"front-proxy-ca", frontProxy.pair},
		{"apiserver", func() (pair, error) {
			return ca.server(now, "kube-apiserver", "127.0.0.1", "10.96.0.1", "localhost",
				"kubernetes", "kubernetes.default", "kubernetes.default.svc")
		}},
		{"serving", func() (pair, error) { return ca.server(now, "localhost", serving...) }},
		{"kubelet", func() (pair, error) { return ca.server(now, "system:node:"+realNode, realNode, realNodeIP) }},
		{"front-proxy-client", func() (pair, error) { return frontProxy.client(now, "front-proxy-client") }},
		{"apiserver-kubelet-client", func() (pair, error) {
			return ca.client(now, "kube-apiserver-kubelet-client", "system:masters")
		}},
	}
	for _, file := range files {
		p, err := file.make()
		if err != nil {
			return nil, err
		}
		if err := p.save(c.pki(""), file.name); err != nil {
			return nil, err
		}
	}
	if err := writeMetricsPKI(c, ca, now); err != nil {
		return nil, err
	}
	return writeKubeconfigs(c, ca, now)
}
