package plugin

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// reportSchema is the promise of -o json: these names are stable, additions
// are allowed.
const reportSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["version", "workloads", "findings", "skipped", "summary"],
  "properties": {
    "version": {"const": 1},
    "clusters": {"type": "array", "minItems": 2, "items": {
      "type": "object", "required": ["context", "summary"],
      "properties": {"context": {"type": "string"}, "unreached": {"type": "boolean"}, "summary": {"$ref": "#/$defs/summary"}}}},
    "workloads": {"type": "array", "items": {
      "type": "object", "required": ["ref", "engine"],
      "properties": {
        "context": {"type": "string"}, "ref": {"$ref": "#/$defs/ref"}, "engine": {"type": "string"}, "engineVersion": {"type": "string"}, "gpusPerReplica": {"type": "integer"},
        "scaler": {"type": "object", "required": ["kind", "name", "min", "max"],
          "properties": {"kind": {"type": "string"}, "name": {"type": "string"}, "min": {"type": "integer"}, "max": {"type": "integer"}}}
      }}},
    "findings": {"type": "array", "items": {
      "type": "object", "required": ["check", "severity", "outcome", "ref", "path", "message", "evidence", "fingerprint"],
      "properties": {
        "context": {"type": "string"}, "check": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)+$"},
        "severity": {"enum": ["error", "warning", "info"]}, "outcome": {"enum": ["fail", "suppressed"]},
        "ref": {"$ref": "#/$defs/ref"}, "workload": {"$ref": "#/$defs/ref"},
        "path": {"type": "string"}, "file": {"type": "string"}, "line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1},
        "message": {"type": "string", "minLength": 1},
        "evidence": {"type": "array", "minItems": 1, "items": {
          "type": "object", "required": ["path", "value", "basis"],
          "properties": {"path": {"type": "string"}, "value": {"type": "string"}, "basis": {"enum": ["observed", "derived", "assumed"]}}}},
        "causedBy": {"type": "string"},
        "fix": {"type": "object", "required": ["title", "safety", "restarts"],
          "properties": {"title": {"type": "string"}, "safety": {"enum": ["safe", "unsafe", "manual"]}, "restarts": {"type": "boolean"}}},
        "fingerprint": {"type": "string", "minLength": 8},
        "suppression": {"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}, "expires": {"type": "string"}}}
      }}},
    "skipped": {"type": "array", "items": {
      "type": "object", "required": ["check", "reason"],
      "properties": {"check": {"type": "string"}, "namespace": {"type": "string"}, "reason": {"type": "string"}}}},
    "summary": {"$ref": "#/$defs/summary"}
  },
  "$defs": {"summary": {"type": "object", "required": ["errors", "warnings", "infos", "suppressed", "coverage"],
      "properties": {"errors": {"type": "integer"}, "warnings": {"type": "integer"}, "infos": {"type": "integer"}, "suppressed": {"type": "integer"}, "coverage": {"type": "number", "minimum": 0, "maximum": 1}}},
    "ref": {"type": "object", "required": ["group", "kind", "name"],
    "properties": {"group": {"type": "string"}, "kind": {"type": "string"}, "namespace": {"type": "string"}, "name": {"type": "string"}}}}
}`

// judgeReport holds a report to the schema.
func judgeReport(t *testing.T, what string, text io.Reader) {
	t.Helper()
	report, err := jsonschema.UnmarshalJSON(text)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if err := compileSchema(t, reportSchema).Validate(report); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// TestReportSchema judges what the program writes about the article's stacks
// by the schema.
func TestReportSchema(t *testing.T) {
	for _, stack := range []string{"as-written", "repaired"} {
		var out, errs bytes.Buffer
		streams := Streams{Out: &out, Err: &errs, Env: func(string) string { return "" }}
		code := Main(context.Background(), streams, Build{}, []string{"kubectl-infscale", "lint", "-f", "../testdata/article/" + stack, "-o", "json"})
		if want := map[string]int{"as-written": exitFindings, "repaired": exitClean}[stack]; code != want {
			t.Errorf("%s: exit code %d, want %d: %s", stack, code, want, errs.String())
		}
		judgeReport(t, stack, &out)
	}
}

func compileSchema(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	return compiler.MustCompile("schema.json")
}
