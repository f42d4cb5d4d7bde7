package plugin

import (
	_ "embed"

	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/render"
)

// schemaURL is where editors find the schema of the newest release.
const schemaURL = "https://raw.githubusercontent.com/infscale/kubectl-infscale/main/plugin/infscale.schema.json"

//go:embed infscale.schema.json
var configSchemaText string

// jsonSchema is the part of JSON Schema (draft 7, which editors know best) that the
// configuration needs.
type jsonSchema struct {
	Schema      string                 `json:"$schema,omitempty"`
	ID          string                 `json:"$id,omitempty"`
	Title       string                 `json:"title,omitempty"`
	Description string                 `json:"description,omitempty"`
	Type        string                 `json:"type,omitempty"`
	Enum        []string               `json:"enum,omitempty"`
	Pattern     string                 `json:"pattern,omitempty"`
	Format      string                 `json:"format,omitempty"`
	MinLength   int                    `json:"minLength,omitempty"`
	Minimum     *float64               `json:"minimum,omitempty"`
	Maximum     *float64               `json:"maximum,omitempty"`
	Default     any                    `json:"default,omitempty"`
	Items       *jsonSchema            `json:"items,omitempty"`
	Properties  map[string]*jsonSchema `json:"properties,omitempty"`
	Required    []string               `json:"required,omitempty"`
	Additional  *bool                  `json:"additionalProperties,omitempty"`
}

// configSchema describes a configuration file: what readConfig accepts, and no
// more.
func configSchema() *jsonSchema {
	root := object(map[string]*jsonSchema{
		"failOn":      {Description: "exit with 1 on findings of this severity or worse", Enum: []string{"error", "warning", "info", "never"}, Default: "error"},
		"show":        {Description: "print findings of this severity or worse", Enum: []string{"error", "warning", "info"}, Default: "warning"},
		"checks":      {Description: "run only these checks, or with a minus in front all but these", Type: "array", Items: &jsonSchema{Enum: signed(checkIDs())}},
		"output":      {Description: "FORMAT, or FORMAT=FILE; one of them may go to standard output", Type: "array", Items: &jsonSchema{Type: "string", Pattern: outputPattern()}},
		"baseline":    {Description: "count only findings that this file does not hold; the path is relative to the configuration file", Type: "string"},
		"minCoverage": {Description: "exit with 3 when less than this percentage of the checks could look", Type: "integer", Minimum: pointer(0), Maximum: pointer(100), Default: 0},
		"ignore":      {Description: "findings that may stay, with the reason", Type: "array", Items: ignoreSchema()},
		"parameters":  parametersSchema(),
	})
	root.Schema, root.ID = "http://json-schema.org/draft-07/schema#", schemaURL
	root.Title = "Configuration of kubectl infscale (.infscale.yaml)"
	return root
}

func ignoreSchema() *jsonSchema {
	s := object(map[string]*jsonSchema{
		"check":  {Description: "the check whose findings may stay", Enum: checkIDs()},
		"object": {Description: "glob over NAMESPACE/KIND/NAME, KIND/NAME or NAME of the object or its workload; without it every object", Type: "string"},
		"reason": {Description: "why it may stay", Type: "string", MinLength: 1, Pattern: `\S`},
		"until":  {Description: "the last day on which it counts, such as 2027-01-31", Type: "string", Format: "date"},
	})
	s.Required = []string{"check", "reason"}
	return s
}

// parametersSchema has every parameter of every check, and under all those that
// several share.
func parametersSchema() *jsonSchema {
	all := object(map[string]*jsonSchema{})
	all.Description = "numbers of every check that has a parameter of the name"
	byCheck := map[string]*jsonSchema{everyCheck: all}
	for _, check := range rules.All() {
		if len(check.Params) == 0 {
			continue
		}
		own := object(map[string]*jsonSchema{})
		own.Description = check.Doc.Title
		for _, p := range check.Params {
			number := &jsonSchema{Description: p.Doc, Type: "number", Minimum: pointer(p.Min), Maximum: pointer(p.Max)}
			shared := *number
			number.Default = p.Value
			own.Properties[p.Name] = number
			if wider := all.Properties[p.Name]; wider != nil { // any check may refuse it
				shared.Minimum, shared.Maximum = pointer(max(*wider.Minimum, p.Min)), pointer(min(*wider.Maximum, p.Max))
			}
			all.Properties[p.Name] = &shared
		}
		byCheck[check.ID] = own
	}
	s := object(byCheck)
	s.Description = "numbers that a verdict depends on; explain CHECK lists them"
	return s
}

func object(properties map[string]*jsonSchema) *jsonSchema {
	no := false
	return &jsonSchema{Type: "object", Properties: properties, Additional: &no}
}

func pointer(x float64) *float64 { return &x }

func signed(ids []string) []string {
	var all []string
	for _, id := range ids {
		all = append(all, id, "-"+id)
	}
	return all
}

func outputPattern() string {
	pattern := "^("
	for i, format := range render.Formats() {
		if i > 0 {
			pattern += "|"
		}
		pattern += format
	}
	return pattern + ")(=.+)?$"
}
