package source

import (
	"context"
	"hash/maphash"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// filesLoad is one load of manifests. It goes over every document twice at
// most: first it decodes what is about inference by itself and scans the rest,
// then it decodes what the first step has shown to belong to it.
type filesLoad struct {
	Files
	inputs  []fileInput
	results []*fileResult // one per input; nil where there is nothing to tell
	wanted  map[inventory.Kind]bool
	near    fileNeighbours          // found by the first step
	chosen  map[int][]laterDocument // for the second, by input
	seed    maphash.Seed

	mu sync.Mutex // guards what follows, which does not depend on the order
	fileTally
}

// fileTally is what inputs add up to. Most documents of a large tree are only
// counted here, so that memory does not grow with every one of them.
type fileTally struct {
	builder    *inventory.Builder
	namespaces map[string]bool // mentioned in closed inputs
	holding    map[string]bool // arguments that led to a Kubernetes object, or to a problem
	later      []laterDocument
	stats      Stats
}

// fileResult is what one input held beyond what is counted.
type fileResult struct {
	found    []foundDocument
	problems []inventory.Problem
	// holes are kinds of which something could not be read; anything says that
	// it could have been of any kind.
	holes    []inventory.Kind
	anything bool
	// templated says that a chart's template was left alone.
	templated bool
	// patches are the files that a kustomization in here applies as patches.
	patches []string
}

// filePart is a place in an input.
type filePart struct{ offset, length, line int }

// foundDocument is a decoded document.
type foundDocument struct {
	filePart
	objects []*inventory.Object
	sum     uint64 // of its text: equal documents have equal ones
}

// laterDocument is one whose neighbours decide whether it is decoded.
type laterDocument struct {
	filePart
	input int
	kind  inventory.Kind
	ref   inventory.Ref
}

func newFilesLoad(f Files, needs checks.Needs, inputs []fileInput) *filesLoad {
	l := &filesLoad{
		Files: f, inputs: inputs, results: make([]*fileResult, len(inputs)),
		wanted: map[inventory.Kind]bool{}, chosen: map[int][]laterDocument{}, seed: maphash.MakeSeed(),
		fileTally: fileTally{builder: inventory.NewBuilder(), namespaces: map[string]bool{}, holding: map[string]bool{}},
	}
	for _, kind := range inventory.Kinds() {
		l.wanted[kind] = needs.Reads(kind)
	}
	for _, kind := range inventory.WorkloadKinds() {
		if l.wanted[kind] { // an engine's arguments may be in a script or file that a ConfigMap mounts
			l.wanted[inventory.ConfigMap] = true
		}
	}
	return l
}

// addStub notes an object of an input that nobody decodes.
func (l *filesLoad) addStub(in *fileInput, ref inventory.Ref) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.builder.AddStub(ref)
	l.mention(in, ref)
}

// mention notes that an input holds an object. The caller has the lock.
func (l *filesLoad) mention(in *fileInput, ref inventory.Ref) {
	l.holding[in.root] = true
	if ns, ok := ref.Mentions(); ok && (in.closed || l.World == ClosedWorld) {
		l.namespaces[ns] = true
	}
}

func (l *filesLoad) everyInput() []int {
	all := make([]int, len(l.inputs))
	for i := range all {
		all[i] = i
	}
	return all
}

// each runs a step on inputs, on every processor. Results are kept by input,
// so that it does not matter who is first.
func (l *filesLoad) each(ctx context.Context, inputs []int, step func(*fileReader, int)) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(inputs)) {
		group.Go(func() error {
			r := &fileReader{load: l, words: map[string]string{}}
			defer r.finish()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(inputs) {
					return nil
				}
				step(r, inputs[i])
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// when says at which step a document is decoded.
type when uint8

const (
	never when = iota // it is a stub
	later             // its neighbours decide
	now
)

// when decides by kind, and by the words in the text. Kinds of which a cluster
// has few, and those that reach into other namespaces, are decoded at once;
// what only matters beside an inference workload waits until those are known.
func (l *filesLoad) when(kind inventory.Kind, text []byte) when {
	if !l.wanted[kind] {
		return never
	}
	switch kind {
	case inventory.Deployment, inventory.StatefulSet, inventory.ReplicaSet, inventory.LeaderWorkerSet,
		inventory.InferenceService, inventory.NIMService, inventory.RayService:
		if inventory.MayBeInference(text) {
			return now
		}
		return never
	case inventory.ConfigMap:
		if holdsSeriesQuery(text) { // rules of prometheus-adapter lie where the adapter does
			return now
		}
		return later
	case inventory.CronJob:
		if mentionsReplicas(text) { // a schedule may act on another namespace
			return now
		}
		return later
	case inventory.Service, inventory.PodDisruptionBudget, inventory.PersistentVolumeClaim, inventory.ResourceQuota,
		inventory.TriggerAuthentication, inventory.ServiceAccount, inventory.Role, inventory.RoleBinding,
		inventory.Pod, inventory.Event:
		return later
	}
	return now
}
