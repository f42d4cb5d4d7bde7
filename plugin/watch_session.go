package plugin

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/tui"
)

// open begins to look at a place: the recording, or a context of the kubeconfig;
// "" is the one that the flags mean.
func (w *watchRun) open(ctx context.Context, name string) (tui.Session, error) {
	switch {
	case w.world != nil:
		return w.openDemo(w.world)
	case w.cluster.from != "":
		return openRecording(w.cluster.from, w.only.namespace)
	}
	return w.openCluster(ctx, name)
}

func openRecording(path, namespace string) (tui.Session, error) {
	frames, err := openFrames(path)
	if err != nil {
		return tui.Session{}, err
	}
	return tui.Session{Context: filepath.Base(path), Namespace: namespace, Recording: frames.recording(), Close: frames.close}, nil
}

// openCluster watches the namespaces that the flags mean in a context.
func (w *watchRun) openCluster(ctx context.Context, name string) (tui.Session, error) {
	cluster := w.cluster
	if name != "" {
		cluster.config = configOf(w.cluster.config, name)
	}
	raw := cluster.config.ToRawKubeConfigLoader()
	namespace, _, err := raw.Namespace()
	if err != nil {
		return tui.Session{}, couldNot(err)
	}
	live, err := cluster.live(w.only.names, namespace)
	if err != nil {
		return tui.Session{}, err
	}
	live.Renew = func() (*rest.Config, error) {
		return connection(configOf(w.cluster.config, *cluster.config.Context))
	}
	feed, err := newLiveFeed(ctx, *live, &cluster.numbers, w.needs, w.interval)
	if err != nil {
		return tui.Session{}, loadError(err)
	}
	session := tui.Session{
		Context: contextName(cluster.config), Feed: &unhurried{feed: feed},
		Troubles: feed.troubles, Pace: pace(feed), Close: feed.Close,
	}
	if !w.cluster.allNamespaces {
		session.Namespace = namespace
	}
	if w.once {
		session.Feed = completeFeed{feed}
	}
	if !w.readOnly {
		if session.Actions, err = w.repairs(live.Config.Host, feed.credentials); err != nil {
			feed.Close()
			return tui.Session{}, err
		}
	}
	return session, nil
}

// unhurried rests between frames in proportion to what its reader does with one,
// so that a cluster in which everything changes all the time takes a twentieth of
// a core, and not all of it. What changes meanwhile is in the next frame.
type unhurried struct {
	feed *liveFeed
	last time.Time // of the last frame
}

func (u *unhurried) Next(ctx context.Context) (checks.Frame, error) {
	const share, longest = 19, 5 * time.Second
	if !u.last.IsZero() {
		if err := wait(ctx, min(share*time.Since(u.last), longest), nil); err != nil {
			return checks.Frame{}, err
		}
	}
	frame, err := u.feed.Next(ctx)
	if err != nil {
		u.last = time.Time{}
		return frame, err
	}
	u.last = time.Now()
	return frame, nil
}

// completeFeed waits for the first numbers: there is no second frame.
type completeFeed struct{ *liveFeed }

func (f completeFeed) Next(ctx context.Context) (checks.Frame, error) { return f.Complete(ctx) }

// pace changes how often numbers are collected, and says how often they are.
func pace(feed *liveFeed) func(float64) string {
	return func(factor float64) string {
		if factor != 1 {
			wanted := time.Duration(float64(feed.Interval()) / factor)
			feed.SetInterval(min(max(wanted, shortestInterval), longestInterval))
		}
		const unit = 100 * time.Millisecond
		every := feed.Interval().Round(unit)
		if every > 10*time.Second {
			every = every.Round(time.Second)
		}
		return every.String()
	}
}

// contextName is what the flags or the kubeconfig call the cluster.
func contextName(config *genericclioptions.ConfigFlags) string {
	if config.Context != nil && *config.Context != "" {
		return *config.Context
	}
	raw, err := config.ToRawKubeConfigLoader().RawConfig()
	if err != nil || raw.CurrentContext == "" {
		return "cluster"
	}
	return raw.CurrentContext
}

// contexts are those of the kubeconfig.
func (w *watchRun) contexts() []string {
	raw, err := w.cluster.config.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil
	}
	return sortedKeys(raw.Contexts)
}

// repairs are the fixes of a cluster, with the credentials of the moment.
func (w *watchRun) repairs(server string, credentials func() *rest.Config) (tui.Actions, error) {
	where, err := journal(w.streams.Env)
	if err != nil {
		return tui.Actions{}, err
	}
	r := &repairs{fixer: func() (*fix.Fixer, error) {
		cluster, err := fix.NewCluster(credentials())
		return &fix.Fixer{Cluster: cluster, Journal: where, Server: server, Now: time.Now}, err
	}}
	if _, err := r.fixer(); err != nil {
		return tui.Actions{}, couldNot(err)
	}
	return tui.Actions{Preview: r.preview, Undo: r.undo}, nil
}

