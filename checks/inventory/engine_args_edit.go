package inventory

import "strings"

// SetFlag returns the list of the engine's container (args, or command where
// there are none) as it would be with the flag set, and where the list stands in
// the container. Not ok means that there is no such flag, or that no list can be
// named that reaches the engine: a shell's script holds its command line, or part
// of it is not seen.
func (r *Recognition) SetFlag(flag, value string) (path Path, words []any, ok bool) {
	if flag == "" || r.Args.Shell != nil || !r.Args.Complete {
		return nil, nil, false
	}
	if at, written := r.Args.Where(flag); written {
		return r.replaceFlag(at, flag, value)
	}
	return r.AddWord(flag + "=" + value)
}

// replaceFlag changes the word of a list that holds the flag's value.
func (r *Recognition) replaceFlag(at Path, flag, value string) (path Path, words []any, ok bool) {
	if len(at) != 2 || at[0] != "args" && at[0] != "command" {
		return nil, nil, false
	}
	list := r.list(at)
	i, words := at[1].(int), anyList(list)
	switch {
	case strings.Contains(list[i], "="):
		words[i] = flag + "=" + value
	case i+1 < len(list):
		words[i+1] = value
	default:
		return nil, nil, false
	}
	return at[:1], words, true
}

func (r *Recognition) list(at Path) []string {
	if at[0] == "command" {
		return r.Container.Command
	}
	return r.Container.Args
}

func anyList(list []string) []any {
	words := make([]any, len(list), len(list)+1)
	for i, text := range list {
		words[i] = text
	}
	return words
}

// AddWord returns the list of the engine's container with one more word at its
// end, as SetFlag does.
func (r *Recognition) AddWord(text string) (path Path, words []any, ok bool) {
	if r.Args.Shell != nil || !r.Args.Complete {
		return nil, nil, false
	}
	path = r.commandLine()
	return path, append(anyList(r.list(path)), text), true
}

// DropSwitch returns the list without a switch that is written in one word.
func (r *Recognition) DropSwitch(name string) (path Path, words []any, ok bool) {
	at, written := r.Args.Where(name)
	if !written || len(at) != 2 || at[0] != "args" && at[0] != "command" || r.Args.Shell != nil {
		return nil, nil, false
	}
	i, list := at[1].(int), r.list(at)
	if !strings.Contains(list[i], "=") && i+1 < len(list) && isTruth(list[i+1]) {
		return nil, nil, false
	}
	words = anyList(list)
	return at[:1], append(words[:i:i], words[i+1:]...), true
}
