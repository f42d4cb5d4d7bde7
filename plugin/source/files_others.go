package source

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// passOver drops a document that is no Kubernetes object. Where only objects
// belong it is a problem.
func (r *fileReader) passOver(d inventory.Document, line int) {
	r.tally.stats.PassedOver++
	if r.in.strict {
		r.problem(r.in.fail(max(line, d.Line), inventory.ErrNotAnObject.Error()))
	}
}

// looksLikeObject says whether a document tries to be a Kubernetes object: it
// has apiVersion and kind, or one of them and metadata.
func looksLikeObject(node *yaml.Node) bool {
	if node.Kind != yaml.DocumentNode || len(node.Content) == 0 || node.Content[0].Kind != yaml.MappingNode {
		return false
	}
	has := map[string]bool{}
	for i, key := range node.Content[0].Content {
		if i%2 == 0 {
			has[key.Value] = true
		}
	}
	if has["<<"] {
		return true
	}
	return has["apiVersion"] && has["kind"] || has["metadata"] && (has["apiVersion"] || has["kind"])
}

// broken handles a document that is no YAML. In a directory it only counts if
// it could have been a Kubernetes object, which is impossible without the
// words: a repository holds other files that are YAML by name alone.
func (r *fileReader) broken(d inventory.Document, p inventory.Problem) {
	if !r.in.strict && !(bytes.Contains(d.Text, []byte("apiVersion")) && bytes.Contains(d.Text, []byte("kind"))) {
		r.tally.stats.PassedOver++
		return
	}
	if bytes.Contains(d.Text, []byte("{{")) && !strings.HasPrefix(p.Reason, "the text ") { // which is about its bytes
		p = templateProblem(p)
	}
	r.problem(p)
	head, sure := scanHead(d.Text)
	if kind, known := inventory.KindOf(string(head.apiVersion), string(head.kind)); sure && known {
		r.out().holes = append(r.out().holes, kind)
		return
	}
	r.out().anything = true
}

// templated finds the problem that comes of an unquoted template action, which
// is an object to YAML; -1 if there is none.
func templated(d inventory.Document, problems []inventory.Problem) int {
	if !bytes.Contains(d.Text, []byte("{{")) {
		return -1
	}
	return slices.IndexFunc(problems, func(p inventory.Problem) bool { return strings.HasSuffix(p.Reason, "found an object") })
}

// templateProblem says once what is wrong with a template, in place of all
// that follows from it.
func templateProblem(p inventory.Problem) inventory.Problem {
	p.Reason = fmt.Sprintf("holds template actions ({{ }}); render it first, a chart with --helm: %s", p.Reason)
	return p
}

// kustomization notes which files a kustomization applies as patches: those
// are parts of objects, even where they could pass for whole ones.
func (r *fileReader) kustomization(d inventory.Document) {
	if r.in.strict {
		r.problem(r.in.fail(d.Line, "is a kustomization, no Kubernetes object; build its directory with -k"))
	}
	r.tally.stats.PassedOver++
	if node, err := d.Parse(); err == nil {
		r.out().patches = append(r.out().patches, patchFiles(filepath.Dir(r.in.name), node)...)
	}
}
