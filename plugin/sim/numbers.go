package sim

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// Numbers are what every replica's /metrics says whatever arrives, from the
// moment on at which its container runs: one step, or several.
type Numbers []NumbersStep

// NumbersStep holds from At on, counted from the start of the run; the first
// step holds before that, too. What it does not name stays as it was.
type NumbersStep struct {
	At time.Duration
	// Values by name: queue and running in requests, kv as a share of 1, gpu in
	// percent, memory in MiB of a GPU.
	Values map[string]float64
	// Total spreads whole numbers over the replicas that run, the first by name
	// taking what is left over, instead of giving them to each.
	Total bool
	// Only says that the page has nothing else of the engine's until the next
	// step: with no Values the metrics are lost.
	Only bool
}

// numberOf is the quantity that a name of Values stands for.
func numberOf(name string) (quantity, bool) {
	switch name {
	case "queue":
		return qWaiting, true
	case "running":
		return qRunning, true
	case "kv":
		return qKV, true
	case "gpu":
		return qGPUUtil, true
	case "memory":
		return qGPUMemory, true
	}
	return 0, false
}

// UnmarshalYAML reads one step, or a list of them.
func (n *Numbers) UnmarshalYAML(node *yaml.Node) error {
	steps := []*yaml.Node{node}
	if node.Kind == yaml.SequenceNode {
		steps = node.Content
	}
	for _, step := range steps {
		read, err := readNumbers(step)
		if err != nil {
			return err
		}
		*n = append(*n, read)
	}
	return nil
}

func readNumbers(node *yaml.Node) (NumbersStep, error) {
	step := NumbersStep{Values: map[string]float64{}}
	if node.Kind != yaml.MappingNode {
		return step, fmt.Errorf("line %d: numbers are written as {queue: 15, running: 256}", node.Line)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		var err error
		switch key.Value {
		case "at":
			err = value.Decode((*Duration)(&step.At))
		case "total":
			err = value.Decode(&step.Total)
		case "only":
			err = value.Decode(&step.Only)
		default:
			if _, known := numberOf(key.Value); !known {
				return step, fmt.Errorf("line %d: field %s not found: a number is queue, running, kv, gpu or memory", key.Line, key.Value)
			}
			if step.Values[key.Value], err = strconv.ParseFloat(value.Value, 64); err != nil {
				err = fmt.Errorf("line %d: %s: %q is no number", value.Line, key.Value, value.Value)
			}
		}
		if err != nil {
			return step, err
		}
	}
	return step, nil
}

func (n Numbers) validate() error {
	for i, step := range n {
		if i > 0 && step.At < n[i-1].At {
			return fmt.Errorf("[%d].at: %s comes before %s", i, step.At, n[i-1].At)
		}
		for _, name := range slices.Sorted(maps.Keys(step.Values)) {
			value := step.Values[name]
			switch _, known := numberOf(name); {
			case !known:
				return fmt.Errorf("[%d]: no number is called %q", i, name)
			case value < 0 || !isNumber(value):
				return fmt.Errorf("[%d].%s: %v is below 0, or no number", i, name, value)
			case step.Total && value != math.Trunc(value):
				return fmt.Errorf("[%d].%s: only whole numbers can be spread over the replicas, found %v", i, name, value)
			}
		}
	}
	return nil
}

// held is one number in force.
type held struct {
	value float64
	total bool
}

// at are the numbers in force so long after the start, and whether they are all
// of the engine's that there is.
func (n Numbers) at(since time.Duration) (all map[quantity]held, only bool) {
	all = map[quantity]held{}
	for i, step := range n {
		if i > 0 && step.At > max(0, since) {
			break
		}
		if only = step.Only; only {
			maps.DeleteFunc(all, func(q quantity, _ held) bool { return !q.hardware() })
		}
		for name, value := range step.Values {
			q, _ := numberOf(name)
			all[q] = held{value, step.Total}
		}
	}
	return all, only
}

// of is the share of the i-th of so many replicas.
func (h held) of(i, replicas int) float64 {
	if !h.total {
		return h.value
	}
	share := math.Floor(h.value / float64(replicas))
	if float64(i) < h.value-share*float64(replicas) {
		share++
	}
	return share
}

// hold gives every replica that runs the numbers of the moment.
func (f *fleet) hold(now time.Time, since time.Duration) {
	if len(f.traffic.Numbers) == 0 {
		return
	}
	var running []*pod
	for _, p := range f.pods {
		if p.isRunning(now) && p.leaving.IsZero() {
			running = append(running, p)
		}
	}
	slices.SortFunc(running, func(a, b *pod) int { return cmp.Compare(a.name, b.name) })
	inForce, only := f.traffic.Numbers.at(since)
	for i, p := range running {
		p.numbers, p.only = map[quantity]float64{}, only
		for q, number := range inForce {
			p.numbers[q] = number.of(i, len(running))
		}
	}
}

// queue is how many requests wait in a replica, by its /metrics.
func (p *pod) queue() float64 {
	if value, held := p.numbers[qWaiting]; held {
		return value
	}
	return p.waiting.requests
}
