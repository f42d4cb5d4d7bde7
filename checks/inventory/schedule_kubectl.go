package inventory

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// kubectlSwitches are the flags that stand alone; all others take a value.
var kubectlSwitches = wordSet(`all all-namespaces A overwrite record wait ignore-not-found now force local save-config server-side recursive R
	insecure-skip-tls-verify match-server-version warnings-as-errors allow-missing-template-keys show-managed-fields q`)

// kubectlFlag returns a flag's name and value, and how many words it takes.
func kubectlFlag(words []word) (name string, value word, takes int) {
	name, value, takes = trimDashes(words[0].text), words[0], 1
	if before, after, found := strings.Cut(name, "="); found {
		value.text = after
		return before, value, 1
	}
	if short := !strings.HasPrefix(words[0].text, "--"); short && len(name) > 1 {
		value.text = name[1:] // -ninference
		return name[:1], value, 1
	}
	if name == "dry-run" || kubectlSwitches[name] || len(words) == 1 {
		return name, word{}, 1
	}
	return name, words[1], 2
}

// readKubectl reads the words behind kubectl.
func readKubectl(words []word, namespace string) []ScheduledCommand {
	flags := map[string]word{}
	var rest []word
	for len(words) > 0 {
		if text := words[0].text; len(text) < 2 || text[0] != '-' {
			rest = append(rest, words[0])
			words = words[1:]
			continue
		}
		name, value, takes := kubectlFlag(words)
		flags[name] = value
		words = words[takes:]
	}
	if len(rest) < 2 {
		return nil
	}
	if dry, written := flags["dry-run"]; written && dry.text != "none" && dry.text != "false" {
		return nil
	}
	for _, name := range [...]string{"n", "namespace"} {
		if value, written := flags[name]; written {
			if !value.known {
				return nil
			}
			namespace = value.text
		}
	}
	c := ScheduledCommand{Verb: rest[0].text}
	switch c.Verb {
	case "patch":
		c.Sets = patchFields(firstFlag(flags, "p", "patch"))
	case "scale":
		replicas := firstFlag(flags, "replicas")
		c.Sets = []ScheduledField{{Path: Path{"spec", "replicas"}, Value: replicas.text, Known: replicas.known}}
	case "annotate":
		c.Sets = annotations(&rest)
	case "delete":
	default:
		return nil
	}
	return c.each(rest[1:], namespace)
}

func firstFlag(flags map[string]word, names ...string) word {
	for _, name := range names {
		if value, written := flags[name]; written {
			return value
		}
	}
	return word{}
}

// annotations takes KEY=VALUE out of the words.
func annotations(words *[]word) []ScheduledField {
	var all []ScheduledField
	var kept []word
	for _, w := range *words {
		if key, value, found := strings.Cut(w.text, "="); found {
			all = append(all, ScheduledField{Path: Path{"metadata", "annotations", key}, Value: value, Known: w.known})
		} else {
			kept = append(kept, w)
		}
	}
	*words = kept
	return all
}

// each returns the command once for every target: TYPE NAME…, or TYPE/NAME….
func (c ScheduledCommand) each(words []word, namespace string) []ScheduledCommand {
	var all []ScheduledCommand
	kind, typed := "", false
	for _, w := range words {
		resource, name, slash := strings.Cut(w.text, "/")
		if !slash {
			if !typed {
				kind, typed = w.text, true
				continue
			}
			resource, name = kind, w.text
		}
		if target, ok := resourceKind(resource); ok && w.known && name != "" {
			info := target.Info()
			c.Target, c.Path = Ref{Group: info.Group, Kind: info.Name, Namespace: namespace, Name: name}, w.at
			all = append(all, c)
		}
	}
	return all
}

// resourceShortNames are those that the API server knows.
var resourceShortNames = map[string]Kind{
	"deploy": Deployment, "sts": StatefulSet, "rs": ReplicaSet, "lws": LeaderWorkerSet, "isvc": InferenceService,
	"hpa": HorizontalPodAutoscaler, "so": ScaledObject,
}

// resourceKind reads a resource as people type it: "hpa", "deployments.v1.apps".
func resourceKind(text string) (Kind, bool) {
	resource, group, _ := strings.Cut(strings.ToLower(text), ".")
	for _, kind := range append(WorkloadKinds(), AutoscalerKinds()...) {
		info := kind.Info()
		short, has := resourceShortNames[resource]
		spelt := resource == info.Resource || resource == strings.ToLower(info.Name) || has && short == kind
		if spelt && (group == "" || strings.HasSuffix(group, info.Group)) {
			return kind, true
		}
	}
	return 0, false
}

// patchFields lists the scalars that a patch sets: a merge patch, or a JSON
// patch, in JSON or in YAML. Nobody writes a patch with aliases; none is
// followed, since a few can stand for any number of fields.
func patchFields(patch word) []ScheduledField {
	var node yaml.Node
	if yaml.Unmarshal([]byte(patch.text), &node) != nil {
		return nil
	}
	root := resolve(&node)
	if root.Kind != yaml.SequenceNode {
		return leaves(nil, root, nil, patch.known, 0)
	}
	var all []ScheduledField
	for _, op := range root.Content {
		_, at := child(op, "path")
		_, value := child(op, "value")
		if at == nil || value == nil {
			continue
		}
		var path Path
		for _, step := range strings.Split(strings.TrimPrefix(at.Value, "/"), "/") {
			path = append(path, strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
		}
		all = leaves(all, value, path, patch.known, 0)
	}
	return all
}

func leaves(all []ScheduledField, node *yaml.Node, path Path, known bool, depth int) []ScheduledField {
	switch {
	case depth > maxConfigDepth:
	case node.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			all = leaves(all, node.Content[i+1], path.Join(node.Content[i].Value), known, depth+1)
		}
	case node.Kind == yaml.ScalarNode && len(path) > 0:
		all = append(all, ScheduledField{Path: path, Value: node.Value, Known: known || !placeholder(node.Value)})
	}
	return all
}
