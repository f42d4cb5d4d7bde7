package plugin

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary stand in for the plugin: scripts find it on the
// PATH under its plugin name, and so does kubectl.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kubectl-infscale": func() {
			streams := Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv}
			build := Build{Version: "v0.0.0-test", Commit: "none", Date: "never", Go: "go"}
			os.Exit(Main(context.Background(), streams, build, os.Args))
		},
	})
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
	article, err := filepath.Abs("../testdata/article")
	if err != nil {
		return err
	}
	env.Setenv("ARTICLE", article)
	env.Setenv("HOME", env.WorkDir)
	return nil
}
