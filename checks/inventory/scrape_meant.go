package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
)

// missReason says why a monitor selects nothing.
type missReason uint8

// The reasons.
const (
	// missNamespace: the Service, or the pods, are in another namespace.
	missNamespace missReason = iota
	// missKind: other objects of the workload carry the labels, not those that
	// the monitor selects among.
	missKind
	// missLabels: nothing carries the labels; the monitor is named after the
	// workload.
	missLabels
)

// miss is a monitor that selects nothing, and the workload it was written for.
type miss struct {
	reason   missReason
	workload *Workload
	// service is the one that a ServiceMonitor should have selected.
	service *Object
	// holder says what carries the labels, with missKind.
	holder string
	// several marks that more than one workload may have been meant; guessed,
	// that nothing but a name says which.
	several, guessed bool
}

// missed returns the inference workload that a monitor was written for which
// selects nothing at all. It is not ok where the monitor selects something,
// serves another purpose, or looks in places that were not seen, and where
// something else scrapes the workload.
func (s *Snapshot) missed(m Monitor) (miss, bool) {
	if len(m.Selector.MatchLabels) == 0 || s.selectsAnything(m) || !s.sawPlaces(m) {
		return miss{}, false
	}
	for _, reason := range []missReason{missKind, missLabels, missNamespace} {
		if reason == missNamespace && s.servesWhere(m) {
			break
		}
		var all []miss
		for _, w := range s.Workloads() {
			if !w.portsKnown() || len(s.ScrapesOf(w)) > 0 {
				continue
			}
			if found, ok := s.missOf(m, w, reason); ok && !s.ScrapedOtherwise(w) {
				all = append(all, found)
			}
		}
		if len(all) > 0 {
			all[0].several, all[0].guessed = len(all) > 1, reason == missLabels && !s.live
			return all[0], true
		}
	}
	return miss{}, false
}

// servesWhere says whether an inference workload may be where the monitor looks.
func (s *Snapshot) servesWhere(m Monitor) bool {
	return slices.ContainsFunc(s.Workloads(), func(w *Workload) bool {
		yes, sure := m.LooksIn(w.Object.Namespace)
		return yes || !sure
	})
}

func (s *Snapshot) missOf(m Monitor, w *Workload, reason missReason) (miss, bool) {
	here, sure := m.LooksIn(w.Object.Namespace)
	services := s.Services(w)
	if !here && !sure || here == (reason == missNamespace) || !m.OfPods && len(services) == 0 {
		return miss{}, false
	}
	found := miss{reason: reason, workload: w}
	if !m.OfPods {
		found.service = services[0]
	}
	switch reason {
	case missNamespace:
		if m.OfPods {
			return found, m.Selects(w.PodLabels())
		}
		at := slices.IndexFunc(services, func(o *Object) bool { return m.Selects(o.Meta.Labels) })
		if at >= 0 {
			found.service = services[at]
		}
		return found, at >= 0
	case missKind:
		found.holder = s.holderOf(m, w)
		return found, found.holder != ""
	}
	return found, s.namedAfter(w, tellingWords(m.Object.Name, &m.Selector))
}

// holderOf says what carries the labels that a monitor looks for elsewhere.
func (s *Snapshot) holderOf(m Monitor, w *Workload) string {
	switch {
	case !m.OfPods && m.Selects(w.PodLabels()):
		return ", which the pods of " + w.Object.Short() + " have"
	case m.Selects(w.Object.Meta.Labels):
		return ", which " + w.Object.Short() + " has"
	}
	for _, o := range s.Services(w) {
		if m.OfPods && m.Selects(o.Meta.Labels) {
			return ", which " + o.Short() + " has"
		}
	}
	return ""
}

