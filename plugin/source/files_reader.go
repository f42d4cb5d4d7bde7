package source

import (
	"bytes"
	"errors"
	"hash/maphash"
	"os"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// fileReader reads inputs, one at a time. Each processor has one.
type fileReader struct {
	load   *filesLoad
	buffer []byte            // the file at hand
	words  map[string]string // kinds, groups and namespaces, once each
	tally  fileTally

	in *fileInput
}

// out is the result of the input at hand.
func (r *fileReader) out() *fileResult {
	if r.in.result == nil {
		r.in.result = new(fileResult)
	}
	return r.in.result
}

// addStub notes an object that nobody decodes.
func (r *fileReader) addStub(ref inventory.Ref) {
	r.tally.stubs = append(r.tally.stubs, ref)
	r.tally.mention(r.in, r.load.World, ref)
}

func (r *fileReader) problem(p inventory.Problem) { r.out().problems = append(r.out().problems, p) }

// input is the first step: it scans every document of an input, and decodes
// those that need no neighbours to be of interest.
func (r *fileReader) input(in *fileInput) {
	r.in = in
	text, problem := r.open()
	if problem != "" {
		r.problem(r.in.fail(0, problem))
		r.out().anything = true
		return
	}
	r.tally.stats.Files++
	if r.in.chart != "" && bytes.Contains(text, []byte("{{")) {
		r.out().templated, r.out().anything = true, true
		return
	}
	documents := inventory.Documents(text)
	r.tally.stats.Documents += len(documents)
	for _, d := range documents {
		r.document(d)
	}
	if r.in.strict && len(documents) == 0 {
		r.problem(r.in.fail(0, "holds no document"))
	}
}

// open returns the input's text, or why there is none.
func (r *fileReader) open() (text []byte, problem string) {
	if r.in.problem != "" || !r.in.onDisk {
		return r.in.text, r.in.problem
	}
	var err error
	r.buffer, text, err = readInto(r.buffer, r.in.name, r.load.MaxFileBytes)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, tooLarge(r.load.MaxFileBytes)
	case err != nil:
		return nil, reasonOf(err)
	}
	return text, ""
}

// document scans one document and decides what becomes of it.
func (r *fileReader) document(d inventory.Document) {
	if r.in.onDisk && isKustomization(r.in.name) {
		r.kustomization(d)
		return
	}
	head, sure := scanHead(d.Text)
	if !sure || bytes.HasSuffix(head.kind, []byte("List")) {
		r.decode(d)
		return
	}
	apiVersion, kindName := r.word(head.apiVersion), r.word(head.kind)
	switch {
	case apiVersion == "" && kindName == "", !head.metadata && (apiVersion == "" || kindName == ""):
		r.passOver(d, 0)
		return
	case apiVersion == "" || kindName == "":
		r.decode(d) // which says what is missing
		return
	}
	kind, known := inventory.KindOf(apiVersion, kindName)
	switch {
	case !known && len(head.name) == 0: // a kubeconfig, a tool's configuration: no object
		r.passOver(d, 0)
	case !known && kindName == "Namespace", known && len(head.name) == 0:
		r.decode(d)
	default:
		ref := inventory.Ref{Group: r.word([]byte(inventory.GroupOf(apiVersion))), Kind: kindName, Namespace: r.word(head.namespace), Name: string(head.name)}
		r.fillIn(&ref, kind, known)
		r.object(d, ref, kind, known)
	}
}

// object decodes an object, puts it off or leaves it alone.
func (r *fileReader) object(d inventory.Document, ref inventory.Ref, kind inventory.Kind, known bool) {
	at := never
	if known {
		at = r.load.when(kind, d.Text)
	}
	switch at {
	case now:
		r.decode(d)
	case later:
		r.tally.later = append(r.tally.later, laterDocument{filePart: partOf(d), input: r.in, kind: kind, ref: ref})
	default:
		r.addStub(ref)
	}
}

func partOf(d inventory.Document) filePart {
	return filePart{offset: d.Offset, length: len(d.Text), line: d.Line}
}

