package plugin

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

func proofCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"hold":       positive(cmdHold),
		"begin":      positive(cmdBegin),
		"finds":      positive(cmdFinds),
		"symptom":    positive(cmdSeen),
		"recovered":  positive(cmdSeen),
		"stays":      positive(cmdStays),
		"replicas":   positive(cmdReplicas),
		"repair":     positive(cmdRepair),
		"by-hand":    positive(cmdByHand),
		"silent":     positive(cmdSilent),
		"eventually": positive(cmdEventually),
	}
}

func positive(run func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("a step of a proof cannot be negated")
		}
		run(ts, args)
	}
}

// cmdBegin starts the clock of the symptom: hold on, everything is applied.
func cmdBegin(ts *testscript.TestScript, args []string) {
	if len(args) > 0 {
		ts.Fatalf("usage: begin")
	}
	proverOf(ts).start(ts)
}

// start sets the clock to zero, and keeps what the simulator is to begin with.
func (p *prover) start(ts *testscript.TestScript) {
	p.began = time.Now()
	config, err := clientcmd.BuildConfigFromFlags("", ts.Getenv("KUBECONFIG"))
	ts.Check(err)
	live := &source.Live{Config: config, Namespaces: []string{p.namespace}}
	p.frame, err = live.Load(p.bed.Context(), checks.Needs{Kinds: inventory.Kinds()})
	ts.Check(err)
}

// cmdFinds waits until doctor reports the check: finds [PATTERN of the message].
func cmdFinds(ts *testscript.TestScript, args []string) {
	if len(args) > 1 {
		ts.Fatalf("usage: finds [PATTERN]")
	}
	pattern, err := regexp.Compile("(?s)" + strings.Join(args, ""))
	ts.Check(err)
	p := proverOf(ts)
	p.await(ts, func() (string, bool) {
		report, text := p.doctor(ts)
		for _, finding := range report.Findings {
			if pattern.MatchString(finding.Message) {
				if p.seen.Finding == "" {
					p.seen.Finding = finding.Message
				}
				return finding.Message, true
			}
		}
		return text, false
	})
}

// cmdSilent ends a proof: doctor has looked, and reports the check no more.
func cmdSilent(ts *testscript.TestScript, args []string) {
	if len(args) > 0 {
		ts.Fatalf("usage: silent")
	}
	p := proverOf(ts)
	p.await(ts, func() (string, bool) {
		report, text := p.doctor(ts)
		looked := len(report.Workloads) > 0 && !slices.ContainsFunc(report.Skipped, func(s proofSkip) bool { return s.Check == p.check })
		if looked && len(report.Findings) == 0 {
			return "nothing found", true
		}
		return text, false
	})
	if !p.repaired || len(p.seen.Symptom) == 0 {
		ts.Fatalf("a proof has a symptom and a repair before it ends")
	}
	p.seen.write(ts, p.check)
}

// proofReport is the part of doctor's report that a proof reads.
type proofReport struct {
	Workloads []struct{}     `json:"workloads"`
	Findings  []proofFinding `json:"findings"`
	Skipped   []proofSkip    `json:"skipped"`
}

type proofFinding struct {
	Message  string                     `json:"message"`
	Workload struct{ Namespace string } `json:"workload"`
}

type proofSkip struct {
	Check string `json:"check"`
}

func (p *prover) doctor(ts *testscript.TestScript) (proofReport, string) {
	var report proofReport
	args := []string{"kubectl", "infscale", "doctor", "-o", "json", "--checks", p.check, "--show", "info", "--fail-on", "never"}
	if p.settings.AllNamespaces {
		args = append(args, "-A")
	}
	out, problems := p.command(ts, args)
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		return report, out + problems
	}
	if p.settings.AllNamespaces {
		report.Findings = slices.DeleteFunc(report.Findings, func(f proofFinding) bool { return f.Workload.Namespace != p.namespace })
	}
	return report, out + problems
}