// fault says so in words.
func (f miss) fault(m Monitor) MonitorFault {
	selector, namespace := m.SelectorText(), f.workload.Object.Namespace
	what, target, has, is, set := "pods", "the pods of "+f.workload.Object.Short(), "have", "are", f.workload.PodLabels()
	if f.service != nil {
		what, target, has, is, set = "Service", f.service.Short(), "has", "is", f.service.Meta.Labels
	}
	if f.reason == missNamespace {
		at, places := Path{"spec", "namespaceSelector"}, strings.Join(m.places(), ", ")
		fault := MonitorFault{
			Workload: f.workload, At: at, Value: places, Remedy: "look in namespace " + namespace, SeenAt: target + " namespace", Seen: namespace,
			Text: fmt.Sprintf("the selection is limited to namespace %s, and %s with the labels %s %s in %s", places, target, selector, is, namespace),
		}
		if !f.several {
			fault.InsteadAt, fault.Instead = at, map[string]any{"matchNames": []any{namespace}}
		}
		return fault
	}
	fault := MonitorFault{Workload: f.workload, At: Path{"spec", "selector"}, Value: selector, Remedy: "select labels of " + target, SeenAt: target + " labels", Seen: "no labels", Doubtful: f.guessed}
	wanted := map[string]any{}
	for key, value := range set {
		fault.Seen = labels.FormatLabels(set)
		if !releaseLabels[key] {
			wanted[key] = value
		}
	}
	if len(wanted) == 0 {
		fault.Remedy = "give " + target + " the labels"
	}
	fault.Text = fmt.Sprintf("no %s in %s with the labels %s%s: %s %s %s", what, cmp.Or(namespace, "its namespace"), selector, f.holder, target, has, fault.Seen)
	if len(wanted) > 0 && !f.several && len(m.Selector.MatchExpressions) == 0 {
		fault.InsteadAt, fault.Instead = fault.At.Join("matchLabels"), wanted
	}
	return fault
}

// releaseLabels change with every release, or are on everything.
var releaseLabels = wordSet("helm.sh/chart app.kubernetes.io/version app.kubernetes.io/managed-by")

// selectsAnything says whether the monitor may select something that was seen,
// whatever it is.
func (s *Snapshot) selectsAnything(m Monitor) bool {
	mayLookIn := func(namespace string) bool {
		yes, sure := m.LooksIn(namespace)
		return yes || !sure
	}
	if !m.OfPods {
		return slices.ContainsFunc(s.List(Service), func(o *Object) bool { return mayLookIn(o.Namespace) && m.Selects(o.Meta.Labels) })
	}
	for _, kind := range WorkloadKinds() {
		for _, o := range s.List(kind) {
			if !mayLookIn(o.Namespace) {
				continue
			}
			for _, set := range podSets(o) {
				if set.Open || m.Selects(labels.Set(set.Labels)) {
					return true
				}
			}
		}
	}
	return false
}

// sawPlaces says whether all Services, or all pods, are known in the namespaces
// that the monitor names. A cluster is asked for the pods of inference
// workloads alone, so what a PodMonitor selects there is never known.
func (s *Snapshot) sawPlaces(m Monitor) bool {
	if m.OfPods && s.live {
		return false
	}
	if m.Namespaces.Any && !s.live {
		return false
	}
	places := m.places()
	if m.Namespaces.Any {
		places = []string{""}
	}
	for _, namespace := range places {
		if !s.Saw(Service, namespace) || m.OfPods && s.HidesPods(namespace) || s.hidesServices(m, namespace) {
			return false
		}
	}
	return true
}

// hidesServices says whether a namespace of manifests holds Services whose
// labels nobody read, or things that operators make Services of.
func (s *Snapshot) hidesServices(m Monitor, namespace string) bool {
	if m.OfPods || s.live {
		return false
	}
	for ref := range s.stubs {
		if ref.Namespace == namespace && (ref.Kind == Service.String() || ref.Group != "" && ref.Group != "apps" && !quietGroups[ref.Group]) {
			return true
		}
	}
	for _, kind := range []Kind{InferenceService, NIMService, RayService, LLMInferenceService, DynamoGraphDeployment} {
		if len(s.In(kind, namespace)) > 0 {
			return true
		}
	}
	return false
}
