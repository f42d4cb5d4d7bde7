package plugin

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// source of a setting that nobody set.
const fromDefault = "default"

// printConfig prints the settings in force as a configuration file, each with
// where it is from.
func printConfig(named string, streams Streams) error {
	conf, from, err := effectiveConfig(named, streams)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	var doc yaml.Node
	if err := doc.Encode(conf); err != nil {
		return err
	}
	for i := 0; i+1 < len(doc.Content); i += 2 {
		key, value := doc.Content[i], doc.Content[i+1]
		if value.Kind == yaml.ScalarNode || len(value.Content) == 0 {
			value.LineComment = from[key.Value]
		} else {
			key.LineComment = from[key.Value]
		}
	}
	encoder := yaml.NewEncoder(streams.Out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&doc); err != nil {
		return err
	}
	return encoder.Close()
}

// effectiveConfig is the configuration with environment and defaults, and where
// each key is from.
func effectiveConfig(named string, streams Streams) (config, map[string]string, error) {
	from := map[string]string{}
	conf := config{}
	for _, path := range configFiles(named, streams) {
		layer, err := readConfig(path)
		if err != nil {
			return conf, nil, err
		}
		eachKey(layer, func(key string, value reflect.Value) {
			if from[key] == "" && !value.IsZero() {
				from[key] = path
			}
		})
		conf = conf.over(layer)
	}
	var flags reportFlags
	flags.failOn, flags.show = "error", "warning"
	for key, into := range map[string]*string{"failOn": &conf.FailOn, "show": &conf.Show, "baseline": &conf.Baseline} {
		environment(streams.Env, key, from, func(value string) { *into = value })
	}
	environment(streams.Env, "checks", from, func(value string) { conf.Checks = strings.Split(value, ",") })
	environment(streams.Env, "output", from, func(value string) { conf.Output = strings.Split(value, ",") })
	environment(streams.Env, "minCoverage", from, func(value string) {
		number, err := strconv.Atoi(value)
		if err != nil {
			number = -1
		}
		conf.MinCoverage = number
	})
	if conf.FailOn == "" {
		conf.FailOn = flags.failOn
	}
	if conf.Show == "" {
		conf.Show = flags.show
	}
	if len(conf.Output) == 0 {
		conf.Output = []string{"text"}
	}
	eachKey(conf, func(key string, _ reflect.Value) {
		if from[key] == "" {
			from[key] = fromDefault
		}
	})
	for _, setting := range conf.settings() {
		if setting.wrong != nil {
			return conf, nil, fmt.Errorf("%s: %w", from[setting.key], setting.wrong)
		}
	}
	return conf, from, nil
}

// environment takes a setting from its INFSCALE_ variable, if that is set.
func environment(env func(string) string, key string, from map[string]string, take func(string)) {
	name := variableOf(key)
	if value := env(name); value != "" {
		take(value)
		from[key] = name
	}
}

// variableOf is the name of a key's environment variable: failOn is
// INFSCALE_FAIL_ON.
func variableOf(key string) string {
	var b strings.Builder
	b.WriteString("INFSCALE_")
	for _, r := range key {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToUpper(string(r)))
	}
	return b.String()
}

func eachKey(c config, do func(key string, value reflect.Value)) {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		do(v.Type().Field(i).Tag.Get("yaml"), v.Field(i))
	}
}