// cmdEventually waits for what is no part of the claim: eventually PATTERN
// COMMAND….
func cmdEventually(ts *testscript.TestScript, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND…")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	p := proverOf(ts)
	p.await(ts, func() (string, bool) {
		out, problems := p.command(ts, args[1:])
		return out + problems, pattern.MatchString(out)
	})
}

// cmdSeen waits for what a user would see: symptom WORDS PATTERN COMMAND…, and
// after the repair recovered WORDS PATTERN COMMAND….
func cmdSeen(ts *testscript.TestScript, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: symptom|recovered WORDS PATTERN COMMAND…")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	p := proverOf(ts)
	p.await(ts, func() (string, bool) {
		out, problems := p.command(ts, args[2:])
		return out + problems, pattern.MatchString(out + problems)
	})
	p.saw(args[0], time.Since(p.began))
}

// saw notes a step in the words of the proof, and how long it took.
func (p *prover) saw(words string, took time.Duration) {
	step := proofStep{words, seconds(took)}
	if p.repaired {
		p.seen.Recovery = append(p.seen.Recovery, step)
	} else {
		p.seen.Symptom = append(p.seen.Symptom, step)
	}
}

// cmdStays watches that something does not change: stays DURATION PATTERN
// COMMAND….
func cmdStays(ts *testscript.TestScript, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: stays DURATION PATTERN COMMAND…")
	}
	length, err := time.ParseDuration(args[0])
	ts.Check(err)
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	p := proverOf(ts)
	p.during(ts, length, func() (string, bool) {
		out, problems := p.command(ts, args[2:])
		return out + problems, pattern.MatchString(out + problems)
	})
}

// cmdReplicas waits for the count that an autoscaler sets, and lets the
// simulator, from the same objects and numbers, come to it as well: replicas
// TYPE/NAME N [for DURATION] [unsimulated REASON].
func cmdReplicas(ts *testscript.TestScript, args []string) {
	const usage = "usage: replicas TYPE/NAME N [for DURATION] [unsimulated REASON]"
	if len(args) < 2 {
		ts.Fatalf(usage)
	}
	p := proverOf(ts)
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	var length time.Duration
	unsimulated := ""
	for rest := args[2:]; len(rest) > 0; rest = rest[2:] {
		if len(rest) == 1 {
			ts.Fatalf(usage)
		}
		switch rest[0] {
		case "for":
			length, err = time.ParseDuration(rest[1])
			ts.Check(err)
		case "unsimulated":
			unsimulated = rest[1]
		default:
			ts.Fatalf(usage)
		}
	}
	count := func() (string, bool) {
		out, problems := p.command(ts, []string{"kubectl", "get", args[0], "-o", "jsonpath={.spec.replicas}"})
		return out + problems, out == args[1]
	}
	p.await(ts, count)
	took := time.Since(p.began)
	if length > 0 {
		p.during(ts, length, count)
	}
	state := " is at "
	if length > 0 {
		state = " stays at "
	}
	words := args[0] + state + inventory.Count(int32(want), "replica")
	p.saw(words, took)
	if unsimulated != "" {
		p.seen.Simulator = append(p.seen.Simulator, unsimulated)
		return
	}
	p.simulate(ts, args[0], int32(want), took, length)
}

// cmdRepair applies the project's own fix: repair [FLAG…].
func cmdRepair(ts *testscript.TestScript, args []string) {
	p := proverOf(ts)
	p.seen.Repair = "kubectl infscale fix " + p.check
	p.apply(ts, append([]string{"kubectl", "infscale", "fix", p.check, "--yes"}, args...))
}

// cmdByHand does what the check's remedy says, where no fix can: by-hand
// COMMAND….
func cmdByHand(ts *testscript.TestScript, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: by-hand COMMAND…")
	}
	p := proverOf(ts)
	p.seen.Repair = "by hand, as the remedy says"
	p.apply(ts, args)
}
