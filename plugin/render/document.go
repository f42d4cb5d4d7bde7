package render

import (
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// schemaVersion grows when a name of the JSON report changes its meaning or
// goes away, not when one is added.
const schemaVersion = 1

// document is a report made fit to be shown: every string is clean, every list
// is there. Its JSON is the format json, and every other format reads it too.
type document struct {
	Version int `json:"version"`
	// Clusters are those that were looked at, where they are several.
	Clusters  []*cluster  `json:"clusters,omitempty"`
	Workloads []*workload `json:"workloads"`
	Findings  []*finding  `json:"findings"`
	Skipped   []skip      `json:"skipped"`
	Problems  []problem   `json:"problems"`
	// Nodes are the numbers of nodes: GPUs that nobody could tell the pod of.
	Nodes []nodeNumbers `json:"nodes,omitempty"`
	// Unmeasured are the places from which numbers were wanted.
	Unmeasured []unmeasured `json:"unmeasured,omitempty"`
	Compared   *comparison  `json:"compared,omitempty"`
	Summary    summary      `json:"summary"`

	live bool
	// unfolded are what only an operator can turn into model servers.
	unfolded []string
	judged   int // checks that looked at something
}

type workload struct {
	Context        string        `json:"context,omitempty"`
	Ref            inventory.Ref `json:"ref"`
	Engine         string        `json:"engine"`
	EngineVersion  string        `json:"engineVersion,omitempty"`
	GPUsPerReplica int64         `json:"gpusPerReplica"`
	Scaler         *scaler       `json:"scaler,omitempty"`
	Numbers        []number      `json:"numbers,omitempty"`

	engineName string
	claims     bool // has accelerators of unknown number
}

type scaler struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Min  int32  `json:"min"`
	Max  int32  `json:"max"`
}

// number is one signal of a workload as a whole.
type number struct {
	Metric string    `json:"metric"`
	Part   string    `json:"part,omitempty"`
	Value  float64   `json:"value"`
	Unit   string    `json:"unit,omitempty"`
	At     time.Time `json:"at"`
	Source string    `json:"source"`
}

type nodeNumbers struct {
	Context string        `json:"context,omitempty"`
	Ref     inventory.Ref `json:"ref"`
	Numbers []number      `json:"numbers"`
}

type unmeasured struct {
	Context string `json:"context,omitempty"`
	Source  string `json:"source"`
	Reason  string `json:"reason"`
}

type finding struct {
	Context     string         `json:"context,omitempty"`
	Check       string         `json:"check"`
	Severity    string         `json:"severity"`
	Outcome     string         `json:"outcome"`
	Ref         inventory.Ref  `json:"ref"`
	Workload    *inventory.Ref `json:"workload,omitempty"`
	Path        string         `json:"path,omitempty"`
	File        string         `json:"file,omitempty"`
	Line        int            `json:"line,omitempty"`
	Column      int            `json:"column,omitempty"`
	Message     string         `json:"message"`
	Evidence    []evidence     `json:"evidence"`
	CausedBy    string         `json:"causedBy,omitempty"`
	Fix         *fix           `json:"fix,omitempty"`
	Fingerprint string         `json:"fingerprint"`
	State       checks.State   `json:"state,omitempty"`
	Suppression *suppression   `json:"suppression,omitempty"`

	of      *checks.Check
	rank    checks.Severity
	rawFile string // for addresses, which have an escaping of their own
	serves  *workload
}

type evidence struct {
	Path  string       `json:"path"`
	Value string       `json:"value"`
	Basis checks.Basis `json:"basis"`
}

type fix struct {
	Title    string        `json:"title"`
	Safety   checks.Safety `json:"safety"`
	Restarts bool          `json:"restarts"`
}

type suppression struct {
	Reason  string `json:"reason"`
	Expires string `json:"expires,omitempty"`
	Where   string `json:"where,omitempty"`
}

type skip struct {
	Context   string `json:"context,omitempty"`
	Check     string `json:"check"`
	Namespace string `json:"namespace,omitempty"`
	Reason    string `json:"reason"`
	Errored   bool   `json:"errored,omitempty"`
}

type problem struct {
	Context string `json:"context,omitempty"`
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Reason  string `json:"reason"`

	rawFile string
}

type summary struct {
	Errors     int     `json:"errors"`
	Warnings   int     `json:"warnings"`
	Infos      int     `json:"infos"`
	Suppressed int     `json:"suppressed"`
	Coverage   float64 `json:"coverage"`
}

// The outcomes of a finding; passes are not listed, skips have their own list.
const (
	outcomeFail       = "fail"
	outcomeSuppressed = "suppressed"
)
