package render

import (
	"bytes"

	"sigs.k8s.io/yaml"
)

// writeYAML is the JSON report as YAML.
func writeYAML(out *bytes.Buffer, d *document, _ Options) error {
	text, err := yaml.Marshal(d)
	out.Write(text)
	return err
}
