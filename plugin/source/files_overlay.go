package source

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// isKustomization says whether kustomize takes a file for its own.
func isKustomization(path string) bool {
	switch filepath.Base(path) {
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return true
	}
	return false
}

// patchFiles lists the files that a kustomization in a folder applies as
// patches.
func patchFiles(folder string, kustomization *yaml.Node) []string {
	var k struct {
		Patches []yaml.Node `yaml:"patches"` // objects with a path; in old files the path itself
		JSON    []struct {
			Path string `yaml:"path"`
		} `yaml:"patchesJson6902"`
		Merge []string `yaml:"patchesStrategicMerge"`
	}
	if kustomization.Decode(&k) != nil {
		return nil // kustomize will say what is wrong with it
	}
	paths := k.Merge
	for _, patch := range k.Patches {
		var named struct {
			Path string `yaml:"path"`
		}
		if patch.Kind == yaml.ScalarNode {
			named.Path = patch.Value
		} else if patch.Decode(&named) != nil {
			continue
		}
		paths = append(paths, named.Path)
	}
	for _, patch := range k.JSON {
		paths = append(paths, patch.Path)
	}
	var files []string
	for _, path := range paths {
		if path != "" && !strings.Contains(path, "\n") { // else the patch itself stands there
			files = append(files, filepath.Join(folder, path))
		}
	}
	return files
}
