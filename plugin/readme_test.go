package plugin

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadmesShowRealOutput runs the commands that the READMEs show and wants
// every line of what stands beneath them.
func TestReadmesShowRealOutput(t *testing.T) {
	t.Chdir("..")
	for _, file := range []string{"README.md", "plugin/README.md"} {
		readme, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(readme), "$ kubectl infscale ")[1:]
		if len(blocks) == 0 {
			t.Errorf("%s shows no command", file)
		}
		for _, block := range blocks {
			command, rest, _ := strings.Cut(block, "\n")
			shown, _, _ := strings.Cut(rest, "```")
			holdShown(t, file, command, shown)
		}
	}
}

func holdShown(t *testing.T, file, command, shown string) {
	t.Helper()
	var out bytes.Buffer
	streams := Streams{Out: &out, Err: &out, Env: func(string) string { return "" }}
	Main(context.Background(), streams, Build{}, append([]string{"kubectl-infscale"}, strings.Fields(command)...))
	lines := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		lines[strings.TrimSpace(line)] = true
	}
	for line := range strings.Lines(shown) {
		if line = strings.TrimSpace(line); line != "" && line != "…" && !lines[line] {
			t.Errorf("%s shows a line that %q does not print:\n%s", file, command, line)
		}
	}
}

// TestReadmeConfigurationIsValid: the configuration that is shown is one, and so
// are the command lines.
func TestReadmeConfigurationIsValid(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```yaml\n")
	shown, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("no configuration is shown")
	}
	path := t.TempDir() + "/.infscale.yaml"
	if err := os.WriteFile(path, []byte(shown), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readConfig(path); err != nil {
		t.Error(err)
	}
	for _, line := range regexp.MustCompile(`(?m)^kubectl infscale (.*)$`).FindAllStringSubmatch(string(readme), -1) {
		words, _, _ := strings.Cut(line[1], "#")
		if err := takes(strings.Fields(words)); err != nil {
			t.Errorf("%s: %v", words, err)
		}
	}
}
