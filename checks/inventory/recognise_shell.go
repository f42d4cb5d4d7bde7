package inventory

import "strings"

// word is one argument as a program gets it.
type word struct {
	text string
	// known is false for what an expansion or a placeholder leaves open; text
	// then shows what is written, which may stand for several words.
	known bool
	at    Path // from the container
}

// Limits of what is followed; scripts of manifests stay far below them.
const (
	maxShellDepth    = 5
	maxShellCommands = 2000
	maxShellWork     = 1 << 20 // bytes that are read, and written by expansions
)

// shellRun follows what a container runs: simple commands in the order in which
// they are written, through scripts inside scripts.
type shellRun struct {
	env   *environment
	files func(file string) (text string, ok bool)
	// accelerated says whether the container asks for an accelerator.
	accelerated bool

	vars     map[string]shellVar
	params   []word // $1, $2, …
	blocks   []shellBlock
	depth    int
	at       Path // the word of the container that holds the script
	inner    bool // the shell at hand is not the container's process
	lastTest bool // the command before was a test

	work     int // bytes so far, see maxShellWork
	commands int
	last     string // the last command's words
	trap     bool
	wait     bool
	shell    *Shell
	found    foundCommand
	// verdict is about the commands that are no engine's.
	verdict verdict
	// incomplete is set by anything that could not be followed.
	incomplete bool
}

// shellVar is a variable that a script sets. Exported ones reach the engine.
type shellVar struct {
	words    []word
	list     bool
	exported bool
}

// shellBlock is an open if, loop, case, function, group or subshell.
type shellBlock struct {
	kind  string // "if", "loop", "case", "func", "{", "("
	first int    // the number of commands before it
}

// shellCommand is a simple command and how it stands in the script.
type shellCommand struct {
	words      []word
	assigned   map[string]variable // NAME=value before the command
	exec       bool
	piped      bool
	background bool
}

// run follows a script's text. Its place is at.
func (r *shellRun) run(text string, params []word) {
	if r.depth >= maxShellDepth || !r.spend(len(text)) {
		r.incomplete = true
		return
	}
	tokens, ok := lexShell(text)
	r.incomplete = r.incomplete || !ok
	outer, outerBlocks := r.params, r.blocks
	r.params, r.blocks = params, nil
	r.depth++
	(&shellParser{run: r, tokens: tokens}).parse()
	r.depth--
	r.params, r.blocks = outer, outerBlocks
}

// spend counts bytes of work. A few lines that double a variable each would
// otherwise fill any memory.
func (r *shellRun) spend(bytes int) bool {
	r.work += bytes
	r.incomplete = r.incomplete || r.work > maxShellWork
	return r.work <= maxShellWork
}

// conditional says whether the commands at hand may not run, or not once.
func (r *shellRun) conditional() bool {
	for _, b := range r.blocks {
		if b.kind != "{" && b.kind != "(" {
			return true
		}
	}
	return false
}

// simple handles one simple command. maybe says that it runs or not depending
// on the one before it.
func (r *shellRun) simple(ws []shellWord, how shellCommand, maybe bool) {
	r.lastTest = false
	maybe = maybe || r.conditional()
	assigned := 0
	for assigned < len(ws) && isAssignment(ws[assigned]) {
		assigned++
	}
	if assigned == len(ws) {
		for _, w := range ws {
			r.assign(w, maybe, false)
		}
		return
	}
	if r.builtin(ws[assigned:], maybe) {
		return
	}
	how.assigned = map[string]variable{}
	for _, w := range ws[:assigned] {
		name, value, _ := r.assignment(w)
		how.assigned[name] = scalar(value)
	}
	for _, w := range ws[assigned:] {
		how.words = append(how.words, r.expand(w)...)
	}
	if len(how.words) > 0 {
		r.launch(how)
	}
}

