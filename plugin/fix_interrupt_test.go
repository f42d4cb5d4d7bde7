package plugin

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/plugin/fix"
)

// interruption ends a run of the program around its nth write to the cluster.
type interruption struct {
	signal  syscall.Signal
	nth     int32
	written bool // after the API server has written it, else before it hears of it
}

func (i interruption) String() string {
	when := "before"
	if i.written {
		when = "after"
	}
	return fmt.Sprintf("%s %s write %d", i.signal, when, i.nth)
}

// interruptedAnywhere runs the real program, and ends it around each write that
// an apply and an undo make. The next run finds journal and cluster in agreement.
func interruptedAnywhere(t *testing.T, bed *fixBed) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		for _, written := range []bool{false, true} {
			for verb, writes := range map[string]int32{"apply": 1, "undo": 2} { // the values, and who owns them
				for nth := int32(1); nth <= writes; nth++ {
					i := interruption{signal, nth, written}
					t.Run(verb+" "+i.String(), func(t *testing.T) { interruptedOnce(t, bed, verb, i) })
				}
			}
		}
	}
}

func interruptedOnce(t *testing.T, bed *fixBed, verb string, i interruption) {
	ns := strings.ToLower(fmt.Sprintf("%s-%d-%d-%t", verb, i.signal, i.nth, i.written))
	bed.namespace(t, ns, nil)
	for _, doc := range documents([]byte(strings.ReplaceAll(raceObjects, "namespace: race", "namespace: "+ns))) {
		_, remove, err := bed.create(t.Context(), doc)
		if err != nil {
			t.Fatal(err)
		}
		defer remove()
	}
	p := &program{home: t.TempDir(), ns: ns}
	p.kubeconfig(t, interrupting(t, bed, i, p))
	repair := []string{"fix", "scale-down-unthrottled", "--yes"}
	if verb == "undo" {
		p.run(t, repair...)
		repair = []string{"fix", "--undo", "--yes"}
	}
	p.armed.Store(true)
	p.run(t, repair...)
	if !p.hit.Load() {
		t.Fatalf("the program made no such write:\n%s", p.said)
	}
	p.run(t, "fix", "scale-down-unthrottled", "--dry-run=client") // looks at the journal, too
	entries, err := fix.Journal{Dir: filepath.Join(p.home, ".local/state/kubectl-infscale")}.Entries()
	if err != nil {
		t.Fatal(err)
	}
	applied := false
	for _, entry := range entries {
		switch entry.State {
		case fix.Applied:
			applied = true
		case fix.Undone:
		default:
			t.Errorf("the journal is left with an entry that is %s", entry.State)
		}
	}
	if repaired := len(bed.judge(t, checkOf(t, "scale-down-unthrottled"), []string{ns})) == 0; repaired != applied {
		t.Errorf("the journal says applied: %t, the cluster: %t\n%s", applied, repaired, p.said)
	}
	want := exitClean // an undo is carried through, and nothing is left to do
	if verb == "apply" {
		want = exitInterrupted // nobody has looked again
	}
	if i.signal == syscall.SIGINT && p.code != want {
		t.Errorf("interrupted, it ends with %d, want %d", p.code, want)
	}
}

// program is the plugin as its users run it.
type program struct {
	home, ns string
	child    atomic.Pointer[os.Process]
	armed    atomic.Bool // writes count from now on
	hit      atomic.Bool // the write was seen
	code     int         // of the run that was ended
	said     string
}

func (p *program) kubeconfig(t *testing.T, server string) {
	t.Helper()
	text := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":%q}}],"contexts":[{"name":"c","context":{"cluster":"c"}}]}`, server)
	if err := os.WriteFile(filepath.Join(p.home, "kubeconfig"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p *program) run(t *testing.T, args ...string) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "kubectl-infscale", append(args, "-n", p.ns, "--kubeconfig", filepath.Join(p.home, "kubeconfig"))...)
	cmd.Env = append(os.Environ(), "HOME="+p.home, "XDG_STATE_HOME=")
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.child.Store(cmd.Process)
	hit := p.hit.Load()
	_ = cmd.Wait() // how it ended is what this is about
	if !hit && p.hit.Load() {
		p.code = cmd.ProcessState.ExitCode()
	}
	p.said += said.String()
}

// interrupting is an API server that ends the program around a write.
func interrupting(t *testing.T, bed *fixBed, i interruption, p *program) string {
	t.Helper()
	upstream, err := url.Parse(bed.config.Host)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(bed.config)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(upstream)
	proxy.Transport = transport
	var writes atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		meant := p.armed.Load() && r.Method == http.MethodPatch && r.URL.Query().Get("dryRun") == "" && writes.Add(1) == i.nth && p.hit.CompareAndSwap(false, true)
		if meant && !i.written {
			_ = p.child.Load().Signal(i.signal)
			if i.signal == syscall.SIGKILL {
				return // the request dies with its sender
			}
		}
		answer := http.ResponseWriter(w)
		if meant && i.written {
			recorded := httptest.NewRecorder()
			proxy.ServeHTTP(recorded, r)
			_ = p.child.Load().Signal(i.signal)
			for key, values := range recorded.Header() {
				answer.Header()[key] = values
			}
			answer.WriteHeader(recorded.Code)
			_, _ = answer.Write(recorded.Body.Bytes())
			return
		}
		proxy.ServeHTTP(answer, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
