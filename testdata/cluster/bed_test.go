//go:build linux

package main

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// now is any time: certificates are checked against it, not against the clock.
var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestServerCertificate(t *testing.T) {
	ca := must(newAuthority("ca", now))(t)
	cert := parseCert(t, must(ca.server(now, "api", "localhost", "127.0.0.1"))(t).cert)
	for _, host := range []string{"localhost", "127.0.0.1"} {
		verify(t, ca, cert, x509.VerifyOptions{DNSName: host, CurrentTime: now})
	}
	if err := cert.VerifyHostname("elsewhere"); err == nil {
		t.Error("the certificate is good for a host it was not made for")
	}
}

func TestUserKubeconfig(t *testing.T) {
	dir := t.TempDir()
	ca := must(newAuthority("ca", now))(t)
	if err := must(ca.pair())(t).save(dir, "ca"); err != nil {
		t.Fatal(err)
	}
	text := must(userKubeconfig(dir, "alice", []string{"viewers"}, now))(t)
	match := regexp.MustCompile(`client-certificate-data: (\S+)`).FindSubmatch(text)
	if match == nil {
		t.Fatalf("no client certificate in\n%s", text)
	}
	cert := parseCert(t, must(base64.StdEncoding.DecodeString(string(match[1])))(t))
	if cert.Subject.CommonName != "alice" || !slices.Equal(cert.Subject.Organization, []string{"viewers"}) {
		t.Errorf("the certificate is for %v", cert.Subject)
	}
	verify(t, ca, cert, x509.VerifyOptions{
		CurrentTime: now,
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

func TestWritePKI(t *testing.T) {
	c := config{Data: t.TempDir()}
	if err := os.Mkdir(c.pki(""), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := writePKI(c, now); err != nil {
		t.Fatal(err)
	}
	madeLater := []string{"etcd", "prometheus", "prometheus.yaml", "adapter.yaml", "containerd.toml", "kubelet.yaml", "certificates"}
	// Every file the programs are pointed at has to be there.
	for _, s := range slices.Concat(services, metricServices, operatorServices, karpenterServices, nodeServices, vpaServices) {
		for _, arg := range s.args(c) {
			_, path, _ := strings.Cut(arg, "=")
			if !strings.HasPrefix(path, c.Data) || slices.Contains(madeLater, filepath.Base(path)) {
				continue
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %s: %v", s.name, arg, err)
			}
		}
	}
}

func TestKeyFollowsSources(t *testing.T) {
	source := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(source, "x", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(source, "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	write("go.mod", "module x")
	write("go.sum", "")
	write("main.go", "package main")
	c := component{name: "x", dir: "x", pkg: "."}
	seen := map[string]string{}
	fresh := func(what string, c component, goVersion string) {
		t.Helper()
		key := must(c.key(source, goVersion))(t)
		if before, ok := seen[key]; ok {
			t.Errorf("%s: the same key as %s", what, before)
		}
		seen[key] = what
	}
	fresh("at first", c, "go1")
	fresh("another Go", c, "go2")
	c.tags = "small"
	fresh("another tag", c, "go1")
	c.ldflags = []string{"-X a=b"}
	fresh("another flag", c, "go1")
	write("go.sum", "one line")
	fresh("another go.sum", c, "go1")
	write("main.go", "package main // changed")
	fresh("another main.go", c, "go1")

	write("README.md", "no part of the build")
	if key := must(c.key(source, "go1"))(t); seen[key] != "another main.go" {
		t.Error("the key follows a file that is no part of the build")
	}
}

func TestComponentsMatchModules(t *testing.T) {
	for _, c := range components {
		if c.version == "" {
			continue // the bed's own
		}
		text := must(os.ReadFile(filepath.Join(c.dir, "go.mod")))(t)
		if !slices.Contains(strings.Fields(string(text)), c.version) {
			t.Errorf("%s: %s is not in %s/go.mod", c.name, c.version, c.dir)
		}
		if c.kubernetes != "" && c.version != kubernetesVersions[c.kubernetes] {
			t.Errorf("%s: %s is not the version of Kubernetes %s", c.name, c.version, c.kubernetes)
		}
	}
}

func TestServicesAreBuilt(t *testing.T) {
	for version := range kubernetesVersions {
		bed := config{Metrics: true, Kubelet: true, Operator: true, Karpenter: true, VPA: true, Kubernetes: version}
		built := map[string]int{"containerd": 1} // the system's own
		for _, c := range components {
			if c.wanted(bed) {
				for _, name := range c.links() {
					built[name]++
				}
			}
		}
		for _, s := range slices.Concat(services, metricServices, operatorServices, karpenterServices, nodeServices, vpaServices) {
			if built[s.name] != 1 {
				t.Errorf("Kubernetes %s: %d components build %s", version, built[s.name], s.name)
			}
		}
	}
}

func TestNodesManifest(t *testing.T) {
	text := must(os.ReadFile("manifests/nodes.yaml"))(t)
	_, nodes, _ := net.ParseCIDR(nodeCIDR)
	for _, ip := range nodeIPs {
		if !strings.Contains(string(text), "address: "+ip+"}") {
			t.Errorf("no node has the address %s", ip)
		}
		if !nodes.Contains(net.ParseIP(ip)) {
			t.Errorf("%s is not a local address", ip)
		}
	}
}

func TestState(t *testing.T) {
	self := must(identify("self", os.Getpid()))(t)
	s := state{Ready: true, Data: t.TempDir(), Started: now, Driver: self, Processes: []procID{self}}
	if _, err := loadState(s.Data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a state before there is one: %v", err)
	}
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	loaded := must(loadState(s.Data))(t)
	if !loaded.Ready || loaded.Driver != self || len(loaded.Processes) != 1 || !loaded.Started.Equal(now) {
		t.Errorf("saved %+v, loaded %+v", s, loaded)
	}
	if !loaded.Driver.alive() {
		t.Error("this process is not alive")
	}
	self.Start++
	if self.alive() {
		t.Error("a process with our PID and another start time is taken for us")
	}
}

func TestNewData(t *testing.T) {
	cache := t.TempDir()
	alive, lock, err := newData(cache, "up")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := newData(cache, "up"); !errors.Is(err, errInUse) {
		t.Errorf("a second bed of the same name: %v", err)
	}
	abandoned, other, err := newData(cache, "")
	if err != nil {
		t.Fatal(err)
	}
	kept, third, err := newData(cache, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(kept, "keep"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	other.Close()
	third.Close()
	if err := sweep(filepath.Join(cache, "data")); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]bool{alive: true, abandoned: false, kept: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s: there %v, want %v", dir, err == nil, want)
		}
	}
	lock.Close()
	again, last, err := newData(cache, "up")
	if err != nil || again != alive {
		t.Fatalf("after the bed has ended: %s, %v", again, err)
	}
	last.Close()
}

func TestCommandEnv(t *testing.T) {
	env := commandEnv(config{Data: "/d"}, []string{
		"A=1", "PATH=/usr/bin", "KUBECONFIG=/home/me/.kube/config", "https_proxy=http://proxy", "NO_PROXY=x",
	})
	want := []string{
		"A=1", "PATH=/d/bin:/usr/bin", "KUBECONFIG=/d/admin.kubeconfig", "KUBECACHEDIR=/d/kubecache",
		"KUBERC=off", "INFSCALE_BED_DATA=/d",
	}
	if !slices.Equal(env, want) {
		t.Errorf("got  %q\nwant %q", env, want)
	}
}

func TestLocalRoute(t *testing.T) {
	_, prefix, _ := net.ParseCIDR("10.244.0.0/16")
	body := localRoute(prefix, 1)
	if len(body)%4 != 0 || body[1] != 16 || !bytes.Contains(body, []byte{10, 244, 0, 0}) {
		t.Errorf("route message % x", body)
	}
}

func TestUsageMistakes(t *testing.T) {
	for _, args := range [][]string{
		{"run", "--kubernetes", "1.2", "--", "true"},
		{"up", "--api-only", "--kubelet"},
		{"up", "--prometheus-operator"},
		{"up", "--vpa"},
		{"up", "--karpenter", "--api-only"},
		{"run", "--karpenter", "--crds=false", "--", "true"},
		{"nosuch"},
		{"run"},
		{"run", "--nosuch", "--", "true"},
		{"up", "--wipe=false"},
		{"down", "x"},
	} {
		if code := dispatch(args); code != exitUsage {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}

func TestLastLines(t *testing.T) {
	if got := lastLines("a\nb\nc\n", 2); got != "b\nc" {
		t.Errorf("got %q", got)
	}
	if got := lastLines("a", 2); got != "a" {
		t.Errorf("got %q", got)
	}
}

// must fails the test on an error: must(f())(t).
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func parseCert(t *testing.T, text []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("no certificate in\n%s", text)
	}
	return must(x509.ParseCertificate(block.Bytes))(t)
}

func verify(t *testing.T, ca *authority, cert *x509.Certificate, options x509.VerifyOptions) {
	t.Helper()
	options.Roots = x509.NewCertPool()
	options.Roots.AddCert(ca.cert)
	if _, err := cert.Verify(options); err != nil {
		t.Error(err)
	}
}