// builtin handles the commands that change the shell itself.
func (r *shellRun) builtin(ws []shellWord, maybe bool) bool {
	rest := ws[1:]
	switch ws[0].literal() {
	case "export", "declare", "typeset", "local", "readonly":
		for _, w := range rest {
			if isAssignment(w) {
				r.assign(w, maybe, ws[0].literal() == "export")
			} else if v, ok := r.vars[w.literal()]; ok && ws[0].literal() == "export" {
				v.exported = true
				r.vars[w.literal()] = v
			}
		}
	case "unset", "read", "getopts", "mapfile", "readarray":
		for _, w := range rest {
			if name := w.literal(); isName(name) {
				r.set(name, []word{{text: "$" + name}}, false, false)
			}
		}
	case "set":
		r.setParams(rest, maybe)
	case "shift":
		if len(r.params) > 0 {
			r.params = r.params[1:]
		}
	case "trap":
		for _, w := range rest {
			name := strings.TrimPrefix(strings.ToUpper(w.literal()), "SIG")
			r.trap = r.trap || name == "TERM" || name == "15"
		}
	case "eval":
		r.run(joinWords(r.expandAll(rest)), r.params)
	case ".", "source":
		if file := joinWords(r.expandAll(rest[:min(1, len(rest))])); file != "" {
			if text, ok := r.files(file); ok {
				r.run(text, r.params)
			}
		}
	case ":", "true", "cd", "ulimit", "umask", "shopt", "alias", "hash":
		r.expandAll(rest) // ${NAME:=value} assigns
	case "test", "[", "[[":
		r.lastTest = true
	default:
		return false
	}
	return true
}

// setParams follows set -- words.
func (r *shellRun) setParams(rest []shellWord, maybe bool) {
	for i, w := range rest {
		if w.literal() != "--" {
			continue
		}
		r.params = r.expandAll(rest[i+1:])
		if maybe {
			r.params = []word{{text: "$@"}}
		}
		return
	}
}

func joinWords(words []word) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

// isAssignment says whether a word is NAME=… or NAME+=….
func isAssignment(w shellWord) bool {
	if len(w) == 0 || w[0].kind != partText || w[0].quoted {
		return false
	}
	name, _, found := strings.Cut(w[0].text, "=")
	return found && isName(strings.TrimSuffix(name, "+"))
}

// assignment takes NAME=value apart and expands the value.
func (r *shellRun) assignment(w shellWord) (name string, value []word, list bool) {
	name, rest, _ := strings.Cut(w[0].text, "=")
	name, grows := strings.CutSuffix(name, "+")
	old := r.vars[name]
	if len(w) > 1 && w[1].kind == partList {
		list = true
		if grows {
			value = append(value, old.words...)
		}
		return name, append(value, r.expandAll(w[1].list)...), true
	}
	parts := append(shellWord{{text: rest, quoted: true}}, w[1:]...)
	one := word{known: true, at: r.at}
	if grows && len(old.words) > 0 {
		one = old.words[0]
	}
	for _, part := range parts {
		part.quoted = true
		for _, more := range r.expand(shellWord{part}) {
			one.text += more.text
			one.known = one.known && more.known
		}
	}
	return name, []word{one}, false
}

func (r *shellRun) assign(w shellWord, maybe, exported bool) {
	name, value, list := r.assignment(w)
	if old, ok := r.vars[name]; maybe && (!ok || joinWords(old.words) != joinWords(value)) {
		value = []word{{text: "$" + name}}
	}
	r.set(name, value, list, exported)
}

// set stores a variable. What came from the container's environment stays
// exported.
func (r *shellRun) set(name string, value []word, list, exported bool) {
	_, inherited := r.env.get(name)
	r.vars[name] = shellVar{value, list, exported || inherited || r.vars[name].exported}
}

// scalar is the variable that a process sees.
func scalar(words []word) variable {
	if len(words) != 1 || !words[0].known {
		return variable{}
	}
	return variable{value: words[0].text, known: true}
}

// exports is what the script adds to the environment.
func (r *shellRun) exports(more map[string]variable) map[string]variable {
	all := map[string]variable{}
	for name, v := range r.vars {
		if v.exported && !v.list {
			all[name] = scalar(v.words)
		}
	}
	for name, v := range more {
		all[name] = v
	}
	return all
}

func (r *shellRun) expandAll(ws []shellWord) []word {
	var all []word
	for _, w := range ws {
		all = append(all, r.expand(w)...)
	}
	return all
}
