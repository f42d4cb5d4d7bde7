package plugin

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/term"
)

// TestMain lets the test binary stand in for the plugin: scripts find it on the
// PATH under its plugin name, and so does kubectl.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kubectl-infscale": func() {
			streams := Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Terminal: term.IsTerminal(int(os.Stdout.Fd()))}
			build := Build{Version: "v0.0.0-test", Commit: "none", Date: "never", Go: "go"}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			code := Main(ctx, streams, build, os.Args)
			stop()
			os.Exit(code)
		},
		"bad-prometheus": badPrometheus,
	})
}

// badPrometheus is a server on loopback that is no good Prometheus: bad-prometheus
// garbage, huge or slow. It writes its address to a file, and runs until it is
// killed with its script.
func badPrometheus() {
	mode, file := os.Args[1], os.Args[2]
	hold := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch mode {
		case "garbage":
			io.WriteString(w, "<html>\x1b[31mnot me</html>")
		case "huge":
			io.Copy(w, io.LimitReader(endless('{'), 100<<20))
		case "slow":
			<-hold
		}
	}))
	if err := os.WriteFile(file+".part", []byte(server.URL), 0o600); err != nil {
		os.Exit(1)
	}
	if err := os.Rename(file+".part", file); err != nil {
		os.Exit(1)
	}
	<-hold
}

// endless is a reader of one letter.
type endless byte

func (e endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(e)
	}
	return len(b), nil
}

// TestScripts runs the transcripts of testdata/script: what a user types, and
// what the program answers.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "../testdata/script",
		UpdateScripts: *update,
		Setup:         scriptEnvironment,
	})
}

func scriptEnvironment(env *testscript.Env) error {
	for name, folder := range map[string]string{"ARTICLE": "testdata/article", "SCENARIOS": "testdata/scenarios", "KREW": "krew"} {
		path, err := filepath.Abs("../" + folder)
		if err != nil {
			return err
		}
		env.Setenv(name, path)
	}
	env.Setenv("HOME", env.WorkDir)
	return nil
}
