package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Scenario is what happens to a fleet: who asks how much, how fast its replicas
// serve and start, which GPUs there are and, where it brings its own cluster,
// the objects.
type Scenario struct {
	Name string `yaml:"name"`
	// Seed makes the chance in arrivals and start times repeatable.
	Seed uint64 `yaml:"seed"`
	// Start is the time of the first frame, Duration how long a run takes from
	// there, and WarmUp what is simulated before it.
	Start    time.Time `yaml:"start"`
	WarmUp   Duration  `yaml:"warmUp"`
	Duration Duration  `yaml:"duration"`
	// Step is how far time moves at once: 15s in a run and 5s between frames
	// unless set.
	Step    Duration `yaml:"step"`
	Cluster Cluster  `yaml:"cluster"`
	// Workloads without a target stand for all that no other names.
	Workloads []Traffic   `yaml:"workloads"`
	Objects   []yaml.Node `yaml:"objects"`

	file    string
	learned []string // what a cluster told beside it
}

// Cluster is the capacity, and the software's versions.
type Cluster struct {
	Kubernetes string `yaml:"kubernetes"`
	KEDA       string `yaml:"keda"`
	// Pools hold the GPUs; without any there is a GPU for every pod at once.
	Pools []Pool `yaml:"pools"`
	// ScrapeInterval is Prometheus', 15 s unless set.
	ScrapeInterval Duration `yaml:"scrapeInterval"`
	// HPASync is the HPA controller's --horizontal-pod-autoscaler-sync-period, 15 s
	// unless set.
	HPASync Duration `yaml:"hpaSync"`
}

// Pool is a group of equal nodes. Nodes of them are there at first, and a node
// autoscaler adds some up to Max, each after Provision.
type Pool struct {
	Name      string            `yaml:"name"`
	Nodes     int               `yaml:"nodes"`
	Max       int               `yaml:"max"`
	GPUs      int               `yaml:"gpus"` // of one node
	Product   string            `yaml:"product"`
	MemoryMiB int               `yaml:"memoryMiB"` // of one GPU
	Labels    map[string]string `yaml:"labels"`
	Provision Duration          `yaml:"provision"`
	// Idle is how long a node stays empty before it is taken away; 10m unless set.
	Idle Duration `yaml:"idle"`
}

// Traffic is one workload's load and pace.
type Traffic struct {
	// Target is NAMESPACE/KIND/NAME; empty for every workload.
	Target string `yaml:"target"`
	// Replicas are there at first; nil takes what the object says.
	Replicas *int32 `yaml:"replicas"`
	// Ready are so many of them at first, and the others about to start; nil for
	// all.
	Ready *int32 `yaml:"ready"`
	// Numbers are held, whatever the load makes of them.
	Numbers  Numbers  `yaml:"numbers"`
	Load     Load     `yaml:"load"`
	Requests Requests `yaml:"requests"`
	Serving  Serving  `yaml:"serving"`
	Start    Starting `yaml:"start"`
	// TTFT is the objective: a minute in which the p95 of the time to the first
	// token is above it counts as over. 5s unless set.
	TTFT Duration `yaml:"ttft"`
	// GiveUpAfter is how long a client waits for its first token; never unless set.
	GiveUpAfter Duration `yaml:"giveUpAfter"`
}

// Requests are the mean sizes in tokens.
type Requests struct {
	Prompt float64 `yaml:"prompt"`
	Output float64 `yaml:"output"`
}

// Serving is what one replica can do.
type Serving struct {
	// MaxRunning is how many requests it runs at a time (vLLM's max_num_seqs).
	MaxRunning float64 `yaml:"maxRunning"`
	// KVTokens is the size of its KV cache.
	KVTokens float64 `yaml:"kvTokens"`
	// Prefill and Decode are tokens per second of a full batch; PerToken is the
	// time between two tokens of a request in a small one.
	Prefill  float64  `yaml:"prefill"`
	Decode   float64  `yaml:"decode"`
	PerToken Duration `yaml:"perToken"`
}

// Starting is how long the parts of a cold start take. Spread is by which share
// the load time varies, 0 to 1.
type Starting struct {
	Pull   Duration `yaml:"pull"`
	Cached Duration `yaml:"cached"` // the pull where the node has the image
	Init   Duration `yaml:"init"`
	Load   Duration `yaml:"load"`
	Spread float64  `yaml:"spread"`
}

