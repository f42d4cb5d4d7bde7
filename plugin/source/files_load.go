package source

import (
	"context"
	"hash/maphash"
	"maps"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// filesLoad is one load of manifests. It goes over every document twice at
// most: first it decodes what is about inference by itself and scans the rest,
// then it decodes what the first step has shown to belong to it.
type filesLoad struct {
	Files
	fileWalk
	wanted map[inventory.Kind]bool
	near   fileNeighbours // found by the first step
	seed   maphash.Seed

	mu sync.Mutex // guards what follows, which does not depend on the order
	fileTally
	builder *inventory.Builder
}

// fileTally is what inputs add up to. Most documents of a large tree are only
// counted here, so that memory does not grow with every one of them.
type fileTally struct {
	namespaces map[string]bool // mentioned in closed inputs
	holding    map[string]bool // arguments that led to a Kubernetes object, or to a problem
	stubs      []inventory.Ref // objects that nobody decodes
	later      []laterDocument
	stats      Stats
}

func newFileTally() fileTally {
	return fileTally{namespaces: map[string]bool{}, holding: map[string]bool{}}
}

// count takes in what a reader has counted.
func (l *filesLoad) count(t fileTally) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.Copy(l.namespaces, t.namespaces)
	maps.Copy(l.holding, t.holding)
	for _, ref := range t.stubs {
		l.builder.AddStub(ref)
	}
	l.later = append(l.later, t.later...)
	l.stats.Files += t.stats.Files
	l.stats.Documents += t.stats.Documents
	l.stats.Decoded += t.stats.Decoded
	l.stats.PassedOver += t.stats.PassedOver
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
	input *fileInput
	kind  inventory.Kind
	ref   inventory.Ref
}

func newFilesLoad(f Files, needs checks.Needs) *filesLoad {
	l := &filesLoad{
		Files: f, fileWalk: fileWalk{seen: map[fileKey]bool{}, known: map[string]bool{}},
		wanted: map[inventory.Kind]bool{}, seed: maphash.MakeSeed(),
		fileTally: newFileTally(), builder: inventory.NewBuilder(),
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

// mention notes that an input holds an object.
func (t *fileTally) mention(in *fileInput, world World, ref inventory.Ref) {
	t.holding[in.root] = true
	if ns, ok := ref.Mentions(); ok && (in.closed || world == ClosedWorld) {
		t.namespaces[ns] = true
	}
}

// readAll walks the arguments and reads what it meets on the way, on every
// processor.
func (l *filesLoad) readAll(ctx context.Context) error {
	const ahead = 1000 // inputs that the walk may be before the readers
	found := make(chan *fileInput, ahead)
	l.found = found
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(found)
		return l.every(ctx, l.Files)
	})
	group.Go(func() error { return l.each(ctx, found, (*fileReader).input) })
	return group.Wait()
}

// readChosen decodes the documents that the first step has shown to be of
// interest.
func (l *filesLoad) readChosen(ctx context.Context) error {
	inputs := l.choose()
	chosen := make(chan *fileInput, len(inputs))
	for _, in := range inputs {
		chosen <- in
	}
	close(chosen)
	return l.each(ctx, chosen, (*fileReader).more)
}

// each runs a step on inputs, on every processor. Each input keeps its result,
// so that it does not matter who is first.
func (l *filesLoad) each(ctx context.Context, inputs <-chan *fileInput, step func(*fileReader, *fileInput)) error {
	group, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			r := &fileReader{load: l, words: map[string]string{}, tally: newFileTally()}
			defer func() { l.count(r.tally) }()
			for in := range inputs {
				if err := ctx.Err(); err != nil {
					return err
				}
				step(r, in)
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
