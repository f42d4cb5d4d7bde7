package inventory

import (
	"sort"
	"sync"
)

// Gap is a place where somebody wanted to look and could not.
type Gap struct {
	Kind      Kind
	Namespace string // empty: everywhere
	Reason    string // "forbidden: list poddisruptionbudgets.policy"
}

// Snapshot is all the objects of one moment, and what is known about the
// places that hold none. It does not change after it was built.
type Snapshot struct {
	*store
	reads *Reads
}

type store struct {
	live       bool
	server     Versions
	objects    [kindCount][]*Object
	byRef      map[Ref]*Object
	stubs      map[Ref]bool
	looked     [kindCount]map[string]bool // namespaces; "" is everywhere
	gaps       []Gap
	namespaces map[string]map[string]string // name → labels

	// Views that many checks ask for, made when the first one does.
	workloads         once[[]*Workload]
	autoscalers       once[[]*Autoscaler]
	scalers           once[[]*Autoscaler]
	adapterRules      once[[]AdapterRule]
	monitors          once[[]Monitor]
	scrapes           once[map[*Workload][]Scrape]
	routers           once[[]*Object] // routers of vLLM's production-stack that a monitor scrapes
	otherwise         once[bool]      // something but monitors and annotations may scrape anything
	otherScalers      once[[]Ref]
	clusterAutoscaler once[Ref]

	memory sync.Map // see Remember
}

// once holds a value that is found when it is first asked for.
type once[T any] struct {
	sync.Once
	value T
}

func (o *once[T]) get(find func() T) T {
	o.Do(func() { o.value = find() })
	return o.value
}

// Remember returns what was found for a key of the snapshot before, or finds it
// now. The key's type is the asker's own, so that no two askers share a key;
// what is found must not be changed afterwards. It may be found twice at once.
func Remember[K comparable, T any](s *Snapshot, key K, find func() T) T {
	if known, ok := s.memory.Load(key); ok {
		return known.(T)
	}
	found, _ := s.memory.LoadOrStore(key, find())
	return found.(T)
}

// Versions of the software that a snapshot was taken from; empty is unknown.
type Versions struct {
	Kubernetes string `json:"kubernetes,omitempty"` // "1.37.2"
	KEDA       string `json:"keda,omitempty"`       // "2.21.0"
}

// Builder collects a snapshot. It is not safe for use from several goroutines.
type Builder struct{ s *store }

// NewBuilder starts an empty snapshot in which everything is unseen.
func NewBuilder() *Builder {
	s := &store{byRef: map[Ref]*Object{}, stubs: map[Ref]bool{}, namespaces: map[string]map[string]string{}}
	for k := range s.looked {
		s.looked[k] = map[string]bool{}
	}
	return &Builder{s}
}

// Live marks the snapshot as taken from a running cluster, where status and
// defaults can be trusted.
func (b *Builder) Live(v Versions) { b.s.live, b.s.server = true, v }

// Add puts an object in. It returns the object of the same name that is there
// already, which stays, or nil.
func (b *Builder) Add(o *Object) (duplicate *Object) {
	if first := b.s.byRef[o.Ref]; first != nil {
		return first
	}
	b.s.byRef[o.Ref] = o
	b.s.objects[o.Type] = append(b.s.objects[o.Type], o)
	return nil
}

// AddStub notes that an object exists whose content nobody reads.
func (b *Builder) AddStub(ref Ref) { b.s.stubs[ref] = true }

// AddNamespace notes a namespace and its labels.
func (b *Builder) AddNamespace(name string, labels map[string]string) { b.s.namespaces[name] = labels }

// Looked says that every object of the kind in the namespace ("" for all
// namespaces, and for cluster-scoped kinds) was added or found uninteresting.
func (b *Builder) Looked(kind Kind, namespace string) { b.s.looked[kind][namespace] = true }

// Gap says why a kind could not be looked at.
func (b *Builder) Gap(g Gap) { b.s.gaps = append(b.s.gaps, g) }

// Namespaces lists the namespaces of the namespaced objects added so far.
func (b *Builder) Namespaces() []string {
	seen := map[string]bool{}
	for ref := range b.s.byRef {
		if kind, ok := KindOf(ref.Group+"/", ref.Kind); !ok || kind.Info().Namespaced {
			seen[ref.Namespace] = true
		}
	}
	for ref := range b.s.stubs {
		seen[ref.Namespace] = true
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Build ends the collection.
func (b *Builder) Build() *Snapshot {
	for k := range b.s.objects {
		list := b.s.objects[k]
		sort.SliceStable(list, func(i, j int) bool { return less(list[i].Ref, list[j].Ref) })
	}
	return &Snapshot{store: b.s}
}

func less(a, b Ref) bool {
	if a.Namespace != b.Namespace {
		return a.Namespace < b.Namespace
	}
	if a.Kind != b.Kind {
		return a.Kind < b.Kind
	}
	if a.Name != b.Name {
		return a.Name < b.Name
	}
	return a.Group < b.Group
}

// Recording returns the same snapshot, which notes in reads what is read of it.
func (s *Snapshot) Recording(reads *Reads) *Snapshot { return &Snapshot{store: s.store, reads: reads} }

// Reads is the set of kinds that were read.
type Reads [kindCount]bool

func (s *Snapshot) read(kinds ...Kind) {
	if s.reads == nil {
		return
	}
	for _, k := range kinds {
		s.reads[k] = true
	}
}

// IsLive says whether the objects are a running cluster's.
func (s *Snapshot) IsLive() bool { return s.live }

// Server returns the versions of the software the objects live in.
func (s *Snapshot) Server() Versions { return s.server }

// List returns the objects of a kind, sorted by namespace and name.
func (s *Snapshot) List(kind Kind) []*Object {
	s.read(kind)
	return s.objects[kind]
}

// In returns the objects of a kind in one namespace.
func (s *Snapshot) In(kind Kind, namespace string) []*Object {
	s.read(kind)
	list := s.objects[kind]
	from := sort.Search(len(list), func(i int) bool { return list[i].Namespace >= namespace })
	to := from
	for to < len(list) && list[to].Namespace == namespace {
		to++
	}
	return list[from:to]
}

// Find returns the object of that name and whether it is there. Present with
// a nil object means that it exists and its content was not read.
func (s *Snapshot) Find(ref Ref) (*Object, Presence) {
	kind, known := KindOf(ref.Group+"/", ref.Kind)
	if known {
		s.read(kind)
	}
	if o := s.byRef[ref]; o != nil {
		return o, Present
	}
	if s.stubs[ref] {
		return nil, Present
	}
	if known && s.Saw(kind, ref.Namespace) {
		return nil, Absent
	}
	return nil, Unseen
}

// Saw says whether every object of the kind in the namespace is known: only
// then may a check say that something is missing.
func (s *Snapshot) Saw(kind Kind, namespace string) bool {
	s.read(kind)
	everywhere := s.live && s.looked[kind][""] // of manifests "" is the namespace of those that name none
	return everywhere || s.looked[kind][namespace]
}

// Gaps lists what could not be looked at.
func (s *Snapshot) Gaps() []Gap { return s.gaps }

// NamespaceLabels returns a namespace's labels, and false when the namespace
// was not seen.
func (s *Snapshot) NamespaceLabels(name string) (map[string]string, bool) {
	labels, ok := s.namespaces[name]
	return labels, ok
}