// Duration is a time.Duration that YAML writes as "1m30s".
type Duration time.Duration

// UnmarshalYAML reads "90s", "1m30s", "2h"; a number without a unit is refused.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := time.ParseDuration(node.Value)
	if err != nil || parsed < 0 {
		return fmt.Errorf("line %d: %q is no duration such as 90s or 5m", node.Line, node.Value)
	}
	*d = Duration(parsed)
	return nil
}

func (d Duration) or(standard time.Duration) time.Duration {
	if d == 0 {
		return standard
	}
	return time.Duration(d)
}

// ParseScenario reads a scenario strictly: a field that does not exist is an
// error, and errors name the file and the line.
func ParseScenario(text []byte, file string) (*Scenario, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	s := &Scenario{file: file}
	if err := decoder.Decode(s); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: is empty", file)
		}
		return nil, fmt.Errorf("%s: %s", file, yamlError(err))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: holds more than one document", file)
	}
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// goType takes what only a reader of this source understands out of yaml's
// errors.
var goType = regexp.MustCompile(` (in|into) (type )?sim\.\w+`)

func yamlError(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n")
	text = strings.TrimPrefix(strings.TrimSpace(text), "yaml: ")
	first, _, _ := strings.Cut(text, "\n")
	return goType.ReplaceAllString(strings.TrimSpace(first), "")
}

func (s *Scenario) validate() error {
	const shortest, longest = Duration(100 * time.Millisecond), Duration(time.Minute)
	if s.Step != 0 && (s.Step < shortest || s.Step > longest) {
		return fmt.Errorf("step: %s is not from %s to %s", time.Duration(s.Step), time.Duration(shortest), time.Duration(longest))
	}
	seen := map[string]bool{}
	for i, t := range s.Workloads {
		at := fmt.Sprintf("workloads[%d]", i)
		if seen[t.Target] {
			return fmt.Errorf("%s: target %q is named twice", at, t.Target)
		}
		seen[t.Target] = true
		if t.Target != "" && strings.Count(t.Target, "/") != 2 {
			return fmt.Errorf("%s.target: %q is not NAMESPACE/KIND/NAME", at, t.Target)
		}
		if t.Start.Spread < 0 || t.Start.Spread >= 1 {
			return fmt.Errorf("%s.start.spread: %v is not from 0 to below 1", at, t.Start.Spread)
		}
		if t.Ready != nil && *t.Ready < 0 {
			return fmt.Errorf("%s.ready: %d is below 0", at, *t.Ready)
		}
		if err := t.Numbers.validate(); err != nil {
			return fmt.Errorf("%s.numbers%w", at, err)
		}
		if err := t.Load.validate(); err != nil {
			return fmt.Errorf("%s.load.%w", at, err)
		}
	}
	for i, p := range s.Cluster.Pools {
		if p.Name == "" || p.GPUs < 1 || p.Nodes < 0 || p.Max != 0 && p.Max < p.Nodes {
			return fmt.Errorf("cluster.pools[%d]: a pool has a name, gpus of 1 or more, and max not below nodes", i)
		}
	}
	return nil
}

// traffic returns what the scenario says of a workload: what names it, else
// what names nobody.
func (s *Scenario) traffic(of inventory.Ref) (Traffic, bool) {
	var rest *Traffic
	for i := range s.Workloads {
		switch s.Workloads[i].Target {
		case of.String():
			return s.Workloads[i], true
		case "":
			rest = &s.Workloads[i]
		}
	}
	if rest == nil {
		return Traffic{}, false
	}
	return *rest, true
}

// objects decodes the scenario's own objects.
func (s *Scenario) objects() ([]*inventory.Object, error) {
	var all []*inventory.Object
	for i := range s.Objects {
		c := inventory.ReadNode(&s.Objects[i], s.file)
		if len(c.Problems) > 0 {
			return nil, c.Problems[0]
		}
		if len(c.Objects) == 0 {
			return nil, fmt.Errorf("%s:%d: not an object of a kind that is read", s.file, s.Objects[i].Line)
		}
		all = append(all, c.Objects...)
	}
	return all, nil
}
