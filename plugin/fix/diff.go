package fix

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"sigs.k8s.io/yaml"
)

// UnifiedDiff compares two texts line by line, with three lines around each
// difference; empty when there is none.
func UnifiedDiff(oldName, before, newName, after string) string {
	if before == after {
		return ""
	}
	text := string(diff.Diff(oldName, []byte(before), newName, []byte(after)))
	// The library puts a command line first, as git does.
	if head, rest, found := strings.Cut(text, "\n"); found && strings.HasPrefix(head, "diff ") {
		return rest
	}
	return text
}

// YAML is an object as people read it in a diff: without its status and without
// the API server's bookkeeping. Keys are sorted.
func YAML(content Content) string {
	if content == nil {
		return ""
	}
	text, err := yaml.Marshal(own(content))
	if err != nil {
		return fmt.Sprintf("# %v\n", err)
	}
	return string(text)
}
