package plugin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/checks/signals"
	"github.com/infscale/kubectl-infscale/tui"
)

// lineSchema is the promise of watch without a terminal, for each of its lines:
// these names are stable, additions are allowed, and have to be written here.
const lineSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "oneOf": [{"$ref": "#/$defs/frame"}, {"$ref": "#/$defs/failure"}],
  "$defs": {
    "failure": {"type": "object", "required": ["version", "error"], "additionalProperties": false,
      "properties": {"version": {"const": 1}, "error": {"type": "string", "minLength": 1}}},
    "frame": {"type": "object", "required": ["version", "at", "workloads", "findings", "summary"], "additionalProperties": false,
      "properties": {
        "version": {"const": 1}, "at": {"type": "string", "format": "date-time"}, "context": {"type": "string"},
        "workloads": {"type": "array", "items": {"$ref": "#/$defs/workload"}},
        "findings": {"type": "array", "items": {"$ref": "#/$defs/finding"}},
        "notSeen": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "troubles": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["place", "reason", "since"], "additionalProperties": false,
          "properties": {"place": {"type": "string", "minLength": 1}, "reason": {"type": "string", "minLength": 1}, "since": {"type": "string", "format": "date-time"}}}},
        "gpus": {"type": "object", "required": ["held", "offered"], "additionalProperties": false,
          "properties": {"held": {"type": "integer", "minimum": 0}, "offered": {"type": "integer", "minimum": 1}}},
        "summary": {"type": "object", "required": ["errors", "warnings", "infos", "coldStarts"], "additionalProperties": false,
          "properties": {"errors": {"$ref": "#/$defs/count"}, "warnings": {"$ref": "#/$defs/count"}, "infos": {"$ref": "#/$defs/count"}, "coldStarts": {"$ref": "#/$defs/count"}}}
      }},
    "workload": {"type": "object", "required": ["ref", "engine", "ready", "replicas", "numbers", "coldStarts"], "additionalProperties": false,
      "properties": {
        "ref": {"$ref": "#/$defs/ref"}, "engine": {"type": "string"}, "ready": {"$ref": "#/$defs/count"}, "replicas": {"$ref": "#/$defs/count"},
        "wanted": {"$ref": "#/$defs/count"}, "min": {"$ref": "#/$defs/count"}, "max": {"$ref": "#/$defs/count"},
        "scaler": {"type": "string", "pattern": "^[A-Za-z]+/.+"},
        "numbers": {"type": "object", "propertyNames": {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}, "additionalProperties": {
          "type": "object", "required": ["value", "at", "source"], "additionalProperties": false,
          "properties": {"value": {"type": "number"}, "unit": {"type": "string"}, "at": {"type": "string", "format": "date-time"}, "source": {"type": "string", "minLength": 1}}}},
        "coldStarts": {"type": "array", "items": {"type": "object", "required": ["pod", "phase", "seconds"], "additionalProperties": false,
          "properties": {"pod": {"type": "string"}, "phase": {"type": "string", "minLength": 1}, "seconds": {"type": "number", "minimum": 0},
            "expectedSeconds": {"type": "number"}, "probeWindowSeconds": {"type": "number"}, "why": {"type": "string"}}}},
        "why": {"type": "array", "items": {"type": "string", "minLength": 1}}
      }},
    "finding": {"type": "object", "required": ["check", "severity", "ref", "path", "message", "fingerprint"], "additionalProperties": false,
      "properties": {
        "check": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)+$"}, "severity": {"enum": ["error", "warning", "info"]},
        "ref": {"$ref": "#/$defs/ref"}, "workload": {"$ref": "#/$defs/ref"}, "path": {"type": "string"}, "message": {"type": "string", "minLength": 1},
        "fingerprint": {"type": "string", "minLength": 8},
        "fix": {"type": "object", "required": ["title", "safety", "restarts"], "additionalProperties": false,
          "properties": {"title": {"type": "string"}, "safety": {"enum": ["safe", "unsafe", "manual"]}, "restarts": {"type": "boolean"}}}
      }},
    "ref": {"type": "object", "required": ["group", "kind", "name"], "additionalProperties": false,
      "properties": {"group": {"type": "string"}, "kind": {"type": "string"}, "namespace": {"type": "string"}, "name": {"type": "string"}}},
    "count": {"type": "integer", "minimum": 0}
  }
}`

// onSchema holds every line against the schema, and says how often each name of
// a frame came.
func onSchema(t *testing.T, lines string) map[string]int {
	t.Helper()
	schema, seen := compileSchema(t, lineSchema), map[string]int{}
	for line := range strings.Lines(lines) {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
		for name := range value.(map[string]any) {
			seen[name]++
		}
	}
	return seen
}

// TestLineSchema judges the lines about a recording of the demo's peak.
func TestLineSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lunch.jsonl.gz")
	recorder, err := newRecorder(path, Build{})
	if err != nil {
		t.Fatal(err)
	}
	const frames = 24
	for _, frame := range peak(t, frames) {
		if err := recorder.Write(frame); err != nil {
			t.Fatal(err)
		}
	}
	recorder.Close()
	var out, errs bytes.Buffer
	streams := Streams{Out: &out, Err: &errs, Env: func(string) string { return "" }}
	if code := Main(t.Context(), streams, Build{}, []string{"kubectl-infscale", "watch", "--from", path}); code != exitClean {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	seen := onSchema(t, out.String())
	for _, name := range []string{"version", "at", "context", "workloads", "findings", "summary", "gpus"} {
		if seen[name] != frames {
			t.Errorf("%d of %d lines have %q", seen[name], frames, name)
		}
	}
	for _, name := range []string{`"coldStarts":[{"pod":`, `"wanted":`, `"why":[`, `"fix":{`, `"queue-depth":{`} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("no line has %s: the schema was not asked", name)
		}
	}
}

// brokenFeed fails once, and has one frame then.
type brokenFeed struct {
	frame checks.Frame
	calls int
}

func (f *brokenFeed) Next(context.Context) (checks.Frame, error) {
	f.calls++
	switch f.calls {
	case 1:
		return checks.Frame{}, errors.New("API server since 12:04:31: connection refused")
	case 2:
		return f.frame, nil
	}
	return checks.Frame{}, io.EOF
}

// The lines of a cluster that cannot be seen, and of one of which a part cannot.
func TestLineSchemaInTrouble(t *testing.T) {
	frame := peak(t, 1)[0]
	frame.Signals.Miss(signals.Gap{Source: "prometheus", Reason: "connection refused"})
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		o := tui.Options{
			Session: tui.Session{Feed: &brokenFeed{frame: frame}, Troubles: func() []tui.Trouble {
				return []tui.Trouble{{Place: "prometheus", Reason: "connection refused", Since: time.Now()}}
			}},
			Judge: func(frame checks.Frame) checks.Report { return checks.Run(frame, rules.All()) },
		}
		if err := tui.Lines(t.Context(), &out, o); err != nil {
			t.Fatal(err)
		}
		if seen := onSchema(t, out.String()); seen["error"] != 1 || seen["troubles"] != 1 || seen["notSeen"] != 1 {
			t.Errorf("the names are %v", seen)
		}
	})
}
