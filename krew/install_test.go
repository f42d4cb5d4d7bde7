package krew

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

const (
	// krewVariable and validateVariable name the programs krew and
	// validate-krew-manifest, which is what the krew index judges manifests by.
	krewVariable     = "INFSCALE_TEST_KREW"
	validateVariable = "INFSCALE_TEST_VALIDATE"
)

// home is an empty home folder, and what a user with krew has on the PATH.
type home struct {
	t   *testing.T
	dir string
	env []string
}

func newHome(t *testing.T) *home {
	t.Helper()
	dir, programs := t.TempDir(), t.TempDir()
	if err := os.Symlink(os.Getenv(krewVariable), filepath.Join(programs, "kubectl-krew")); err != nil {
		t.Fatal(err)
	}
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	path := []string{filepath.Join(dir, ".krew", "bin"), programs, filepath.Dir(kubectl), "/usr/local/bin", "/usr/bin", "/bin"}
	return &home{t, dir, []string{
		"HOME=" + dir, "PATH=" + strings.Join(path, ":"), "TMPDIR=" + t.TempDir(),
		"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
	}}
}

// kubectl runs the real kubectl, wants an exit code and returns what was
// printed.
func (h *home) kubectl(wantCode int, args ...string) string {
	h.t.Helper()
	cmd := exec.Command("kubectl", args...)
	cmd.Dir, cmd.Env = "..", h.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	_ = cmd.Run() // the state tells more than the error
	if code := cmd.ProcessState.ExitCode(); code != wantCode {
		h.t.Fatalf("kubectl %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, wantCode, out.String())
	}
	return out.String()
}

// has wants a text in what was printed.
func (h *home) has(out, want string) {
	h.t.Helper()
	if !strings.Contains(out, want) {
		h.t.Errorf("%q is missing in\n%s", want, out)
	}
}

// used runs the installed plugin through kubectl.
func (h *home) used() {
	h.t.Helper()
	h.has(h.kubectl(0, "infscale", "version"), "infscale "+releaseTag+" ")
	h.has(h.kubectl(1, "infscale", "lint", "-f", "testdata/article/as-written"), "keda-mean-with-averagevalue")
	h.has(h.kubectl(0, "plugin", "list"), filepath.Join(h.dir, ".krew", "bin", "kubectl-infscale"))
	if !helperBuilt(runtime.GOARCH) {
		return
	}
	// The helper lies beside the plugin in krew's store, and krew links the
	// plugin alone. There is no NVIDIA library here, and that is its answer.
	kubeconfig := "--kubeconfig=" + os.Getenv("KUBECONFIG")
	out := h.kubectl(0, "infscale", "doctor", "-n", "inference", "--fail-on=never", "--dcgm=gpu-0:5555", kubeconfig)
	h.has(out, "libdcgm.so.4")
}

// gone wants nothing left of the plugin.
func (h *home) gone() {
	h.t.Helper()
	h.has(h.kubectl(1, "infscale", "version"), `unknown command "infscale"`)
	left, err := filepath.Glob(filepath.Join(h.dir, ".krew", "*", "*infscale*"))
	if err != nil || len(left) > 0 {
		h.t.Errorf("krew left %v (%v)", left, err)
	}
}

// testKrew installs the built archive into an empty home with the network off,
// uses it through the real kubectl, and uninstalls it.
func testKrew(t *testing.T, dist string) {
	onlyLoopback(t)
	h := newHome(t)
	file := writeManifest(t, renderManifest(t, checksums(t, dist)))
	archive := filepath.Join(dist, platform{"linux", runtime.GOARCH}.archive())
	out := h.kubectl(0, "krew", "install", "--manifest="+file, "--archive="+archive)
	h.has(out, "Installed plugin: infscale")
	h.has(out, "--print-rbac")
	h.used()
	// krew uninstalls only where it has an index, be it an empty one.
	run(t, exec.Command("git", "init", "--quiet", filepath.Join(h.dir, ".krew", "index", "default")))
	h.has(h.kubectl(0, "krew", "uninstall", "infscale"), "Uninstalled plugin: infscale")
	h.gone()
}

// testKrewIndex puts the manifest into an index of its own, lets the krew
// index' judge install it for all platforms, and goes a user's way from search
// to upgrade. The archives come from loopback.
func testKrewIndex(t *testing.T, dist string) {
	server := httptest.NewServer(http.FileServer(http.Dir(dist)))
	defer server.Close()
	release := regexp.MustCompile(`https://github\.com/infscale/kubectl-infscale/releases/download/v[0-9.]+`)
	text := release.ReplaceAll(renderManifest(t, checksums(t, dist)), []byte(server.URL))

	h := newHome(t)
	validate := exec.Command(os.Getenv(validateVariable), "-manifest="+writeManifest(t, text))
	validate.Env = h.env
	h.has(run(t, validate), "all 6 spec.platforms installed fine")

	index := t.TempDir()
	git(t, index, "init", "--quiet", "--initial-branch=main")
	publish := func(text []byte) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(index, "plugins"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(index, "plugins", "infscale.yaml"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		git(t, index, "add", "--all")
		git(t, index, "commit", "--quiet", "--message=infscale")
	}
	publish(text)
	h.env = append(h.env, "KREW_DEFAULT_INDEX_URI=file://"+index)
	h.kubectl(0, "krew", "update")
	h.has(h.kubectl(0, "krew", "search", "infscale"), "Check and repair autoscaling of LLM inference")
	h.kubectl(0, "krew", "install", "infscale")
	h.used()
	publish(bytes.ReplaceAll(text, []byte("version: "+releaseTag), []byte("version: v1.2.4")))
	h.kubectl(0, "krew", "upgrade", "infscale")
	h.has(h.kubectl(0, "krew", "info", "infscale"), "v1.2.4")
	h.used()
	h.kubectl(0, "krew", "uninstall", "infscale")
	h.gone()
}

// onlyLoopback wants no other interface than loopback.
func onlyLoopback(t *testing.T) {
	t.Helper()
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagLoopback == 0 {
			t.Fatalf("the network is not off: there is %s", i.Name)
		}
	}
}

// writeManifest puts the manifest where krew takes the plugin's name from.
func writeManifest(t *testing.T, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "infscale.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
