package plugin

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/infscale/kubectl-infscale/checks"
)

// proofPatience is how long a step of a proof may take; controllers that share two
// cores with a dozen proofs are slow at times.
const proofPatience = 3 * time.Minute

// prover is one proof that runs.
type prover struct {
	bed       *situations
	settings  proofSettings
	check     string
	namespace string
	seen      proofRun
	holder    *holder
	began     time.Time // the clock of the symptom, then that of the recovery
	repaired  bool
	frame     checks.Frame // when the clock started
}

type proverKey struct{}

func proverOf(ts *testscript.TestScript) *prover { return ts.Value(proverKey{}).(*prover) }

// proofEnvironment gives a proof a namespace of its own, which is called as its
// check.
func proofEnvironment(env *testscript.Env, bed *situations, settings map[string]proofSettings) error {
	if err := scriptEnvironment(env); err != nil {
		return err
	}
	check := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.Contexts[config.CurrentContext].Namespace = check
	kubeconfig := filepath.Join(env.WorkDir, ".kubeconfig")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		return err
	}
	env.Setenv("KUBECONFIG", kubeconfig)
	env.Setenv("KUBECACHEDIR", filepath.Join(env.WorkDir, "kubecache"))
	env.Setenv(bedVariable, os.Getenv(bedVariable))
	env.Setenv("NS", check)
	p := &prover{bed: bed, settings: settings[check], check: check, namespace: check, holder: newHolder(bed.api, check), began: time.Now()}
	if err := p.seen.versions(bed); err != nil {
		return err
	}
	env.Values[proverKey{}] = p
	if out, err := exec.Command("kubectl", "create", "namespace", check).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	env.Defer(func() {
		p.holder.stop()
		// The bed goes as a whole; these make room for the proofs that still run.
		_ = exec.Command("kubectl", "delete", "namespace", check, "--wait=false").Run()
		_ = exec.Command("kubectl", "delete", "node", "-l", "bed.infscale.dev/proof="+check, "--wait=false").Run()
	})
	return nil
}

func (p *prover) apply(ts *testscript.TestScript, args []string) {
	cmd := p.prepare(ts, args)
	out, err := cmd.CombinedOutput()
	ts.Logf("%s", out)
	ts.Check(err)
	p.repaired = true
	p.start(ts)
}

// command runs one and returns what it printed; its exit code is an answer, too.
func (p *prover) command(ts *testscript.TestScript, args []string) (out, problems string) {
	var stdout, stderr bytes.Buffer
	cmd := p.prepare(ts, args)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	return stdout.String(), stderr.String()
}

func (p *prover) prepare(ts *testscript.TestScript, args []string) *exec.Cmd {
	cmd := exec.Command("sh", append([]string{"-c", `exec "$@"`, "sh"}, args...)...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "KUBECONFIG", "KUBECACHEDIR", "NS", bedVariable} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	return cmd
}

// proofInterval is how long a step waits before it looks again.
const proofInterval = time.Second

// await repeats a look until it succeeds.
func (p *prover) await(ts *testscript.TestScript, look func() (string, bool)) {
	last := ""
	for deadline := time.Now().Add(proofPatience); time.Now().Before(deadline); {
		text, ok := look()
		if ok {
			ts.Logf("%s", text)
			return
		}
		last = text
		<-time.After(proofInterval)
	}
	ts.Fatalf("not seen in %s; the last was\n%s", proofPatience, last)
}

// during repeats a look for a while; each time it has to succeed.
func (p *prover) during(ts *testscript.TestScript, length time.Duration, look func() (string, bool)) {
	for start := time.Now(); time.Since(start) < length; <-time.After(proofInterval) {
		if text, ok := look(); !ok {
			ts.Fatalf("changed after %.0fs:\n%s", time.Since(start).Seconds(), text)
		}
	}
}
