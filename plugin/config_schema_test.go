package plugin

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

const schemaFile = "infscale.schema.json"

// TestConfigSchemaFile holds the file that editors read to the program.
func TestConfigSchemaFile(t *testing.T) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(configSchema()); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		configSchemaText = text.String()
	}
	if diff := cmp.Diff(configSchemaText, text.String()); diff != "" {
		t.Errorf("%s (-file +program; -update writes it):\n%s", schemaFile, diff)
	}
}

// TestConfigSchemaHasEveryKey compares it with the structs that are read.
func TestConfigSchemaHasEveryKey(t *testing.T) {
	for of, properties := range map[reflect.Type]map[string]*jsonSchema{
		reflect.TypeFor[config](): configSchema().Properties,
		reflect.TypeFor[ignore](): ignoreSchema().Properties,
	} {
		keys := 0
		for i := range of.NumField() {
			tag := of.Field(i).Tag.Get("yaml")
			if tag == "" {
				continue
			}
			keys++
			if properties[tag] == nil || properties[tag].Description == "" {
				t.Errorf("%s: the schema has no %s, or says nothing of it", of.Name(), tag)
			}
		}
		if keys != len(properties) {
			t.Errorf("%s has %d keys, and the schema %d", of.Name(), keys, len(properties))
		}
	}
}

// TestConfigSchemaAgrees judges files by the schema and by the program: an editor
// must not praise what a run refuses, nor the other way round.
func TestConfigSchemaAgrees(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(configSchemaText)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(schemaURL, doc); err != nil {
		t.Fatal(err)
	}
	compiled := compiler.MustCompile(schemaURL)
	for text, good := range map[string]bool{
		"failOn: never\nshow: info\nchecks: [-pdb-missing]\noutput: [text, sarif=a.sarif]\nbaseline: known.json\nminCoverage: 90\n": true,
		"ignore:\n- {check: pdb-missing, object: a/Deployment/*, reason: later, until: \"2027-01-31\"}\n":                           true,
		"parameters:\n  all: {hubSlowestGiBPerSecond: 0.5}\n  pinned-at-max: {patienceMinutes: 60}\n":                               true,
		"failOn: eror\n":                                         false,
		"show: never\n":                                          false,
		"failon: error\n":                                        false,
		"checks: [pdb-mising]\n":                                 false,
		"checks: pdb-missing\n":                                  false,
		"output: [pdf]\n":                                        false,
		"output: [\"json=\"]\n":                                  false,
		"minCoverage: 101\n":                                     false,
		"minCoverage: many\n":                                    false,
		"ignore:\n- {check: pdb-missing}\n":                      false,
		"ignore:\n- {check: pdb-missing, reason: \"  \"}\n":      false,
		"ignore:\n- {check: pdb-missing, reason: x, until: y}\n": false,
		"ignore:\n- {chekc: pdb-missing, reason: x}\n":           false,
		"parameters:\n  pinned-at-max: {patience: 60}\n":         false,
		"parameters:\n  all: {hubSlowestGiBPerSecond: 0}\n":      false,
		"parameters:\n  pdb-missing: {x: 1}\n":                   false,
	} {
		path := filepath.Join(t.TempDir(), configName)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readConfig(path); (err == nil) != good {
			t.Errorf("readConfig of %q: %v, want good %v", text, err, good)
		}
		asJSON, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(value); (err == nil) != good {
			t.Errorf("the schema of %q: %v, want good %v", text, err, good)
		}
	}
}
