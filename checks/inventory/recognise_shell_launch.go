package inventory

import (
	"path"
	"strings"
)

// inits reap processes and pass signals on.
var inits = wordSet("tini tini-static dumb-init catatonit")

// launch handles a command that starts a program.
func (r *shellRun) launch(how shellCommand) {
	if r.commands++; r.commands > maxShellCommands {
		r.incomplete = true
		return
	}
	r.last = joinWords(how.words)
	words := how.words
	if base(words[0]) == "exec" {
		how.exec = true
		if words = afterFlags(words[1:]); len(words) == 0 {
			return // exec > file
		}
	}
	init := ""
	if inits[base(words[0])] {
		init = base(words[0])
		if words = afterFlags(words[1:]); len(words) == 0 {
			return
		}
	}
	if r.nested(words, init, how) {
		return
	}
	if wrappers[base(words[0])] {
		for i := 1; i < len(words); i++ {
			if shells[base(words[i])] && !strings.Contains(words[i].text, "=") && r.nested(words[i:], init, how) {
				return
			}
		}
	}
	r.judge(words, how)
}

// nested follows a command that is a script or a shell that runs one.
func (r *shellRun) nested(words []word, init string, how shellCommand) bool {
	name, script, params, ok := r.script(words)
	if !ok {
		return false
	}
	if r.depth == 0 {
		r.shell = &Shell{Name: name, Script: script.text, File: script.file, Init: init, Path: script.at}
		r.at = script.at
	}
	if !script.found {
		r.verdict = runsUnknown
		return true
	}
	outer := r.inner
	r.inner = outer || r.depth > 0 && !r.replaces(how)
	r.run(script.text, params)
	r.inner = outer
	return true
}

// replaces says whether a command takes the place of the shell that runs it.
func (r *shellRun) replaces(how shellCommand) bool {
	if !how.exec || how.piped || how.background {
		return false
	}
	for _, b := range r.blocks {
		if b.kind == "(" {
			return false
		}
	}
	return true
}

// scriptText is a script and where it comes from.
type scriptText struct {
	text  string
	file  string
	at    Path
	found bool
}

var shells = wordSet("sh bash dash ash zsh ksh")

// script recognises a shell's command line, or a file of a ConfigMap that is
// run as a program.
func (r *shellRun) script(words []word) (shell string, script scriptText, params []word, ok bool) {
	shell = base(words[0])
	if shells[shell] {
		script, params, ok = r.shellArguments(words[1:])
		return shell, script, params, ok
	}
	if !strings.HasPrefix(words[0].text, "/") {
		return "", scriptText{}, nil, false
	}
	text, found := r.files(words[0].text)
	if !found {
		return "", scriptText{}, nil, false
	}
	line, _, _ := strings.Cut(text, "\n")
	interpreter, isScript := strings.CutPrefix(line, "#!")
	if isScript {
		fields := strings.Fields(interpreter)
		shell = path.Base(fields[max(0, len(fields)-1)])
		if len(fields) > 1 && shells[path.Base(fields[0])] {
			shell = path.Base(fields[0])
		}
	}
	if !shells[shell] {
		if isScript || !strings.HasSuffix(words[0].text, ".sh") {
			return "", scriptText{}, nil, false
		}
		shell = "sh"
	}
	return shell, scriptText{text, words[0].text, words[0].at, true}, words[1:], true
}

// shellArguments reads what stands behind a shell's name: -c and a script, or
// a file.
func (r *shellRun) shellArguments(words []word) (script scriptText, params []word, ok bool) {
	command := false
	for len(words) > 0 && len(words[0].text) > 1 && strings.ContainsAny(words[0].text[:1], "-+") {
		flag := words[0].text
		words = words[1:]
		if flag == "--" {
			break
		}
		if strings.HasPrefix(flag, "--") {
			continue
		}
		command = command || flag[0] == '-' && strings.Contains(flag, "c")
		if strings.HasSuffix(flag, "o") && len(words) > 0 {
			words = words[1:] // -o pipefail
		}
	}
	if len(words) == 0 {
		return scriptText{}, nil, false
	}
	first := words[0]
	if command {
		return scriptText{text: first.text, at: first.at, found: true}, words[min(2, len(words)):], true
	}
	text, found := r.files(first.text)
	return scriptText{text, first.text, first.at, found}, words[1:], true
}

// afterFlags skips a wrapper's own flags and the -- behind them.
func afterFlags(words []word) []word {
	for len(words) > 0 && strings.HasPrefix(words[0].text, "-") {
		done := words[0].text == "--"
		takesValue := words[0].text == "-a" || words[0].text == "-e" || words[0].text == "-p"
		words = words[1:]
		if takesValue && len(words) > 0 {
			words = words[1:]
		}
		if done {
			break
		}
	}
	return words
}
