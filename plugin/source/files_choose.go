package source

import (
	"iter"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// fileNeighbours is what the first step found out about where to look.
type fileNeighbours struct {
	inference  map[string]bool        // namespaces that hold an inference workload
	schedules  map[string]bool        // namespaces that hold a CronJob that changes replica counts
	configMaps map[inventory.Ref]bool // that one of the two mounts or reads
}

// choose decides which of the documents that were put off are decoded, and
// returns the inputs that hold one. The others become stubs.
func (l *filesLoad) choose() []*fileInput {
	l.near = l.neighbours()
	var chosen []*fileInput
	for _, at := range l.later {
		if !l.near.wants(at) {
			l.builder.AddStub(at.ref)
			l.mention(at.input, l.World, at.ref)
			continue
		}
		if len(at.input.chosen) == 0 {
			chosen = append(chosen, at.input)
		}
		at.input.chosen = append(at.input.chosen, at)
	}
	l.later = nil
	return chosen
}

func (l *filesLoad) neighbours() fileNeighbours {
	n := fileNeighbours{inference: map[string]bool{}, schedules: map[string]bool{}, configMaps: map[inventory.Ref]bool{}}
	workloads := inventory.WorkloadKinds()
	for o := range l.objects() {
		switch {
		case slices.Contains(workloads, o.Type):
			n.inference[o.Namespace] = true
		case o.Type == inventory.CronJob:
			n.schedules[o.Namespace] = true
		default:
			continue
		}
		eachConfigMap(o.Root(), func(name string) {
			n.configMaps[inventory.Ref{Kind: "ConfigMap", Namespace: o.Namespace, Name: name}] = true
		})
	}
	return n
}

// objects yields what was decoded, in the order of the inputs, each with its
// origin.
func (l *filesLoad) objects() iter.Seq2[*inventory.Object, fileOrigin] {
	return func(yield func(*inventory.Object, fileOrigin) bool) {
		for _, in := range l.inputs {
			if in.result == nil {
				continue
			}
			for _, found := range in.result.found {
				for _, o := range found.objects {
					if !yield(o, fileOrigin{in, found.sum}) {
						return
					}
				}
			}
		}
	}
}

// fileOrigin is where an object came from.
type fileOrigin struct {
	input *fileInput
	sum   uint64
}

func (n fileNeighbours) wants(at laterDocument) bool {
	switch at.kind {
	case inventory.ConfigMap:
		return n.configMaps[at.ref]
	case inventory.ServiceAccount, inventory.Role, inventory.RoleBinding:
		return n.inference[at.ref.Namespace] || n.schedules[at.ref.Namespace]
	}
	return n.inference[at.ref.Namespace]
}

// eachConfigMap calls found with the name of every ConfigMap that a manifest
// mounts or takes variables from. Aliases need not be followed: what they
// stand for is somewhere in the document itself.
func eachConfigMap(node *yaml.Node, found func(name string)) {
	for i, inner := range node.Content {
		eachConfigMap(inner, found)
		if node.Kind != yaml.MappingNode || i%2 == 0 {
			continue
		}
		switch node.Content[i-1].Value {
		case "configMap", "configMapRef", "configMapKeyRef":
			for j := 0; j+1 < len(inner.Content); j += 2 {
				if inner.Content[j].Value == "name" {
					found(inner.Content[j+1].Value)
				}
			}
		}
	}
}
