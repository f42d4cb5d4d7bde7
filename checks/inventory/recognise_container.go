package inventory

import (
	"strings"

	"go.yaml.in/yaml/v3"
	corev1 "k8s.io/api/core/v1"
)

// containerFacts is what one container shows of itself.
type containerFacts struct {
	container   *corev1.Container
	accelerated bool
	image       imageMatch
	known       bool // the image is in the table
	run         *shellRun
}

// readContainer follows a container's command, with the ConfigMaps of the
// snapshot.
func readContainer(c *corev1.Container, spec *corev1.PodSpec, namespace string, s *store) containerFacts {
	facts := containerFacts{container: c, accelerated: asksForAccelerator(c, spec)}
	facts.image, facts.known = matchImage(c.Image, facts.accelerated)
	facts.run = &shellRun{
		env:         readEnvironment(c, namespace, s),
		files:       func(file string) (string, bool) { return mountedFile(spec, c, file, namespace, s) },
		accelerated: facts.accelerated,
		vars:        map[string]shellVar{},
	}
	if words := facts.words(); len(words) > 0 {
		facts.run.launch(shellCommand{words: words})
	}
	return facts
}

// words are the container's command and arguments as the kubelet expands them.
func (f *containerFacts) words() []word {
	return append(f.expanded("command", f.container.Command), f.expanded("args", f.container.Args)...)
}

func (f *containerFacts) expanded(field string, texts []string) []word {
	words := make([]word, len(texts))
	for i, text := range texts {
		expanded, complete := f.run.env.expand(text)
		words[i] = word{text: expanded, known: complete && !placeholder(expanded), at: Path{field, i}}
	}
	return words
}

// engine decides what the container is: by its command where that names an
// engine, else by its image unless the command shows something else.
func (f *containerFacts) engine() (engine *Engine, by string) {
	found := f.run.found
	switch {
	case found.engine != nil && f.known && found.engine == f.image.engine:
		return found.engine, f.byImage()
	case found.engine != nil && (f.known || f.accelerated || f.tellsItself()):
		return found.engine, found.by
	case found.engine != nil || !f.known || f.run.verdict == runsOther:
		return nil, ""
	case f.image.pattern.verb != "" && len(f.container.Command) == 0 && !f.hasVerb():
		return nil, ""
	}
	return f.image.engine, f.byImage()
}

func (f *containerFacts) byImage() string { return `image "` + f.image.image.name() + `"` }

func (f *containerFacts) hasVerb() bool {
	return len(f.container.Args) > 0 && f.container.Args[0] == f.image.pattern.verb
}

// tellsItself says whether the engine's name stands in the container, and not
// only in a ConfigMap's script that it runs: see MayBeInference, which looks
// at one document at a time.
func (f *containerFacts) tellsItself() bool {
	for _, text := range append(append([]string{}, f.container.Command...), f.container.Args...) {
		if namesInference(text) {
			return true
		}
	}
	for _, entry := range f.container.Env {
		if namesInference(entry.Value) {
			return true
		}
	}
	return false
}

// args builds the engine's command line.
func (f *containerFacts) args(engine *Engine) Args {
	a := Args{}
	words := f.serverWords(engine, &a)
	env := f.environment(engine)
	for _, m := range engine.mirrors {
		if v, ok := env.get(m.env); ok && (!m.hidden || !a.Complete) {
			a.add(m.words(v), engine)
		}
	}
	if engine.ID == VLLM || engine.ID == SGLang {
		f.addConfig(&a, words, engine)
	}
	a.add(words, engine)
	return a
}

// environment is the engine's own, with what a script exports.
func (f *containerFacts) environment(engine *Engine) *environment {
	if f.run.found.engine == engine {
		return f.run.found.env
	}
	return f.run.env
}

// serverWords are the arguments that the engine gets, and what is known of the
// process around it.
func (f *containerFacts) serverWords(engine *Engine, a *Args) []word {
	if found := &f.run.found; found.engine == engine {
		a.Complete = !f.run.incomplete
		if a.Shell = f.run.shell; a.Shell != nil {
			f.describe(a.Shell)
		}
		return found.args
	}
	if len(f.container.Command) == 0 && len(f.container.Args) == 0 {
		a.Complete = f.image.pattern.server && !f.image.pattern.accelerated
		return nil
	}
	if len(f.container.Command) == 0 && f.run.shell == nil && (f.image.pattern.server || isFlag(f.container.Args[0])) {
		a.Complete = f.image.pattern.server && !f.image.pattern.accelerated
		return f.expanded("args", f.container.Args)
	}
	a.Shell = f.run.shell
	return nil
}

func (f *containerFacts) describe(shell *Shell) {
	found := &f.run.found
	shell.Found, shell.Exec = true, found.how.exec
	shell.Last, shell.Commands, shell.LastCommand = found.number == f.run.commands, f.run.commands-1, f.run.last
	shell.Piped, shell.Background, shell.Conditional = found.how.piped, found.how.background, found.conditional
	shell.Trap, shell.Wait, shell.Nested = f.run.trap, f.run.wait, found.depth > 1
}

// words turns a variable into the flag that it stands for, or into the pieces
// of command line that it holds.
func (m mirror) words(v variable) []word {
	if m.flag != "" {
		return []word{{text: m.flag + "=" + v.value, known: v.known, at: v.at}}
	}
	if !v.known {
		return []word{{text: "$" + m.env, at: v.at}}
	}
	var words []word
	for _, text := range strings.Fields(v.value) {
		words = append(words, word{text: strings.Trim(text, `"'`), known: true, at: v.at})
	}
	return words
}

// addConfig adds the flags of a --config file (vllm/utils/argparse_utils.py:
// its keys are flags, and the command line wins).
func (f *containerFacts) addConfig(a *Args, words []word, engine *Engine) {
	var line Args
	line.add(words, engine)
	config := line.find([]string{"--config"})
	if config == nil || !config.hasValue {
		return
	}
	text, ok := f.run.files(config.value)
	var node yaml.Node
	if !config.known || !ok || yaml.Unmarshal([]byte(text), &node) != nil {
		a.Complete = false
		return
	}
	a.add(configWords(resolve(&node), config.at), engine)
}

func configWords(node *yaml.Node, at Path) []word {
	var words []word
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := "--"+node.Content[i].Value, resolve(node.Content[i+1])
		switch value.Kind {
		case yaml.SequenceNode:
			words = append(words, word{text: name, known: true, at: at})
			for _, item := range value.Content {
				words = append(words, word{text: resolve(item).Value, known: true, at: at})
			}
		case yaml.MappingNode:
			words = append(words, word{text: name + "={…}", at: at})
		default:
			words = append(words, word{text: name + "=" + value.Value, known: true, at: at})
		}
	}
	return words
}
