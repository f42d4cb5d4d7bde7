package inventory

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

func (d *decoder) scalar(node *yaml.Node, v reflect.Value, path Path) bool {
	if node.Kind != yaml.ScalarNode {
		return d.mustBe(kindWord(v.Kind()), node, path)
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(node.Value)
		if _, isBoolean := boolean(node); isBoolean || node.Tag == "!!int" || node.Tag == "!!float" {
			d.fail(node, path, "must be a string, found %s: write it in quotes", describe(node))
		}
		return true
	case reflect.Bool:
		value, ok := boolean(node)
		if !ok {
			return d.mustBe("true or false", node, path)
		}
		v.SetBool(value)
		return true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		number, ok := whole(node)
		if !ok {
			return d.mustBe("a whole number", node, path)
		}
		if v.OverflowInt(number) {
			d.fail(node, path, "must be a whole number of %d bits, found %s", v.Type().Bits(), describe(node))
			return false
		}
		v.SetInt(number)
		return true
	case reflect.Float32, reflect.Float64:
		number, ok := float(node)
		if !ok {
			return d.mustBe("a number", node, path)
		}
		v.SetFloat(number)
		return true
	}
	d.fail(node, path, "cannot be read into a %s", v.Type())
	return false
}

// whole reads an integer, and 3.0 or 1e3, which JSON cannot tell from one.
func whole(node *yaml.Node) (int64, bool) {
	if node.Tag == "!!int" {
		var number int64
		return number, node.Decode(&number) == nil
	}
	number, ok := float(node)
	return int64(number), ok && number == math.Trunc(number) && math.Abs(number) < 1<<53
}

func float(node *yaml.Node) (float64, bool) {
	if node.Tag != "!!int" && node.Tag != "!!float" {
		return 0, false
	}
	var number float64
	err := node.Decode(&number)
	return number, err == nil && !math.IsNaN(number) && !math.IsInf(number, 0)
}

// boolean reads YAML 1.1's words as well, as kubectl does: an unquoted "on"
// is true wherever it stands.
func boolean(node *yaml.Node) (value, ok bool) {
	const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle | yaml.TaggedStyle
	if node.Tag != "!!bool" && (node.Tag != "!!str" || node.Style&quoted != 0) {
		return false, false
	}
	switch node.Value {
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y":
		return true, true
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N":
		return false, true
	}
	return false, false
}

func plainScalar(node *yaml.Node) any {
	if node.Tag == "!!null" {
		return nil
	}
	if value, ok := boolean(node); ok {
		return value
	}
	switch node.Tag {
	case "!!int":
		var number int64
		if node.Decode(&number) == nil {
			return number
		}
	case "!!float":
		if number, ok := float(node); ok && json.Valid([]byte(node.Value)) {
			return json.Number(node.Value)
		} else if ok {
			return number
		}
	}
	return node.Value
}

// isPlaceholder says whether a value stands for one that a later step fills
// in: ${REPLICAS} for envsubst, <replicas> for the reader, {{ .replicas }} for
// a template. What will stand there is unknown, not wrong.
func isPlaceholder(node *yaml.Node) bool {
	text := node.Value
	switch {
	case node.Kind != yaml.ScalarNode || text == "":
		return false
	case strings.Contains(text, "${"), strings.Contains(text, "$("), strings.Contains(text, "{{"):
		return true
	}
	return text[0] == '$' && len(text) > 1 || text[0] == '<' && text[len(text)-1] == '>'
}

// describe names a node's value for a message.
func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	value := shortened(node.Value)
	if _, ok := boolean(node); ok {
		return "the boolean " + value
	}
	switch node.Tag {
	case "!!null", "":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + value
	}
	return "the string " + strconv.Quote(value)
}

// shortened cuts a value for a message, between two characters.
func shortened(value string) string {
	const most = 40 // bytes
	if len(value) <= most {
		return value
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(value[cut]) {
		cut--
	}
	return value[:cut] + "…"
}

func kindWord(kind reflect.Kind) string {
	switch kind {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}
