package plugin

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/fix"
)

// gateway is an API server that redirects what it is told to, to a server that
// must not be asked, and the kubeconfig that leads there.
func gateway(t *testing.T, handler func(w http.ResponseWriter, r *http.Request, elsewhere string)) (kubeconfig, elsewhere string) {
	t.Helper()
	other := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another server got a %s of %s, with the credentials %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(other.Close)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.UserAgent() != "kubectl-infscale" || r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Impersonate-User") != "jane" {
			t.Errorf("%s %s comes with %v", r.Method, r.URL, r.Header)
		}
		handler(w, r, other.URL)
	}))
	t.Cleanup(server.Close)
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	text := `{"apiVersion":"v1","kind":"Config","current-context":"it",
"clusters":[{"name":"it","cluster":{"server":"` + server.URL + `","insecure-skip-tls-verify":true}}],
"contexts":[{"name":"it","context":{"cluster":"it","user":"it","namespace":"inference"}}],
"users":[{"name":"it","user":{"token":"secret"}},{"name":"program","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1","interactiveMode":"Never","command":"echo",
"args":["{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"secret\"}}"]}}}]}`
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubeconfig, other.Listener.Addr().String()
}

// Whatever stands before an API server, no verb carries the credentials to anybody
// else, and each says who was meant to get them.
func TestRedirectedAway(t *testing.T) {
	for _, verb := range []string{"doctor", "doctor --user program", "fix", "lint --live -f ../testdata/article", "record " + os.DevNull, "trace deployment/vllm", "watch --once"} {
		t.Run(verb, func(t *testing.T) {
			kubeconfig, elsewhere := gateway(t, func(w http.ResponseWriter, r *http.Request, elsewhere string) {
				http.Redirect(w, r, elsewhere+"/login", http.StatusFound)
			})
			code, out := run(t, append(strings.Fields(verb), "--kubeconfig", kubeconfig, "--as", "jane")...)
			if want := "redirects to " + elsewhere + ", which is another server and is not asked"; code != exitCouldNot || !strings.Contains(out, want) {
				t.Errorf("exit code %d, %q; want %q", code, out, want)
			}
		})
	}
}

// A shell that completes names of a cluster is as careful, and has no place to say
// so.
func TestCompletionRedirectedAway(t *testing.T) {
	asked := 0
	kubeconfig, _ := gateway(t, func(w http.ResponseWriter, r *http.Request, elsewhere string) {
		asked++
		http.Redirect(w, r, elsewhere+"/login", http.StatusFound)
	})
	run(t, "__complete", "doctor", "--as", "jane", "--kubeconfig", kubeconfig, "--namespace", "")
	run(t, "__complete", "doctor", "--as", "jane", "--kubeconfig", kubeconfig, "")
	if asked < 2 {
		t.Errorf("the server was asked %d times", asked)
	}
}

// run is what a user types; it returns the exit code and all that is printed.
func run(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	var text bytes.Buffer
	home := t.TempDir()
	streams := Streams{In: strings.NewReader(""), Out: &text, Err: &text, Env: func(name string) string {
		return map[string]string{"HOME": home}[name]
	}}
	return Main(t.Context(), streams, Build{}, append([]string{"kubectl-infscale"}, args...)), text.String()
}

// Neither a patch nor what goes with it leaves for another server; within the
// server a redirect that makes a GET of a write is no answer to it.
func TestRedirectedWrites(t *testing.T) {
	for _, c := range []struct {
		name string
		code int
		to   func(elsewhere string) string
		says string
	}{
		{"away", http.StatusTemporaryRedirect, func(elsewhere string) string { return elsewhere }, "which is another server and is not asked"},
		{"away as a GET", http.StatusFound, func(elsewhere string) string { return elsewhere }, "which is another server and is not asked"},
		{"here as a GET", http.StatusFound, func(string) string { return "/somewhere" }, "which would arrive as a GET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			kubeconfig, _ := gateway(t, func(w http.ResponseWriter, r *http.Request, elsewhere string) {
				if r.URL.Path == "/somewhere" {
					t.Errorf("a %s arrived where the write was sent on to", r.Method)
				}
				http.Redirect(w, r, c.to(elsewhere), c.code)
			})
			for name, err := range writes(t, kubeconfig) {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%s: %v, want %q", name, err, c.says)
				}
			}
		})
	}
}

// writes sends one request of each kind that fix knows, and says what came of it.
func writes(t *testing.T, kubeconfig string) map[string]error {
	t.Helper()
	flags, user := genericclioptions.NewConfigFlags(true), "jane"
	flags.KubeConfig, flags.Impersonate = &kubeconfig, &user
	config, err := connection(flags)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := fix.NewCluster(config)
	if err != nil {
		t.Fatal(err)
	}
	of := fix.Target{APIVersion: "apps/v1", Ref: inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "inference", Name: "vllm"}}
	ctx, failed := context.Background(), map[string]error{}
	for _, dryRun := range []bool{true, false} {
		_, failed["patch"] = cluster.Patch(ctx, of, fix.Patch{Type: fix.JSONPatch, Body: []byte("[]")}, dryRun)
		_, failed["create"] = cluster.Create(ctx, of, fix.Content{}, dryRun)
		_, failed["delete"] = cluster.Delete(ctx, of, "1", dryRun)
	}
	return failed
}

// All of them go through connection: there is no other way to a cluster.
func TestOneConnection(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var makes []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") && bytes.Contains(text, []byte(".ToRESTConfig(")) {
			makes = append(makes, name)
		}
	}
	if len(makes) != 1 || makes[0] != "connection.go" {
		t.Errorf("configurations are made in %v", makes)
	}
}
