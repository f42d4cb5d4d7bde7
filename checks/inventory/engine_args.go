package inventory

import "strings"

// Args are an engine's command line, wherever it was hidden: flags from
// variables that the engine reads as such, from its configuration file and
// from the command line itself, the strongest last.
type Args struct {
	// Complete is false when part of the command line cannot be seen: a
	// script, an entrypoint or a configuration file that is not in the
	// snapshot, an expansion that may hold flags. A flag that is absent then
	// proves nothing.
	Complete bool
	// Shell describes the shell that the container runs; nil when the
	// container's process is the engine itself, or cannot be seen.
	Shell *Shell

	flags      []flag
	positional []string
}

// Shell is a shell between the kubelet's signals and the engine.
type Shell struct {
	Name string // "sh", "bash", …
	// Script is the script's text, empty when it cannot be seen. File is where
	// it stands in the container, empty for a script of -c.
	Script string
	File   string
	// Path leads to the word that holds or names the script, from the
	// container.
	Path Path
	// Init is the init program in front of the shell ("tini"), or empty.
	Init string
	// Exec says that the engine takes the shell's place, Last that its command
	// is the last one of the script. Conditional marks a command in an if, a
	// loop or a function.
	Exec        bool
	Last        bool
	Conditional bool
	// Commands counts the programs that the script runs, as far as it was
	// followed, the engine among them; LastCommand is the last of them.
	Commands    int
	LastCommand string
	Piped       bool // the engine's command stands in a pipe
	Background  bool // the engine's command ends in &
	Trap        bool // the script handles SIGTERM
	Wait        bool // the script calls wait
	// Nested says that the engine is started by a script that this one runs or
	// reads.
	Nested bool
	// Found says that the engine's command was seen in the script.
	Found bool
}

// flag is one written flag.
type flag struct {
	name     string // without dashes in front
	value    string
	hasValue bool
	known    bool
	at       Path
}

// Get returns the value of the first of the flags that is written, which may
// be spelt in several ways. It is ok with an empty value where the flag is a
// switch, or where its value cannot be seen.
func (a Args) Get(flags ...string) (value string, ok bool) {
	f := a.find(flags)
	if f == nil {
		return "", false
	}
	return f.value, true
}

// Has says whether a switch is on: written, not with a false value, and not
// taken back by its --no- form.
func (a Args) Has(flags ...string) bool {
	for i := len(a.flags) - 1; i >= 0; i-- {
		f := &a.flags[i]
		for _, name := range flags {
			if sameFlag(f.name, trimDashes(name)) {
				return !f.hasValue || !f.known || !isFalse(f.value)
			}
			if sameFlag(f.name, "no-"+trimDashes(name)) {
				return f.hasValue && f.known && isFalse(f.value)
			}
		}
	}
	return false
}

// Positional returns the arguments that belong to no flag and can be seen.
func (a Args) Positional() []string { return a.positional }

// Where leads to the word that holds a flag, from the container: a word of
// command or args, or a variable. For a flag from a file it is the word that
// names the file.
func (a Args) Where(flags ...string) (Path, bool) {
	f := a.find(flags)
	if f == nil || f.at == nil {
		return nil, false
	}
	return f.at, true
}

// find returns the last of the written flags that has one of the names.
func (a Args) find(names []string) *flag {
	for i := len(a.flags) - 1; i >= 0; i-- {
		for _, name := range names {
			if sameFlag(a.flags[i].name, trimDashes(name)) {
				return &a.flags[i]
			}
		}
	}
	return nil
}

// sameFlag compares names. Python's argparse takes any unambiguous beginning of
// a flag; of those, the missing plural is the one that people write.
func sameFlag(written, name string) bool {
	return written == name || len(written) > 3 && written+"s" == name || written == strings.ReplaceAll(name, "_", "-")
}

func trimDashes(flag string) string { return strings.TrimLeft(flag, "-") }

func isFalse(value string) bool {
	switch strings.ToLower(value) {
	case "false", "0", "off", "no":
		return true
	}
	return false
}

func isTruth(value string) bool {
	switch strings.ToLower(value) {
	case "true", "1", "on", "yes":
		return true
	}
	return isFalse(value)
}

// add reads words as an engine reads its arguments.
func (a *Args) add(words []word, engine *Engine) {
	// listing: the last flag took a separate word, and what follows may be more
	// of a list (--served-model-name a b).
	flagSeen, listing := false, false
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w.text == "--":
			for _, rest := range words[i+1:] {
				a.addPositional(rest)
			}
			return
		case isFlag(w.text):
			flagSeen, listing = true, false
			f := readFlag(w, engine.dashes)
			a.Complete = a.Complete && (w.known || f.hasValue)
			if !f.hasValue && i+1 < len(words) && takes(f.name, words[i+1]) {
				i++
				f.value, f.known, f.hasValue = seen(words[i]), words[i].known, true
				listing = true
			}
			a.flags = append(a.flags, f)
		case !w.known && (!engine.ModelFirst || flagSeen || len(a.positional) > 0):
			a.Complete = false // it may be a flag, or hold several
		case !listing:
			a.addPositional(w)
		}
	}
}

func (a *Args) addPositional(w word) {
	if w.known {
		a.positional = append(a.positional, w.text)
	} else {
		a.positional = append(a.positional, "")
	}
}

func isFlag(text string) bool {
	return len(text) > 1 && text[0] == '-' && (text[1] == '-' && len(text) > 2 || text[1] >= 'A' && text[1] <= 'Z' || text[1] >= 'a' && text[1] <= 'z')
}

// readFlag takes --name=value apart. A name that an expansion is part of is no
// name.
func readFlag(w word, dashes bool) flag {
	f := flag{name: trimDashes(w.text), known: w.known, at: w.at}
	if name, value, found := strings.Cut(f.name, "="); found {
		f.name, f.value, f.hasValue = name, value, true
		if !w.known {
			f.value = ""
		}
	}
	if dashes {
		f.name = strings.ReplaceAll(f.name, "_", "-")
	}
	return f
}

func seen(w word) string {
	if !w.known {
		return ""
	}
	return w.text
}

// takes says whether the word behind a flag is its value. Switches take one
// only if it is a truth value.
func takes(name string, next word) bool {
	if isFlag(next.text) {
		return false
	}
	return !isSwitch(name) || isTruth(next.text)
}

// isSwitch tells the flags that stand alone by how engines name them.
func isSwitch(name string) bool {
	if name == "disable-access-log-for-endpoints" {
		return false
	}
	for _, prefix := range [...]string{
		"no-", "enable-", "disable-", "skip-", "trust-remote-code", "enforce-eager", "async-scheduling",
		"headless", "omni", "metrics", "jinja", "cont-batching", "embedding", "mlock", "json-output", "return-token-ids", "data-parallel-hybrid-lb", "data-parallel-external-lb",
	} {
		if name == prefix || strings.HasSuffix(prefix, "-") && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return name == "embeddings" || name == "reranking" || name == "cb"
}
