package inventory

import (
	"strconv"
	"strings"
)

// expander builds the words that one word of a script becomes.
type expander struct {
	run   *shellRun
	words []word
	open  bool // the last word still grows
}

// wordCost is what a word counts for beside its text.
const wordCost = 64

// grow adds to the current word.
func (e *expander) grow(text string, known bool) {
	if !e.run.spend(len(text) + wordCost) {
		return
	}
	if !e.open {
		e.words = append(e.words, word{known: true, at: e.run.at})
		e.open = true
	}
	w := &e.words[len(e.words)-1]
	w.text += text
	w.known = w.known && known
}

// fields adds text that is split at blanks, as unquoted expansions are.
func (e *expander) fields(text string) {
	if text == "" {
		return
	}
	if strings.TrimLeft(text, " \t\n") != text {
		e.open = false
	}
	for i, field := range strings.Fields(text) {
		if i > 0 {
			e.open = false
		}
		e.grow(field, true)
	}
	if strings.TrimRight(text, " \t\n") != text {
		e.open = false
	}
}

// list adds words that stay apart: "$@" and "${NAME[@]}".
func (e *expander) list(words []word) {
	for i, w := range words {
		if i > 0 {
			e.open = false
		}
		if e.grow(w.text, w.known); e.run.work > maxShellWork {
			return
		}
	}
}

// expand returns the words that a word becomes: none for an empty unquoted
// variable, several for a list or for unquoted text with blanks.
func (r *shellRun) expand(w shellWord) []word {
	e := &expander{run: r}
	for _, part := range w {
		switch part.kind {
		case partText:
			e.grow(part.text, !placeholder(part.text))
		case partUnknown:
			e.grow("$(…)", false)
		case partAll:
			e.list(r.params)
		case partElement:
			if v, ok := r.vars[part.text]; ok {
				e.list(v.words)
			} else {
				e.grow("${"+part.text+"[@]}", false)
			}
		case partName:
			r.expandName(e, part)
		}
	}
	return e.words
}

func (r *shellRun) expandName(e *expander, part shellPart) {
	value, state := r.lookup(part.text)
	if part.hasInstead && state == unset {
		value, state = word{text: part.instead, known: !placeholder(part.instead)}, set
		if part.assigns {
			r.set(part.text, []word{value}, false, false)
		}
	}
	switch {
	case state != set || !value.known:
		e.grow("$"+part.text, false)
	case part.quoted:
		e.grow(value.text, true)
	default:
		e.fields(value.text)
	}
}

// nameState says what is known about a variable.
type nameState uint8

const (
	unset   nameState = iota // nothing that can be seen sets it
	set                      // to the value
	unclear                  // set, or perhaps set, to something that cannot be seen
)

// lookup finds a variable or a parameter. A variable that nothing sets may
// still come from the image: only a default written beside it is taken.
func (r *shellRun) lookup(name string) (word, nameState) {
	if v, ok := r.vars[name]; ok {
		if len(v.words) == 0 {
			return word{known: true}, set
		}
		return v.words[0], set
	}
	if number, err := strconv.Atoi(name); err == nil {
		if number >= 1 && number <= len(r.params) {
			return r.params[number-1], set
		}
		return word{}, unset
	}
	if !isName(name) {
		return word{}, unclear
	}
	v, ok := r.env.get(name)
	switch {
	case ok && v.known:
		return word{text: v.value, known: true}, set
	case ok || r.env.open:
		return word{}, unclear
	}
	return word{}, unset
}
