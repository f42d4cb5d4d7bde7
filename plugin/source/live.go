package source

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// sideBySide is how many requests are under way at a time: enough to hide a
// slow link's latency, few enough for the API server's fair queues.
const sideBySide = 8

// Live reads a cluster through its API server. It only ever sends GETs, and
// never one for a Secret.
type Live struct {
	// Config is of a transport that follows no redirect to another server.
	Config *rest.Config
	// Namespaces to look in; empty is all of them.
	Namespaces []string
	// ContextNamespace is the kubeconfig context's: the place to look where
	// listing all namespaces is forbidden. Empty is none.
	ContextNamespace string
	// Names are workloads or autoscalers; see [ParseName]. With names, their
	// namespaces are what is read, and Namespaces is not.
	Names []inventory.Ref
	// LabelSelector chooses inference workloads by their own labels. A
	// namespace that holds a chosen one is read as a whole: the verdict about
	// one workload may lean on the others.
	LabelSelector string
	// Progress is told what arrives, in short phrases ("deployments: 1 500"),
	// by one goroutine at a time. It may be nil.
	Progress func(string)
	// Now dates the frame; nil is time.Now.
	Now func() time.Time
	// Renew reads the configuration again when the credentials are refused;
	// nil keeps it. Only a [Feed] lives long enough to need it.
	Renew func() (*rest.Config, error)
}

// Load reads what the checks need of the cluster. What may not be listed, or
// does not answer, is a gap in the frame; an object with fields of a wrong type
// is in the frame without them, and the error is an [*Incomplete] then. Any
// other error comes without a frame: [*Unreachable], [*NotFound], or a wrong
// selection.
func (l *Live) Load(ctx context.Context, needs checks.Needs) (checks.Frame, error) {
	load, err := l.begin(needs)
	if err != nil {
		return checks.Frame{}, err
	}
	if load.versions.Kubernetes, err = load.client.version(ctx); err != nil {
		return checks.Frame{}, err
	}
	for at := range liveSteps {
		if err := load.run(ctx, at); err != nil {
			return checks.Frame{}, err
		}
		if at == stepWorkloads {
			if err := load.settle(); err != nil {
				return checks.Frame{}, err
			}
		}
	}
	return load.frame()
}

// liveLoad is one run of Load, or one look at what a [Feed] watches.
type liveLoad struct {
	*Live
	client *liveClient
	// look answers a query by handing its objects to take. It, serves and
	// listSpaces ask the API server, or a feed's stores.
	look       func(context.Context, liveQuery) error
	serves     func(context.Context, inventory.Kind) (bool, error)
	listSpaces func(context.Context) (*knownNamespaces, error)

	rows     []liveAccess
	asked    []string // namespaces; empty is all
	selector labels.Selector
	named    map[inventory.Ref]bool
	labelled bool // namespaces' labels are wanted

	fleet liveFleet // what the first step found; does not change after it

	mu       sync.Mutex // of all below
	builder  *inventory.Builder
	versions inventory.Versions
	kept     map[inventory.Ref]bool
	held     []*inventory.Object // workloads and their neighbours, until the first step ends
	dropped  map[livePlace]bool  // where neighbours were dropped
	met      map[inventory.Ref]bool
	leads    liveLeads
	notes    liveNotes
	arrived  map[inventory.Kind]int // objects, for the progress
	problems []inventory.Problem
	spaces   *knownNamespaces
}

// begin makes a load that asks the API server.
func (l *Live) begin(needs checks.Needs) (*liveLoad, error) {
	load, err := l.prepare(needs)
	if err != nil {
		return nil, err
	}
	if load.client, err = newLiveClient(l.Config); err != nil {
		return nil, err
	}
	load.look, load.serves, load.listSpaces = load.read, load.client.served, load.readNamespaces
	return load, nil
}

// prepare makes a load; whom it asks is the caller's to say.
func (l *Live) prepare(needs checks.Needs) (*liveLoad, error) {
	selector, err := labels.Parse(l.LabelSelector)
	if err != nil {
		return nil, fmt.Errorf("label selector %q: %w", l.LabelSelector, err)
	}
	load := &liveLoad{
		Live: l, rows: wantedRows(needs), asked: l.Namespaces, selector: selector,
		labelled: wantsNamespaces(needs),
		builder:  inventory.NewBuilder(),
		named:    map[inventory.Ref]bool{}, kept: map[inventory.Ref]bool{}, met: map[inventory.Ref]bool{},
		dropped: map[livePlace]bool{}, leads: newLeads(), notes: newNotes(), arrived: map[inventory.Kind]int{},
	}
	if len(l.Names) > 0 {
		load.asked = nil
	}
	for _, ref := range l.Names {
		if ref.Namespace == "" {
			return nil, fmt.Errorf("%s: a name needs a namespace", ref.Short())
		}
		if !slices.Contains(load.asked, ref.Namespace) {
			load.asked = append(load.asked, ref.Namespace)
		}
		load.named[ref] = true
	}
	return load, nil
}

// run sends a step's requests side by side.
func (l *liveLoad) run(ctx context.Context, at liveStep) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for _, q := range l.queries(at) {
		group.Go(func() error { return l.ask(ctx, q) })
	}
	if at == stepWorkloads && l.labelled {
		group.Go(func() error { _, err := l.namespaces(ctx); return err })
	}
	return group.Wait()
}

// settle ends the first step: from here on it is known which namespaces hold
// inference workloads. A server that answered no list at all hangs.
func (l *liveLoad) settle() error {
	if l.notes.answered == 0 {
		return l.client.unreachable(fmt.Errorf("no list was answered: %s", l.notes.first))
	}
	l.fleet = l.gather()
	for _, o := range l.held {
		if l.fleet.in(o.Namespace) || len(l.named) == 0 && l.selector.Empty() {
			l.keep(o)
			continue
		}
		l.builder.AddStub(o.Ref)
	}
	l.held = nil
	return nil
}

// keep puts an object in the snapshot. The caller holds the lock, or is alone.
func (l *liveLoad) keep(o *inventory.Object) {
	if l.builder.Add(o) == nil {
		l.kept[o.Ref] = true
	}
}

func (l *liveLoad) frame() (checks.Frame, error) {
	for _, ref := range l.Names {
		if !l.met[ref] && l.notes.saw(ref) {
			return checks.Frame{}, &NotFound{Ref: ref}
		}
	}
	l.notes.tell(l.builder)
	if l.spaces != nil {
		for name, set := range l.spaces.labels {
			l.builder.AddNamespace(name, set)
		}
	}
	l.builder.Live(l.versions)
	now := time.Now
	if l.Now != nil {
		now = l.Now
	}
	frame := checks.Frame{At: now(), Objects: l.builder.Build()}
	if len(l.problems) > 0 {
		sortProblems(l.problems)
		return frame, &Incomplete{Problems: l.problems}
	}
	return frame, nil
}