// repairs previews, applies and undoes for the screen, which calls one of them at
// a time.
type repairs struct {
	fixer   func() (*fix.Fixer, error)
	applied [][]string // journal entries by application, the last at the end
}

// preview asks for all changes that the findings come to.
func (r *repairs) preview(ctx context.Context, all, chosen []checks.Finding) (tui.Preview, error) {
	changes, refused := fix.Plan(all, chosen)
	var out tui.Preview
	fixer, err := r.fixer()
	if err != nil {
		return out, err
	}
	var ready, held []*fix.Preview
	for _, change := range changes {
		p, err := fixer.Preview(ctx, change)
		if err != nil {
			return out, err
		}
		if p.Refusal != "" {
			held = append(held, p)
			continue
		}
		r.tell(&out, p)
		ready = append(ready, p)
		out.Repairs = append(out.Repairs, change.Findings...)
	}
	for _, no := range refused {
		out.Notes = append(out.Notes, no.Finding.Check.ID+" is left out: "+no.Reason)
	}
	switch {
	case len(ready) > 0:
		for _, p := range held { // what is shown is what y applies
			out.Notes = append(out.Notes, p.Ref().Short()+" is left out: "+p.Refusal)
		}
		out.Apply = func(ctx context.Context) (string, error) { return r.apply(ctx, ready) }
	case len(held) > 0:
		for _, p := range held {
			r.tellHeld(&out, p)
		}
	case len(refused) > 0:
		out.Refusal = refused[0].Reason
	}
	return out, nil
}

// tell adds one object's preview to what the screen shows.
func (r *repairs) tell(out *tui.Preview, p *fix.Preview) {
	out.Diff += p.Diff
	out.Warnings = append(out.Warnings, p.Warnings...)
	if p.Unvalidated != "" {
		out.Notes = append(out.Notes, "no dry run: "+p.Unvalidated)
	}
	for _, t := range p.TakesOver {
		out.Notes = append(out.Notes, fmt.Sprintf("%s was written by %s, and is taken over: change its source, too", t.Path, t.Manager))
	}
}

// tellHeld adds one that cannot be applied here, with the patch for its source.
func (r *repairs) tellHeld(out *tui.Preview, p *fix.Preview) {
	r.tell(out, p)
	if out.Refusal != "" {
		out.Refusal += "; "
	}
	out.Refusal += p.Ref().Short() + ": " + p.Refusal
	if p.Handover != "" {
		out.Diff += "\n# for its source:\n" + p.Handover
	}
}

// apply writes one object after the other; what was written before an error stays.
func (r *repairs) apply(ctx context.Context, ready []*fix.Preview) (string, error) {
	var entries []string
	words := ""
	fixer, err := r.fixer()
	if err != nil {
		return "", err
	}
	for _, p := range ready {
		entry, err := fixer.Apply(ctx, p)
		if err != nil {
			if len(entries) > 0 {
				r.applied = append(r.applied, entries)
				err = fmt.Errorf("applied to %d of %d objects, which u undoes: %w", len(entries), len(ready), err)
			}
			return "", err
		}
		entries = append(entries, entry.ID)
		words = "applied to " + p.Ref().Short()
	}
	r.applied = append(r.applied, entries)
	if len(entries) > 1 {
		words = fmt.Sprintf("applied to %d objects", len(entries))
	}
	return words, nil
}

// undo takes back what was applied last on this screen.
func (r *repairs) undo(ctx context.Context) (string, error) {
	if len(r.applied) == 0 {
		return "nothing was applied here; kubectl infscale fix --history lists the rest", nil
	}
	last := &r.applied[len(r.applied)-1]
	words, all := "", len(*last)
	fixer, err := r.fixer()
	if err != nil {
		return "", err
	}
	for left := all; left > 0; left = len(*last) {
		entry, err := fixer.Undo(ctx, (*last)[left-1])
		if err != nil && left < all {
			return "", fmt.Errorf("took back the fixes of %d of %d objects: %w", all-left, all, err)
		}
		if err != nil {
			return "", err
		}
		*last = (*last)[:left-1] // the next try begins with what is left
		words = "took back the fix of " + entry.Ref.Short()
	}
	r.applied = r.applied[:len(r.applied)-1]
	if all > 1 {
		words = fmt.Sprintf("took back the fixes of %d objects", all)
	}
	return words, nil
}
