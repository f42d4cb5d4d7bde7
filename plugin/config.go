package plugin

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks/rules"
)

// configName is looked for from the working directory upward.
const configName = ".infscale.yaml"

// config is a configuration file. Flags and INFSCALE_* variables win over it.
type config struct {
	FailOn      string   `yaml:"failOn"`
	Show        string   `yaml:"show"`
	Checks      []string `yaml:"checks"`
	Output      []string `yaml:"output"`
	Baseline    string   `yaml:"baseline"`
	MinCoverage int      `yaml:"minCoverage"`
	Ignore      []ignore `yaml:"ignore"`
	// Parameters are numbers of checks; see explain CHECK for their names.
	Parameters parameters `yaml:"parameters"`
}

// ignore is one suppression of a configuration file.
type ignore struct {
	Check  string `yaml:"check"`
	Object string `yaml:"object"` // glob over NAMESPACE/KIND/NAME; empty: every object
	Reason string `yaml:"reason"`
	Until  string `yaml:"until"` // 2027-01-31; empty: for good

	where string
	until time.Time
}

// loadConfig reads the file named, or the nearest .infscale.yaml over the
// user's own one. What the nearer file leaves out comes from the user's.
func loadConfig(named string, streams Streams) (config, error) {
	if named == "" {
		named = streams.Env("INFSCALE_CONFIG")
	}
	if named != "" {
		return readConfig(named)
	}
	var conf config
	if path := userConfig(streams.Env); path != "" {
		mine, err := readConfig(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return conf, err
		}
		conf = mine
	}
	path := findConfig()
	if path == "" {
		return conf, nil
	}
	near, err := readConfig(path)
	if err != nil {
		return conf, err
	}
	return near.over(conf), nil
}

func (c config) over(base config) config {
	near, far := reflect.ValueOf(&c).Elem(), reflect.ValueOf(base)
	for i := range near.NumField() {
		if near.Field(i).IsZero() {
			near.Field(i).Set(far.Field(i))
		}
	}
	return c
}

func userConfig(env func(string) string) string {
	base := env("XDG_CONFIG_HOME")
	if base == "" {
		home := env("HOME")
		if home == "" {
			return ""
		}
		base = filepath.Join(home, ".config")
	}
	return filepath.Join(base, "infscale", "config.yaml")
}

func findConfig() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(dir, configName)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func readConfig(path string) (config, error) {
	var conf config
	text, err := os.ReadFile(path)
	if err != nil {
		return conf, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return conf, placed(path, err)
	}
	if err := knownKeys(path, &doc); err != nil {
		return conf, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&conf); err != nil && len(bytes.TrimSpace(text)) > 0 && len(doc.Content) > 0 {
		return conf, placed(path, err)
	}
	if conf.Baseline != "" && !filepath.IsAbs(conf.Baseline) {
		conf.Baseline = filepath.Join(filepath.Dir(path), conf.Baseline)
	}
	return conf, conf.validate(path, &doc)
}

var lineOfError = regexp.MustCompile(`^\s*line (\d+): `)

// placed writes the line of each of the YAML library's complaints as editors and
// terminals know it: "FILE:3: what is wrong".
func placed(path string, err error) error {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if at := lineOfError.FindStringSubmatch(line); at != nil {
			lines[i] = path + ":" + at[1] + ": " + line[len(at[0]):]
		} else {
			lines[i] = path + ": " + line
		}
	}
	return errors.New(strings.Join(lines, "\n"))
}

// knownKeys refuses keys that mean nothing, with the line and what may have
// been meant.
func knownKeys(path string, doc *yaml.Node) error {
	if len(doc.Content) == 0 {
		return nil
	}
	if err := keysOf(path, doc.Content[0], reflect.TypeFor[config]()); err != nil {
		return err
	}
	for i := 0; i+1 < len(doc.Content[0].Content); i += 2 {
		if doc.Content[0].Content[i].Value != "ignore" {
			continue
		}
		for _, item := range doc.Content[0].Content[i+1].Content {
			if err := keysOf(path, item, reflect.TypeFor[ignore]()); err != nil {
				return err
			}
		}
	}
	return nil
}

func keysOf(path string, node *yaml.Node, of reflect.Type) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d: must be a mapping", path, node.Line)
	}
	var known []string
	for i := range of.NumField() {
		if tag := of.Field(i).Tag.Get("yaml"); tag != "" {
			known = append(known, tag)
		}
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		found := false
		for _, name := range known {
			found = found || name == key.Value
		}
		if !found {
			return fmt.Errorf("%s:%d: unknown key %q%s", path, key.Line, key.Value, suggestion(key.Value, known))
		}
	}
	return nil
}

// validate checks the ignore entries: a suppression without a reason, of an
// unknown check or with a date that is none, is an error.
func (c *config) validate(path string, doc *yaml.Node) error {
	for _, setting := range c.settings() {
		if setting.wrong != nil {
			return fmt.Errorf("%s:%d: %w", path, keyLine(doc, setting.key), setting.wrong)
		}
	}
	for i := range c.Ignore {
		entry := &c.Ignore[i]
		entry.where = fmt.Sprintf("%s:%d", path, ignoreLine(doc, i))
		switch {
		case rules.ByID(entry.Check) == nil:
			return fmt.Errorf("%s: no check is called %q%s", entry.where, entry.Check, suggestion(entry.Check, checkIDs()))
		case strings.TrimSpace(entry.Reason) == "":
			return fmt.Errorf("%s: an ignore of %s needs a reason", entry.where, entry.Check)
		}
		if entry.Until == "" {
			continue
		}
		until, err := time.Parse(time.DateOnly, entry.Until)
		if err != nil {
			return fmt.Errorf("%s: until is a date like 2027-01-31, found %q", entry.where, entry.Until)
		}
		entry.until = until
	}
	return nil
}

// setting is a key with what is wrong with its value.
type setting struct {
	key   string
	wrong error
}

// settings judges the values that flags have too, as the flags would.
func (c *config) settings() []setting {
	all := []setting{{key: "failOn"}, {key: "show"}, {key: "checks"}, {key: "output"}, {key: "minCoverage"}}
	if c.FailOn != "" {
		_, all[0].wrong = parseSeverity("failOn", c.FailOn, true)
	}
	if c.Show != "" {
		_, all[1].wrong = parseSeverity("show", c.Show, false)
	}
	_, all[2].wrong = selectChecks("checks", strings.Join(c.Checks, ","))
	_, all[3].wrong = parseOutputs("output", c.Output)
	if c.MinCoverage < 0 || c.MinCoverage > 100 {
		all[4].wrong = fmt.Errorf("minCoverage is a percentage, found %d", c.MinCoverage)
	}
	return all
}

// keyLine is the line of a key of the file's own mapping.
func keyLine(doc *yaml.Node, key string) int {
	if len(doc.Content) == 0 {
		return 0
	}
	root := doc.Content[0]
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == key {
			return root.Content[i].Line
		}
	}
	return root.Line
}

func ignoreLine(doc *yaml.Node, index int) int {
	root := doc.Content[0]
	for i := 0; i+1 < len(root.Content); i += 2 {
		if list := root.Content[i+1]; root.Content[i].Value == "ignore" && index < len(list.Content) {
			return list.Content[index].Line
		}
	}
	return root.Line
}
