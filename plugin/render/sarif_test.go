package render

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/infscale/kubectl-infscale/checks"
)

// The schema's origin is told in testdata/README.md.
func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(sarifSchema, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(sarifSchema)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSARIFFollowsItsSchema(t *testing.T) {
	schema := compileSchema(t)
	valid := func(name string, r checks.Report, o Options) {
		t.Helper()
		log, err := jsonschema.UnmarshalJSON(bytes.NewReader(write(t, "sarif", r, o)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(log); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	full, o := fullReport(t)
	valid("everything", full, o)
	valid("nothing wrong", cleanReport(t), o)
	valid("nothing", checks.Report{}, Options{})
	for _, s := range hostile() {
		r, o := hostileReport(s)
		valid(s, r, o)
	}
	broken, _ := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(`{"version":"2.1.0","runs":[{"results":[{}]}]}`)))
	if schema.Validate(broken) == nil {
		t.Error("the schema accepts anything")
	}
}

func TestArtifactAddresses(t *testing.T) {
	for _, c := range []struct{ file, root, uri, base string }{
		{"k8s/a.yaml", "", "k8s/a.yaml", "%SRCROOT%"},
		{"./k8s/a b.yaml", "", "k8s/a%20b.yaml", "%SRCROOT%"},
		{"k8s/100%.yaml", "", "k8s/100%25.yaml", "%SRCROOT%"},
		{"k8s/what?#.yaml", "", "k8s/what%3F%23.yaml", "%SRCROOT%"},
		{"a:b.yaml", "", "./a:b.yaml", "%SRCROOT%"},
		{"模型.yaml", "", "%E6%A8%A1%E5%9E%8B.yaml", "%SRCROOT%"},
		{"\x1b\n\xff.yaml", "", "%1B%0A%FF.yaml", "%SRCROOT%"},
		{"-", "", "-", "%SRCROOT%"},
		{"/repo/k8s/a.yaml", "/repo", "k8s/a.yaml", "%SRCROOT%"},
		{"/repo/..a.yaml", "/repo", "..a.yaml", "%SRCROOT%"},
		{"/elsewhere/a b.yaml", "/repo", "file:///elsewhere/a%20b.yaml", ""},
		{"/repo/a.yaml", "", "file:///repo/a.yaml", ""},
	} {
		got := newArtifact(c.file, c.root)
		if got.URI != c.uri || got.URIBaseID != c.base {
			t.Errorf("%q from %q: got %+v, want %s", c.file, c.root, got, c.uri)
		}
		if _, err := url.Parse(got.URI); err != nil {
			t.Error(err)
		}
	}
}
