package inventory

import "strings"

// Swallowed is a shell that keeps SIGTERM from the engine: the kubelet signals
// the container's first process alone, and the kernel drops a signal that
// process 1 of a namespace has no handler for.
type Swallowed struct {
	*Shell
	// How says how the engine runs: "runs %s without exec", with the engine's
	// name to be put in.
	How string
	// Sure is false where it depends on which shell the image has, or on its
	// entrypoint.
	Sure bool
}

// SwallowsTerm says whether a shell stands between the kubelet's SIGTERM and
// the engine. What cannot be followed counts as no.
func (w *Workload) SwallowsTerm() (Swallowed, bool) {
	sh := w.Args.Shell
	shared := w.Template.Spec.ShareProcessNamespace
	if sh == nil || !sh.Found || sh.Exec || sh.Nested || sh.Init != "" || shared != nil && *shared {
		return Swallowed{}, false
	}
	s := Swallowed{Shell: sh, Sure: len(w.Container.Command) > 0 || w.DebianShell()}
	waits := sh.waitsForever()
	switch {
	case sh.Background && waits:
		s.How = "runs %s in the background of " + sh.LastCommand
	case sh.Background && (sh.Trap || sh.Last && !sh.Wait):
		return s, false // a handler may pass it on; without a wait the container ends at once
	case sh.Background:
		s.How = "runs %s in the background without a trap for SIGTERM"
	case sh.Piped:
		s.How = "runs %s in a pipe"
	case sh.Trap:
		s.How = "runs its trap for SIGTERM when %s has ended"
	case sh.File != "" || !sh.Last || sh.Conditional:
		s.How = "runs %s without exec"
	default:
		s.How = "runs %s without exec"
		s.Sure = s.Sure && (sh.Name == "dash" || w.DebianShell())
		return s, sh.forksLast()
	}
	return s, true
}

// forksLast says whether a shell may stay where the last command of -c is a
// plain one. bash, zsh and ksh let it take their place (bash since 5.1; not
// where a trap is set), dash does not (0.5.12); sh may be either.
func (sh *Shell) forksLast() bool {
	return sh.Name == "sh" || sh.Name == "dash" || sh.Name == "ash"
}

// waitsForever says whether the script ends in a command that never ends, for
// which a shell waits before it runs any trap.
func (sh *Shell) waitsForever() bool {
	words := strings.Fields(sh.LastCommand)
	if len(words) < 2 {
		return false
	}
	switch words[0] {
	case "tail":
		return containsAny(sh.LastCommand, []string{" -f", " -F", "--follow"})
	case "sleep":
		return strings.HasPrefix(words[1], "inf")
	}
	return false
}

// DebianShell says whether sh is known to be dash in the image: the engines'
// own images are built on Debian or Ubuntu. llm-d's are not, nor are builds for
// Red Hat's or Alpine's bases.
func (r *Recognition) DebianShell() bool {
	switch r.Engine.ID {
	case VLLM, SGLang, TGI, Triton, TRTLLM, LlamaCpp:
	default:
		return false
	}
	return r.image.pattern.official && !containsAny(r.Container.Image, []string{"ubi", "rhel", "alpine"})
}

// WithExec returns the list of the container that holds the script, command or
// args, with exec put before the engine's command, and its place. Not ok means
// that this is no matter of one word.
func (r *Recognition) WithExec() (path Path, words []any, ok bool) {
	sh := r.Args.Shell
	if sh == nil || sh.File != "" || sh.Piped || sh.Background || sh.Conditional || sh.Trap || sh.Nested || !sh.Last || len(sh.Path) != 2 {
		return nil, nil, false
	}
	list, at := r.list(sh.Path), sh.Path[1].(int)
	script, ok := putExec(list[at], sh.LastCommand)
	words = anyList(list)
	words[at] = script
	return sh.Path[:1], words, ok
}

// putExec writes exec before a command of a script. The command's first word
// has to be there once as the beginning of a command.
func putExec(script, command string) (string, bool) {
	program, _, _ := strings.Cut(command, " ")
	found, from := -1, 0
	for program != "" {
		next := strings.Index(script[from:], program)
		if next < 0 {
			break
		}
		at := from + next
		from = at + len(program)
		if !beginsCommand(script[:at]) || from < len(script) && !strings.ContainsRune(" \t\n\\", rune(script[from])) {
			continue
		}
		if found >= 0 {
			return "", false
		}
		found = at
	}
	if found < 0 {
		return "", false
	}
	return script[:found] + "exec " + script[found:], true
}

// beginsCommand says whether a command may begin behind a piece of script.
func beginsCommand(before string) bool {
	before = strings.TrimRight(before, " \t")
	line, continued := strings.CutSuffix(before, "\n")
	if continued {
		return !strings.HasSuffix(line, "\\")
	}
	return before == "" || strings.HasSuffix(before, ";") || strings.HasSuffix(before, "&&")
}
