package render

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// threeClusters are the full report of one cluster and a clean one of another,
// the first compared with an earlier run, and a third one that does not answer.
func threeClusters(t *testing.T) ([]Part, Options) {
	t.Helper()
	full, o := fullReport(t)
	for i := range full.Findings {
		full.Findings[i].State = checks.Unchanged
	}
	full.Findings[0].State = checks.New
	vllm := inventory.Ref{Group: "apps", Kind: "Deployment", Namespace: "inference", Name: "vllm-llama3"}
	full.Compared = &checks.Comparison{
		With: "last.json",
		Gone: []checks.Past{{Check: "pdb-missing", Severity: "warning", Ref: vllm, Workload: vllm, Message: "no budget", Fingerprint: "00"}},
		Unjudged: []checks.Past{
			{Check: "shm-too-small", Ref: vllm, Fingerprint: "01"},
		},
	}
	dead := checks.Report{Live: true, Problems: []inventory.Problem{{Reason: "https://203.0.113.7:6443: connection refused"}}}
	return []Part{
		{Context: "gke-prod", Report: full, Scalers: o.Scalers},
		{Context: "eks-test", Report: cleanReport(t), Scalers: o.Scalers},
		{Context: "on-prem", Report: dead, Unreached: true},
	}, o
}

func writeParts(t *testing.T, format string, parts []Part, o Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := WriteParts(&out, format, parts, o); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return out.Bytes()
}

func TestSeveralClusters(t *testing.T) {
	parts, o := threeClusters(t)
	for _, format := range Formats() {
		golden(t, "clusters."+format, writeParts(t, format, parts, o))
	}
	log, err := jsonschema.UnmarshalJSON(bytes.NewReader(writeParts(t, "sarif", parts, o)))
	if err != nil {
		t.Fatal(err)
	}
	if err := compileSchema(t).Validate(log); err != nil {
		t.Error(err)
	}
}

// The same finding in two clusters is two findings to whoever tells them apart
// by fingerprint.
func TestClustersAreToldApart(t *testing.T) {
	full, _ := fullReport(t)
	parts := []Part{{Context: "a", Report: full}, {Context: "b", Report: full}}
	d := joinParts(parts)
	seen := map[string]int{}
	for _, f := range d.Findings {
		seen[f.identity()]++
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%d findings are %s", n, id)
		}
	}
	single := joinParts([]Part{{Report: full}})
	if d.Summary.Errors != 2*single.Summary.Errors || d.Summary.Coverage != single.Summary.Coverage {
		t.Errorf("the sum is %+v, of one %+v", d.Summary, single.Summary)
	}
	if got, want := len(d.groups(atLeast(checks.Info))), 2*len(single.groups(atLeast(checks.Info))); got != want {
		t.Errorf("%d groups, want %d", got, want)
	}
}