// word returns the text of a name that comes up again and again.
func (r *fileReader) word(text []byte) string {
	if word, ok := r.words[string(text)]; ok {
		return word
	}
	word := string(text)
	r.words[word] = word
	return word
}

// fillIn gives an object without a namespace the one that was asked for, but
// for the kinds that are known to live in none.
func (r *fileReader) fillIn(ref *inventory.Ref, kind inventory.Kind, known bool) {
	clusterWide := known && !kind.Info().Namespaced || !known && ref.Group == "" && ref.Kind == "Namespace"
	if ref.Namespace == "" && !clusterWide {
		ref.Namespace = r.load.Namespace
	}
}

// decode reads a document the slow and right way.
func (r *fileReader) decode(d inventory.Document) {
	node, err := d.Parse()
	if err != nil {
		r.broken(d, inventory.ParseProblem(err, r.in.name))
		return
	}
	if !looksLikeObject(node) {
		r.passOver(d, node.Line)
		return
	}
	r.tally.stats.Decoded++
	c := inventory.ReadNode(node, r.in.name)
	if i := templated(d, c.Problems); i >= 0 {
		c.Problems = []inventory.Problem{templateProblem(c.Problems[i])}
		r.out().anything = true
	}
	if len(c.Problems) > 0 {
		r.out().problems = append(r.out().problems, c.Problems...)
		r.out().anything = r.out().anything || len(c.Objects)+len(c.Stubs) == 0
	}
	r.keep(d, c)
}

// keep takes in what a document held, as far as it is asked for.
func (r *fileReader) keep(d inventory.Document, c inventory.Contents) {
	var wanted []*inventory.Object
	for _, o := range c.Objects {
		r.fillIn(&o.Ref, o.Type, true)
		o.Meta.Namespace = o.Namespace
		if r.load.wanted[o.Type] {
			wanted = append(wanted, o)
		} else {
			r.addStub(o.Ref)
		}
	}
	if len(wanted) > 0 {
		sum := maphash.Bytes(r.load.seed, bytes.TrimSpace(bytes.TrimPrefix(d.Text, []byte("---"))))
		r.out().found = append(r.out().found, foundDocument{filePart: partOf(d), objects: wanted, sum: sum})
	}
	for _, ref := range c.Stubs {
		kind, known := inventory.KindOf(ref.Group+"/", ref.Kind)
		if known { // of a version that is not read
			r.out().holes = append(r.out().holes, kind)
		}
		r.fillIn(&ref, kind, known)
		r.addStub(ref)
	}
	for _, o := range c.Objects {
		r.tally.mention(r.in, r.load.World, o.Ref)
	}
	if len(c.Namespaces) == 0 {
		return
	}
	r.load.mu.Lock()
	defer r.load.mu.Unlock()
	for _, o := range c.Namespaces {
		r.load.builder.AddNamespace(o.Name, o.Meta.Labels)
	}
}

// more is the second step: it decodes documents that were scanned before.
func (r *fileReader) more(in *fileInput) {
	r.in = in
	chosen := in.chosen
	if !r.in.onDisk {
		for _, at := range chosen {
			r.decode(inventory.Document{Text: r.in.text[at.offset:][:at.length], Line: at.line, Offset: at.offset})
		}
		return
	}
	file, err := os.Open(r.in.name)
	if err != nil {
		r.problem(r.in.fail(0, reasonOf(err)))
		r.out().anything = true
		return
	}
	defer file.Close()
	for _, at := range chosen {
		text, err := readPart(file, r.buffer, at.filePart)
		r.buffer = text
		if head, sure := scanHead(text); err != nil || !sure || string(head.name) != at.ref.Name || string(head.kind) != at.ref.Kind {
			r.problem(r.in.fail(at.line, "changed while it was read"))
			r.out().holes = append(r.out().holes, at.kind)
			continue
		}
		r.decode(inventory.Document{Text: text, Line: at.line, Offset: at.offset})
	}
}

// mentionsReplicas says whether a CronJob may change replica counts.
func mentionsReplicas(text []byte) bool {
	for _, word := range []string{"scale", "Scale", "replica", "Replica", "kubectl", "hpa"} {
		if bytes.Contains(text, []byte(word)) {
			return true
		}
	}
	return false
}
