package inventory

import (
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// ScheduledCommand is a kubectl command of a CronJob that changes one object.
type ScheduledCommand struct {
	CronJob   *Object
	Suspended bool
	// Path leads from the CronJob's root to the word that names the target, or
	// to the script that holds the command.
	Path Path
	Verb string // "patch", "scale", "annotate" or "delete"
	// Target is what the command changes. Its namespace is the CronJob's unless
	// the command names another one.
	Target Ref
	// Sets are the fields that a patch, an annotation or scale writes, as far
	// as they can be seen.
	Sets []ScheduledField
}

// ScheduledField is one field that a command writes.
type ScheduledField struct {
	Path  Path
	Value string
	Known bool // false: a variable that nobody can see decides on the value
}

// ScheduledCommands returns what the CronJobs' containers do to other objects
// with kubectl: written as command and args, or in a script behind sh -c or in
// a ConfigMap of the snapshot. What a script computes is not followed.
func (s *Snapshot) ScheduledCommands() []ScheduledCommand {
	s.read(CronJob, ConfigMap)
	var all []ScheduledCommand
	for _, o := range s.objects[CronJob] {
		job := As[batchv1.CronJob](o)
		if job == nil || o.Fragment {
			continue
		}
		spec := &job.Spec.JobTemplate.Spec.Template.Spec
		suspended := job.Spec.Suspend != nil && *job.Spec.Suspend
		path := Path{"spec", "jobTemplate", "spec", "template", "spec"}
		read := func(c *corev1.Container, field string, i int) {
			for _, command := range commandsOf(c, spec, o, s.store) {
				command.CronJob, command.Suspended = o, suspended
				command.Path = path.Join(field, i).Join(command.Path...)
				all = append(all, command)
			}
		}
		for i := range spec.InitContainers {
			read(&spec.InitContainers[i], "initContainers", i)
		}
		for i := range spec.Containers {
			read(&spec.Containers[i], "containers", i)
		}
	}
	return all
}

// kubectls are programs with kubectl's command line.
var kubectls = wordSet("kubectl oc")

// commandsOf follows one container.
func commandsOf(c *corev1.Container, spec *corev1.PodSpec, o *Object, s *store) []ScheduledCommand {
	facts := readContainer(c, spec, o.Namespace, s)
	words := facts.words()
	if len(words) == 0 {
		return nil
	}
	program := base(words[0])
	if len(c.Command) == 0 && strings.Contains(c.Image, "kubectl") && !shells[program] && !kubectls[program] {
		words = append([]word{{text: "kubectl", known: true}}, words...) // the image's entrypoint
	}
	reader := &commandReader{namespace: o.Namespace}
	reader.run = &shellRun{env: facts.run.env, files: facts.run.files, vars: map[string]shellVar{}}
	reader.launch(words)
	return reader.found
}

// commandReader collects the kubectl commands of what a container runs.
type commandReader struct {
	run       *shellRun
	namespace string
	depth     int // of scripts in scripts
	nested    int // of ifs and loops in a script
	found     []ScheduledCommand
}

func (r *commandReader) launch(words []word) {
	if wrappers[base(words[0])] || base(words[0]) == "k3s" {
		for i := range words {
			if kubectls[base(words[i])] || shells[base(words[i])] {
				words = words[i:]
				break
			}
		}
	}
	if kubectls[base(words[0])] {
		r.found = append(r.found, readKubectl(words[1:], r.namespace)...)
		return
	}
	_, script, params, ok := r.run.script(words)
	if !ok || !script.found || r.depth == maxShellDepth || !r.run.spend(len(script.text)) {
		return
	}
	depth, nested, outer, outerAt := r.depth, r.nested, r.run.params, r.run.at
	r.depth, r.nested, r.run.params = r.depth+1, 0, params
	if r.run.at == nil {
		r.run.at = script.at
	}
	r.script(script.text)
	r.depth, r.nested, r.run.params, r.run.at = depth, nested, outer, outerAt
}

// script takes a script apart into simple commands. Whether one of them runs is
// not asked: the job was written to run it.
func (r *commandReader) script(text string) {
	tokens, _ := lexShell(text)
	var words []shellWord
	maybe := false
	for i := 0; i < len(tokens); i++ {
		switch op := tokens[i].op; {
		case op == "":
			words = append(words, tokens[i].word)
		case shellRedirects[op]:
			i++ // its target
		default:
			r.simple(words, maybe)
			words, maybe = nil, op == "&&" || op == "||"
		}
	}
	r.simple(words, maybe)
}

// simple handles one simple command with the keywords in front of it.
func (r *commandReader) simple(words []shellWord, maybe bool) {
	for ; len(words) > 0; words = words[1:] {
		switch words[0].literal() {
		case "if", "while", "until":
			r.nested++
			continue
		case "fi", "done", "esac":
			r.nested--
			continue
		case "then", "else", "elif", "do", "!", "{", "}", "time":
			continue
		case "for", "case":
			r.nested++
			if len(words) > 1 {
				name := words[1].literal()
				r.run.set(name, []word{{text: "$" + name}}, false, false)
			}
			return
		}
		break
	}
	for len(words) > 0 && isAssignment(words[0]) {
		r.run.assign(words[0], maybe || r.nested > 0, false)
		words = words[1:]
	}
	if len(words) > 0 && !r.run.builtin(words, maybe || r.nested > 0) {
		if expanded := r.run.expandAll(words); len(expanded) > 0 {
			r.launch(expanded)
		}
	}
}

// GeneratedName is the name of the HPA that KEDA makes for a ScaledObject, and
// empty for another autoscaler (controllers/keda/hpa.go).
func (a *Autoscaler) GeneratedName() string {
	if a.KEDA == nil {
		return ""
	}
	if a.KEDA.Status.HPAName != "" {
		return a.KEDA.Status.HPAName
	}
	if adv := a.KEDA.Spec.Advanced; adv != nil && adv.HorizontalPodAutoscalerConfig != nil && adv.HorizontalPodAutoscalerConfig.Name != "" {
		return adv.HorizontalPodAutoscalerConfig.Name
	}
	return "keda-hpa-" + a.Object.Name
}

// ScheduledPart is what a scheduled command changes of a workload's scaling.
type ScheduledPart uint8

// The parts.
const (
	PartNone      ScheduledPart = iota
	PartGenerated               // the HPA that something generates from another object
	PartBounds                  // an autoscaler as people write it
	PartReplicas                // the target of an autoscaler
)

// ScheduledImpact is a command seen from the workload that it is about.
type ScheduledImpact struct {
	Part ScheduledPart
	// Autoscaler is nil for an HPA that an operator generates.
	Autoscaler *Autoscaler
	Generator  Ref // of a generated HPA
	Workload   *Workload
}

// Impact finds out what a command changes. Manifests that leave their namespace
// out are taken to be meant for the other's.
func (s *Snapshot) Impact(c ScheduledCommand) ScheduledImpact {
	isHPA := c.Target.Kind == kinds[HorizontalPodAutoscaler].Name
	for _, a := range s.Autoscalers() {
		impact := ScheduledImpact{Autoscaler: a, Workload: a.Workload}
		switch target := c.Target; {
		case !s.SameNamespace(a.Object.Namespace, target.Namespace):
			continue
		case isHPA && a.GeneratedName() == target.Name:
			impact.Part, impact.Generator = PartGenerated, a.Object.Ref
		case a.Object.Kind == target.Kind && a.Object.Name == target.Name && !a.GeneratedBy.IsZero():
			impact.Part, impact.Generator = PartGenerated, a.GeneratedBy
		case a.Object.Kind == target.Kind && a.Object.Name == target.Name:
			impact.Part = PartBounds
		case a.Target.Group == target.Group && a.Target.Kind == target.Kind && a.Target.Name == target.Name:
			impact.Part = PartReplicas
		default:
			continue
		}
		return impact
	}
	for _, w := range s.Workloads() {
		// KServe gives the HPA of its Standard mode the predictor's name.
		if isHPA && As[InferenceServiceContent](w.Owner) != nil && c.Target.Name == w.Owner.Name+"-predictor" && s.SameNamespace(w.Owner.Namespace, c.Target.Namespace) {
			return ScheduledImpact{Part: PartGenerated, Generator: w.Owner.Ref, Workload: w}
		}
	}
	return ScheduledImpact{}
}

// SameNamespace says whether two objects are in one namespace, as far as
// manifests tell.
func (s *Snapshot) SameNamespace(a, b string) bool { return a == b || !s.live && (a == "" || b == "") }

// Annotations of KEDA that stop a ScaledObject from scaling begin so.
const pausedAnnotation = "autoscaling.keda.sh/paused"

// Released says whether an autoscaler leaves its target's replicas alone while
// the commands' schedule runs: it is paused, a command pauses or deletes it, or
// one sets the target to 0, where an HPA stands still until somebody sets
// another count (implicit maintenance mode; KEDA knows none).
func (a *Autoscaler) Released(commands []ScheduledCommand) bool {
	for key := range a.Object.Meta.Annotations {
		if strings.HasPrefix(key, pausedAnnotation) {
			return true
		}
	}
	for _, c := range commands {
		itself := c.Target.Kind == a.Object.Kind && c.Target.Name == a.Object.Name
		target := c.Target.Kind == a.Target.Kind && c.Target.Name == a.Target.Name
		if itself && c.Verb == "delete" {
			return true
		}
		for _, f := range c.Sets {
			pauses := strings.Contains(f.Path.String(), pausedAnnotation)
			if itself && pauses || target && a.KEDA == nil && f.Path.String() == "spec.replicas" && f.Value == "0" {
				return true
			}
		}
	}
	return false
}
