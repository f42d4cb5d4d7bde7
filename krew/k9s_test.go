package krew

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// k9sPlugin has the fields that k9s knows.
type k9sPlugin struct {
	ShortCut        string   `yaml:"shortCut"`
	Override        bool     `yaml:"override"`
	OverwriteOutput bool     `yaml:"overwriteOutput"`
	Description     string   `yaml:"description"`
	Confirm         bool     `yaml:"confirm"`
	Dangerous       bool     `yaml:"dangerous"`
	Scopes          []string `yaml:"scopes"`
	Command         string   `yaml:"command"`
	Background      bool     `yaml:"background"`
	Args            []string `yaml:"args"`
	Pipes           []string `yaml:"pipes"`
}

// k9sVariable is how k9s finds variables in arguments.
var k9sVariable = regexp.MustCompile(`\$\{?!?([\w-]+)\}?`)

// k9sPlugins reads the file as strictly as k9s' schema.
func k9sPlugins(t *testing.T) map[string]k9sPlugin {
	t.Helper()
	text, err := os.ReadFile("k9s-plugins.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Plugins map[string]k9sPlugin `yaml:"plugins"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file.Plugins
}

// TestK9sPlugins wants what k9s requires of a plugin, keys of their own, and no
// variable that k9s does not set.
func TestK9sPlugins(t *testing.T) {
	keys, known := map[string]string{}, k9sVariables("", "", "")
	shortCut := regexp.MustCompile(`^(Shift|Ctrl)-[A-Z0-9]$`)
	for name, plugin := range k9sPlugins(t) {
		if plugin.Description == "" || plugin.Command == "" || len(plugin.Scopes) == 0 || !shortCut.MatchString(plugin.ShortCut) {
			t.Errorf("%s lacks a field that k9s requires: %+v", name, plugin)
		}
		if other, taken := keys[plugin.ShortCut]; taken {
			t.Errorf("%s and %s have the same key", name, other)
		}
		keys[plugin.ShortCut] = name
		for _, found := range k9sVariable.FindAllStringSubmatch(strings.Join(plugin.Args, " "), -1) {
			if _, ok := known[found[1]]; !ok {
				t.Errorf("%s reads %s, which k9s does not set", name, found[0])
			}
		}
	}
	if len(keys) == 0 {
		t.Error("no plugin was read")
	}
}

// k9sVariables are what k9s sets for the selected line of a list.
func k9sVariables(resource, name, context string) map[string]string {
	return map[string]string{
		"RESOURCE_NAME": resource, "NAME": name, "NAMESPACE": "inference", "CONTEXT": context,
		"CLUSTER": "bed", "USER": "admin", "GROUPS": "", "KUBECONFIG": os.Getenv("KUBECONFIG"), "FILTER": "", "RESOURCE_GROUP": "", "RESOURCE_VERSION": "",
	}
}

// testK9s presses every key on one object of each of its scopes: the variables
// are filled in as k9s does it, as text, and the command is run.
func testK9s(t *testing.T, dist string) {
	folder := filepath.Dir(extract(t, dist, platform{"linux", runtime.GOARCH}))
	if _, err := exec.LookPath("less"); err != nil {
		t.Skip("k9s' keys show their output in less, which is not installed")
	}
	context := strings.TrimSpace(run(t, exec.Command("kubectl", "config", "current-context")))
	objects := map[string]string{
		"deployments": "vllm-llama3", "statefulsets": "sglang", "leaderworkersets": "deepseek",
		"horizontalpodautoscalers": "sglang", "scaledobjects": "vllm-llama3",
	}
	for name, plugin := range k9sPlugins(t) {
		for _, scope := range plugin.Scopes {
			t.Run(name+"/"+scope, func(t *testing.T) {
				object, ok := objects[scope]
				if !ok {
					t.Fatalf("nothing of the scope %s is on the bed", scope)
				}
				cmd := exec.Command(plugin.Command, fillIn(plugin.Args, k9sVariables(scope, object, context))...)
				cmd.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"))
				out := run(t, cmd)
				if !strings.Contains(out, object) || strings.Contains(out, "error:") {
					t.Errorf("%s on %s/%s shows\n%s", plugin.ShortCut, scope, object, out)
				}
			})
		}
	}
}

// fillIn puts the values in the place of the variables, as text; what is no
// variable stays for the shell.
func fillIn(args []string, variables map[string]string) []string {
	var filled []string
	for _, arg := range args {
		filled = append(filled, k9sVariable.ReplaceAllStringFunc(arg, func(found string) string {
			value, known := variables[k9sVariable.FindStringSubmatch(found)[1]]
			if !known {
				return found
			}
			return value
		}))
	}
	return filled
}
