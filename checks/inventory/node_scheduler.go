package inventory

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Hindrance is the kind of reason for which a node, or the cluster, has no place
// for a pod.
type Hindrance string

// The kinds. Others keep their words in NodeReason.Text.
const (
	ShortOf         Hindrance = "resource"      // Detail is the resource
	Tainted         Hindrance = "taint"         // Detail is the taint, empty in new versions
	NotSelected     Hindrance = "selector"      // node selector or node affinity
	AntiAffinity    Hindrance = "anti-affinity" // also affinity to pods, and spreading
	VolumeElsewhere Hindrance = "volume"        // a bound volume that the node cannot reach
	VolumeUnbound   Hindrance = "claim"         // a claim that is missing or not bound
	DeviceClaim     Hindrance = "device claim"  // dynamic resource allocation
	NotOpen         Hindrance = "cordoned"
	OtherReason     Hindrance = "other"
)

// NodeReason is one reason of the scheduler, and how many nodes it holds for; 0
// when it is about the pod alone.
type NodeReason struct {
	Hindrance Hindrance
	Nodes     int
	Detail    string
	Text      string // as the scheduler wrote it, without the count
}

// String says it in a few words: "4 short of nvidia.com/gpu".
func (r NodeReason) String() string {
	text := r.Text
	switch r.Hindrance {
	case ShortOf:
		text = "short of " + r.Detail
	case Tainted:
		if text = "with a taint that is not tolerated"; r.Detail != "" {
			text = "with the taint " + r.Detail
		}
	case NotSelected:
		text = "outside of the node selector or affinity"
	case AntiAffinity:
		text = "ruled out by affinity between pods"
	case VolumeElsewhere:
		text = "out of reach of a volume"
	case NotOpen:
		text = "cordoned"
	}
	if r.Nodes == 0 {
		return text
	}
	return strconv.Itoa(r.Nodes) + " " + text
}

// Unschedulable is what the scheduler says about a pod that it found no node
// for. One node may be counted for several reasons.
type Unschedulable struct {
	Nodes   int // of the cluster
	Reasons []NodeReason
}

// Short says whether nodes have too little of a resource.
func (u Unschedulable) Short(name string) bool {
	return slices.ContainsFunc(u.Reasons, func(r NodeReason) bool { return r.Hindrance == ShortOf && r.Detail == name })
}

var (
	schedulerHead   = regexp.MustCompile(`^0/(\d+) nodes are available: ?`)
	schedulerReason = regexp.MustCompile(`^(\d+) (.+)$`)
	reasonTaint     = regexp.MustCompile(`taints? \{([^}]*)\}`)
)

// ParseUnschedulable reads the message of a FailedScheduling event, or of the
// condition PodScheduled (kube-scheduler, framework/types.go FitError): reasons
// of most nodes first. What it says about preemption is left out.
func ParseUnschedulable(message string) (Unschedulable, bool) {
	head := schedulerHead.FindStringSubmatch(message)
	if head == nil {
		return Unschedulable{}, false
	}
	var u Unschedulable
	u.Nodes, _ = strconv.Atoi(head[1])
	text, _, _ := strings.Cut(message[len(head[0]):], "preemption: ")
	for _, part := range splitReasons(strings.TrimRight(text, " .,")) {
		r := NodeReason{Text: part}
		if counted := schedulerReason.FindStringSubmatch(part); counted != nil {
			r.Nodes, _ = strconv.Atoi(counted[1])
			r.Text = counted[2]
		}
		r.Hindrance, r.Detail = hindrance(r.Text)
		u.Reasons = append(u.Reasons, r)
	}
	slices.SortStableFunc(u.Reasons, func(a, b NodeReason) int { return cmp.Compare(b.Nodes, a.Nodes) })
	return u, len(u.Reasons) > 0
}

// asides are no reasons: claims that could be given up, and what a PostFilter
// plugin found, matter to preemption alone, and old versions end a taint with
// half a sentence.
var asides = [...]string{"no new claims to deallocate", "still not schedulable", "not found", "that the pod didn't tolerate"}

// splitReasons splits at the commas and the ends of sentences, outside of a
// taint's braces.
func splitReasons(text string) []string {
	var all []string
	depth, from := 0, 0
	for i, c := range text + ", " {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth = max(depth-1, 0)
		case depth == 0 && (c == ',' || c == '.') && strings.HasPrefix((text + ", ")[i+1:], " "):
			piece := strings.TrimSpace(text[from:i])
			from = i + 1
			if piece != "" && !slices.Contains(asides[:], piece) {
				all = append(all, piece)
			}
		}
	}
	return all
}

// hindrances are words of the scheduler's plugins (pkg/scheduler/framework/plugins),
// the particular ones first.
var hindrances = [...]struct {
	words string
	kind  Hindrance
}{
	{"untolerated taint", Tainted},
	{"had taint", Tainted},
	{"node affinity/selector", NotSelected},
	{"didn't match node selector", NotSelected},
	{"requested node name", NotSelected},
	{"were unschedulable", NotOpen},
	{"anti-affinity", AntiAffinity},
	{"pod affinity", AntiAffinity},
	{"topology spread", AntiAffinity},
	{"volume node affinity conflict", VolumeElsewhere},
	{"PersistentVolume's node affinity", VolumeElsewhere},
	{"no available volume zone", VolumeElsewhere},
	{"max volume count", VolumeElsewhere},
	{"in use by another pod", VolumeElsewhere},
	{"ersistentvolumeclaim", VolumeUnbound},
	{"ersistentVolumeClaim", VolumeUnbound},
	{"available persistent volumes to bind", VolumeUnbound},
	{"resourceclaim", DeviceClaim},
	{"cannot allocate all claims", DeviceClaim},
}

