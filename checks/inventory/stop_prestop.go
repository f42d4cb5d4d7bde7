package inventory

import (
	"path"
	"strconv"
	"strings"
	"time"
)

// PreStop is the hook of the engine's container that runs before SIGTERM is
// sent.
type PreStop struct {
	// Hook is false where there is none.
	Hook bool
	// Sleep is the time that it takes, at the least.
	Sleep time.Duration
	// Open says that it may take longer: it waits for something, or does
	// something that cannot be seen.
	Open bool
}

// PreStop reads the engine's preStop hook.
func (r *Recognition) PreStop() PreStop {
	if r.Container == nil || r.Container.Lifecycle == nil || r.Container.Lifecycle.PreStop == nil {
		return PreStop{}
	}
	switch hook := r.Container.Lifecycle.PreStop; {
	case hook.Sleep != nil:
		return PreStop{Hook: true, Sleep: time.Duration(hook.Sleep.Seconds) * time.Second}
	case hook.Exec != nil && len(hook.Exec.Command) > 0:
		sleep, fixed := commandTime(hook.Exec.Command)
		return PreStop{Hook: true, Sleep: sleep, Open: !fixed}
	}
	return PreStop{Hook: true, Open: true} // the kubelet waits for the answer to a request
}

// commandTime is how long a hook's command takes, if that is fixed.
func commandTime(command []string) (time.Duration, bool) {
	if script, ok := shellScript(command); ok {
		return scriptTime(script)
	}
	return programTime(command)
}

// shellScript returns the text that a shell gets with -c.
func shellScript(command []string) (string, bool) {
	switch path.Base(command[0]) {
	case "sh", "bash", "ash", "dash", "zsh":
	default:
		return "", false
	}
	for i, arg := range command[1:] {
		if strings.HasPrefix(arg, "-") && strings.HasSuffix(arg, "c") && i+2 < len(command) {
			return command[i+2], true
		}
	}
	return "", false
}

// scriptTime adds up what a script of commands in a row takes, and leaves it open
// where one is of unknown length. Anything else (a loop, a condition, a pipe, a
// command in the background) ends the sum there.
func scriptTime(script string) (time.Duration, bool) {
	tokens, ok := lexShell(script)
	if !ok {
		return 0, false
	}
	var total time.Duration
	var words []string
	fixed, otherwise := true, false // otherwise: the command runs if the one before failed
	flush := func(next bool) {
		took, known := programTime(words)
		if otherwise && took > 0 {
			took, known = 0, false
		}
		total, fixed, otherwise, words = total+took, fixed && known, next, nil
	}
	for _, t := range tokens {
		switch {
		case t.op == "":
			words = append(words, wordText(t.word))
		case t.op == ";" || t.op == "\n" || t.op == "&&" || t.op == "||":
			if len(words) > 0 && compound[words[0]] {
				return total, false
			}
			flush(t.op == "||")
		case !shellRedirects[t.op]:
			return total, false
		}
	}
	if len(words) > 0 && compound[words[0]] {
		return total, false
	}
	flush(false)
	return total, fixed
}

// wordText is a word of a script without quotes; what is not plain text shows
// as a $.
func wordText(w shellWord) string {
	var b strings.Builder
	for _, part := range w {
		if part.kind != partText {
			return "$"
		}
		b.WriteString(part.text)
	}
	return b.String()
}

// compound are the words that begin or continue a compound command.
var compound = wordSet("if then elif else fi while until for do done case esac { } !")

// instant are commands that end at once.
var instant = wordSet("echo printf true : date touch kill pkill sync exit set export")

// programTime is how long one program takes, if that is fixed.
func programTime(words []string) (time.Duration, bool) {
	if len(words) == 0 || instant[path.Base(words[0])] {
		return 0, true
	}
	if path.Base(words[0]) != "sleep" || len(words) == 1 {
		return 0, false
	}
	var total time.Duration
	for _, word := range words[1:] {
		took, ok := sleepTime(word)
		if !ok {
			return 0, false
		}
		total += took
	}
	return total, true
}

// sleepTime reads an operand of sleep: "15", "0.5", "15s", "2m".
func sleepTime(text string) (time.Duration, bool) {
	unit := time.Second
	if text != "" {
		for suffix, u := range map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour} {
			if text[len(text)-1] == suffix {
				text, unit = text[:len(text)-1], u
				break
			}
		}
	}
	number, err := strconv.ParseFloat(text, 64)
	const longest = 1e6 // "infinity", and what is as good as that
	if err != nil || number < 0 || number > longest {
		return 0, false
	}
	return time.Duration(number * float64(unit)), true
}

// PreStopKills says whether the hook signals a process by itself.
func (r *Recognition) PreStopKills() bool {
	if r.Container == nil || r.Container.Lifecycle == nil || r.Container.Lifecycle.PreStop == nil {
		return false
	}
	hook := r.Container.Lifecycle.PreStop
	return hook.Exec != nil && strings.Contains(strings.Join(hook.Exec.Command, " "), "kill")
}
