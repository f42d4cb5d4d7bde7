package plugin

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
)

// TestFixFilesKilled kills a fix of many files at any moment: each file is then
// as before or as after, never in between. The next run does the rest, and one
// more run nothing.
func TestFixFilesKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "kubectl-infscale")
	if err := os.Symlink(self, program); err != nil {
		t.Skip(err)
	}
	before := articleTimes(t, 8)
	whole := t.TempDir()
	lay(t, whole, before)
	fixAll(t, program, whole).wait()
	after := gather(t, whole)
	const kills = 4
	half := 0
	for i := range kills {
		dir := t.TempDir()
		lay(t, dir, before)
		fixAll(t, program, dir).killWhenWritten(filepath.Join(fmt.Sprintf("inference-%d", i), "hpa.yaml"), before)
		if changed := between(t, dir, before, after); changed > 0 && changed < len(gather(t, whole)) {
			half++
		}
		fixAll(t, program, dir).wait()
		rest := gather(t, dir)
		fixAll(t, program, dir).wait()
		if !maps.EqualFunc(rest, gather(t, dir), bytes.Equal) {
			t.Errorf("kill %d: the run after the next one changes something again", i)
		}
	}
	if half == 0 {
		t.Errorf("none of %d runs was killed between two files", kills)
	}
}

// between counts the files that are as after, and fails on those that are
// neither that nor as before.
func between(t *testing.T, dir string, before, after map[string][]byte) (changed int) {
	t.Helper()
	for name, text := range gather(t, dir) {
		switch {
		case bytes.Equal(text, before[name]):
		case bytes.Equal(text, after[name]):
			changed++
		default:
			t.Fatalf("%s is neither as before nor as after:\n%s", name, text)
		}
	}
	return changed
}

// running is a fix of a directory in a process of its own.
type running struct {
	t   *testing.T
	dir string
	cmd *exec.Cmd
}

func fixAll(t *testing.T, program, dir string) running {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "fix", "-f", dir, "--include-unsafe", "--write")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return running{t, dir, cmd}
}

func (r running) wait() {
	r.t.Helper()
	if err := r.cmd.Wait(); err != nil {
		r.t.Fatal(err)
	}
}

// killWhenWritten ends the process as soon as one of its files is there, or when
// it is through.
func (r running) killWhenWritten(name string, before map[string][]byte) {
	r.t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = r.cmd.Wait() // killed, or through before that
	}()
	for {
		select {
		case <-ended:
			return
		default:
		}
		if text, err := os.ReadFile(filepath.Join(r.dir, name)); err == nil && !bytes.Equal(text, before[name]) {
			_ = r.cmd.Process.Kill() // it may be through by now
			<-ended
			return
		}
	}
}

// articleTimes is the article's stack in many namespaces, by file name.
func articleTimes(t *testing.T, n int) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../testdata/article/as-written/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no article: ", err)
	}
	all := map[string][]byte{}
	for i := range n {
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			namespace := fmt.Sprintf("inference-%d", i)
			all[filepath.Join(namespace, filepath.Base(name))] = []byte(strings.ReplaceAll(string(text), "namespace: inference", "namespace: "+namespace))
		}
	}
	return all
}

func lay(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// gather reads the manifests of a directory. A killed run may leave temporary
// files, whose names begin with a dot so that nothing reads them.
func gather(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "[^.]*"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		name, _ := filepath.Rel(dir, path)
		if all[name], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestStartOfTwoFingerprints: what was typed of a fingerprint means one finding, in
// files as on a cluster.
func TestStartOfTwoFingerprints(t *testing.T) {
	var report checks.Report
	for _, print := range []string{"abcd000000000001", "abcd000000000002", "ffff000000000000", "ffff000000000000"} {
		report.Findings = append(report.Findings, checks.Finding{Check: rules.All()[0], Fix: &checks.Fix{Safety: checks.Safe}, Fingerprint: print})
	}
	for word, want := range map[string]int{"abcd": -1, "abcd000000000002": 1, "ffff": 2, "dcba": 0} {
		chosen, err := (&fileFixes{words: []string{word}}).choose(report)
		if got := len(chosen); err != nil && want >= 0 || err == nil && got != want {
			t.Errorf("%s: %d chosen, %v", word, got, err)
		}
	}
}