func hindrance(text string) (kind Hindrance, detail string) {
	if name, short := strings.CutPrefix(text, "Insufficient "); short {
		return ShortOf, name
	}
	if text == "Too many pods" {
		return ShortOf, string(corev1.ResourcePods)
	}
	for _, h := range hindrances {
		if strings.Contains(text, h.words) {
			if taint := reasonTaint.FindStringSubmatch(text); h.kind == Tainted && taint != nil {
				detail = strings.TrimSuffix(strings.TrimSpace(taint[1]), ":")
			}
			return h.kind, detail
		}
	}
	return OtherReason, ""
}

// Waiting is a pod that the scheduler finds no node for.
type Waiting struct {
	Pod   *corev1.Pod
	Since time.Time
	Unschedulable
}

// WaitingPods returns the pods of a workload that the scheduler looked for a
// node for in vain, the longest wait first. Those that something holds back on
// purpose (scheduling gates) are not among them.
func (s *Snapshot) WaitingPods(w *Workload) []Waiting {
	var all []Waiting
	for _, pod := range s.Pods(w) {
		for _, c := range pod.Status.Conditions {
			refused := c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable
			if !refused || pod.Spec.NodeName != "" || pod.DeletionTimestamp != nil {
				continue
			}
			why, _ := ParseUnschedulable(c.Message)
			all = append(all, Waiting{pod, c.LastTransitionTime.Time, why})
		}
	}
	slices.SortStableFunc(all, func(a, b Waiting) int { return a.Since.Compare(b.Since) })
	return all
}

// NodeComing says what brings a node for the pods that wait: a node autoscaler's
// last word about one of them, or a node that Karpenter ordered and that is not
// there yet. What is older than patience has failed.
func (s *Snapshot) NodeComing(w *Workload, waiting []Waiting, now time.Time, patience time.Duration) (sign string, coming bool) {
	words := s.autoscalerWords(w.Object.Namespace)
	for _, p := range waiting {
		event := words[p.Pod.Name]
		if event != nil && event.Reason != failedScheduling && now.Sub(eventTime(event)) < patience && !s.nodeCame(event) {
			return "event " + event.Reason, true
		}
	}
	for _, o := range s.List(NodeClaim) {
		claim := As[NodeClaimContent](o)
		age, known := o.Age(now)
		if claim != nil && known && age < patience && !claim.Initialized() && claim.brings(w) {
			return o.Short(), true
		}
	}
	return "", false
}

const failedScheduling = "FailedScheduling"

// autoscalerWords are the last that a node autoscaler said about each pod: Cluster
// Autoscaler's TriggeredScaleUp, Karpenter's Nominated, or that it finds none.
func (s *Snapshot) autoscalerWords(namespace string) map[string]*corev1.Event {
	last := map[string]*corev1.Event{}
	for _, o := range s.In(Event, namespace) {
		event := As[corev1.Event](o)
		about := event.InvolvedObject
		// The scheduler's own failures begin with the count of nodes.
		refused := event.Reason == failedScheduling && strings.HasPrefix(event.Message, "Failed to schedule pod, ")
		spoken := refused || event.Reason == "TriggeredScaleUp" || event.Reason == "Nominated"
		if !spoken || about.Kind != Pod.String() {
			continue
		}
		if before := last[about.Name]; before == nil || eventTime(before).Before(eventTime(event)) {
			last[about.Name] = event
		}
	}
	return last
}

var nominatedClaim = regexp.MustCompile(`nodeclaim/([^\s,]+)`)

// nodeCame says whether the node that Karpenter meant for a pod is there, taken by
// another, or will not be.
func (s *Snapshot) nodeCame(nominated *corev1.Event) bool {
	name := nominatedClaim.FindStringSubmatch(nominated.Message)
	if name == nil {
		return false
	}
	info := NodeClaim.Info()
	o, presence := s.Find(Ref{Group: info.Group, Kind: info.Name, Name: name[1]})
	claim := As[NodeClaimContent](o)
	return presence == Absent || claim != nil && claim.Initialized()
}

// eventTime is when an event was last seen.
func eventTime(e *corev1.Event) time.Time {
	if e.Series != nil {
		return e.Series.LastObservedTime.Time
	}
	if e.LastTimestamp.IsZero() {
		return e.EventTime.Time
	}
	return e.LastTimestamp.Time
}

// Initialized says whether the node is there and ready for pods.
func (c *NodeClaimContent) Initialized() bool {
	for _, condition := range c.Status.Conditions {
		if condition.Type == "Initialized" {
			return string(condition.Status) == "True"
		}
	}
	return false
}

// brings says whether the node was ordered for pods with such devices.
func (c *NodeClaimContent) brings(w *Workload) bool {
	for _, a := range w.Accelerators {
		if q, asked := c.Spec.Resources.Requests[corev1.ResourceName(a.Resource)]; asked && q.Value() >= a.Count {
			return true
		}
	}
	return false
}
