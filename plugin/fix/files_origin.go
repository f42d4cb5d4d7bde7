package fix

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// rendered says why an object that a program has rendered cannot be edited, and
// which file it is likely made of.
func rendered(object *inventory.Object) error {
	from, maker, found := strings.Cut(object.File, " (")
	if !found {
		return fmt.Errorf("%s is no file on disk", object.File)
	}
	maker = strings.TrimSuffix(maker, ")")
	for _, path := range sources(from, map[string]bool{}) {
		if text, err := os.ReadFile(path); err == nil && makes(text, object) {
			return fmt.Errorf("it is what %s makes of %s: change it there", maker, path)
		}
	}
	return fmt.Errorf("it is what %s makes of %s: change it there", maker, from)
}

// sources lists the manifests below a directory, and of what a kustomization
// names outside of it.
func sources(dir string, seen map[string]bool) []string {
	if real, err := filepath.EvalSymlinks(dir); err != nil || seen[real] {
		return nil
	} else {
		seen[real] = true
	}
	var all, more []string
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		switch {
		case err != nil || entry.IsDir():
			return nil // what cannot be read is no likely source
		case strings.HasPrefix(strings.ToLower(entry.Name()), "kustomization"):
			more = append(more, kustomized(path)...)
		case ext == ".yaml" || ext == ".yml" || ext == ".json":
			all = append(all, path)
		}
		return nil
	})
	for _, path := range more {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			all = append(all, sources(path, seen)...)
		} else if err == nil {
			all = append(all, path)
		}
	}
	return all
}

// kustomized are the resources that a kustomization names beside or above it.
func kustomized(path string) []string {
	var k struct {
		Resources []string `yaml:"resources"`
		Bases     []string `yaml:"bases"`
	}
	text, err := os.ReadFile(path)
	if err != nil || yaml.Unmarshal(text, &k) != nil {
		return nil
	}
	var all []string
	for _, name := range append(k.Resources, k.Bases...) {
		if strings.HasPrefix(name, "..") {
			all = append(all, filepath.Join(filepath.Dir(path), name))
		}
	}
	return all
}

// makes says whether a text has an object of the kind whose name is the object's,
// without what a prefix or a suffix adds; of a template, whether it has the kind.
func makes(text []byte, object *inventory.Object) bool {
	if bytes.Contains(text, []byte("{{")) {
		return bytes.Contains(text, []byte("kind: "+object.Kind+"\n"))
	}
	for _, d := range inventory.Documents(text) {
		objects, stubs, _ := d.Read("")
		for _, o := range objects {
			stubs = append(stubs, o.Ref)
		}
		for _, ref := range stubs {
			if ref.Kind == object.Kind && ref.Name != "" && strings.Contains(object.Name, ref.Name) {
				return true
			}
		}
	}
	return false
}
