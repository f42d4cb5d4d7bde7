package source

import (
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// liveVerdict is what becomes of an arriving object.
type liveVerdict uint8

const (
	dropIt liveVerdict = iota // forgotten
	stubIt                    // known by name, so that nobody calls it missing
	keepIt                    // in the snapshot
	holdIt                    // kept, if its namespace turns out to be chosen
)

// take decides on an arriving object and follows where it leads.
func (l *liveLoad) take(q liveQuery, item *liveItem) {
	o := item.Object
	if o.Name == "" {
		return // no object at all
	}
	decided := l.judge(q, o)
	if decided >= keepIt {
		item.own()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.named[o.Ref] {
		l.met[o.Ref] = true
	}
	l.heard(o.Type, kedaVersion(o))
	switch decided {
	case dropIt:
		return
	case stubIt:
		l.stub(q, o.Ref)
		return
	case holdIt:
		l.held = append(l.held, o)
	case keepIt:
		l.keep(o)
		l.follow(o)
	}
	for _, w := range item.wrong {
		l.problems = append(l.problems, inventory.Problem{File: o.Ref.String(), Reason: w.Path.String() + " " + w.Reason})
	}
}

// stub notes an object that is known by name alone. The caller holds the lock.
func (l *liveLoad) stub(q liveQuery, ref inventory.Ref) {
	l.builder.AddStub(ref)
	if q.step == stepWorkloads {
		l.dropped[livePlace{q.kind, ref.Namespace}] = true
	}
}

// heard notes KEDA's version, for which its operator's word counts most. The
// caller holds the lock.
func (l *liveLoad) heard(kind inventory.Kind, version string) {
	if version != "" && (l.versions.KEDA == "" || kind == inventory.Deployment) {
		l.versions.KEDA = version
	}
}

// judge decides by the object and by what earlier steps found.
func (l *liveLoad) judge(q liveQuery, o *inventory.Object) liveVerdict {
	if q.step == stepWorkloads && q.reach == inAsked || o.Type == inventory.ReplicaSet {
		return l.judgeWorkload(q, o)
	}
	switch o.Type {
	case inventory.HorizontalPodAutoscaler, inventory.ScaledObject:
		return l.judgeAutoscaler(o)
	case inventory.ServiceMonitor, inventory.PodMonitor:
		return keepOrStub(l.scrapesFleet(o))
	case inventory.PersistentVolumeClaim:
		return keepOrStub(l.fleet.mounted(o))
	case inventory.Pod:
		return l.judgePod(o)
	case inventory.Event:
		return l.judgeEvent(o)
	case inventory.ConfigMap:
		if q.reach == besideAdapter && !holdsAdapterRules(o) {
			return dropIt
		}
	case inventory.ServiceAccount:
		return keepOrStub(l.leads.accounts[liveName{o.Namespace, o.Name}])
	case inventory.RoleBinding:
		return keepOrStub(l.bindsSchedules(o, inventory.As[rbacv1.RoleBinding](o).Subjects))
	case inventory.ClusterRoleBinding:
		return keepOrStub(l.bindsSchedules(o, inventory.As[rbacv1.ClusterRoleBinding](o).Subjects))
	}
	return keepIt
}

func keepOrStub(ours bool) liveVerdict {
	if ours {
		return keepIt
	}
	return stubIt
}

// judgeWorkload keeps what serves a model, and its neighbours where they are
// known to be neighbours: in a list of one namespace. A ReplicaSet that runs
// nothing any more is an old revision.
func (l *liveLoad) judgeWorkload(q liveQuery, o *inventory.Object) liveVerdict {
	old := oldRevision(o)
	switch {
	case q.step == stepWorkloads && l.fleet.targets != nil: // a second look, for neighbours
		return keepOrStub(!old)
	case q.reach == ofWorkloads:
		return keepOrStub(!old)
	case old:
		return stubIt
	case q.namespace != "", l.named[o.Ref], inventory.IsInference(o):
		return holdIt
	}
	return stubIt
}

// oldRevision says whether o is a ReplicaSet that its owner has scaled down.
func oldRevision(o *inventory.Object) bool {
	set := inventory.As[appsv1.ReplicaSet](o)
	_, controlled := o.Controller()
	return set != nil && controlled && set.Spec.Replicas != nil && *set.Spec.Replicas == 0 && set.Status.Replicas == 0
}

// judgeAutoscaler keeps what scales an inference workload, and what reads an
// engine's metrics whatever it scales: its target may be gone.
func (l *liveLoad) judgeAutoscaler(o *inventory.Object) liveVerdict {
	a := inventory.ReadAutoscaler(o)
	if a == nil {
		return keepOrStub(l.named[o.Ref])
	}
	if l.fleet.targets[a.Target] || l.named[o.Ref] {
		return keepIt
	}
	if len(l.named) > 0 || !l.selector.Empty() {
		return keepOrStub(l.fleet.in(o.Namespace) && mentionsInference(a))
	}
	return keepOrStub(mentionsInference(a))
}

func mentionsInference(a *inventory.Autoscaler) bool {
	for _, m := range a.Metrics {
		if m.MentionsInference() {
			return true
		}
	}
	return false
}

// gpuExporter is in the name or a label of what scrapes NVIDIA's exporter.
const gpuExporter = "dcgm"

// scrapesFleet says whether a monitor may reach the workloads, or is the GPU
// exporter's.
func (l *liveLoad) scrapesFleet(o *inventory.Object) bool {
	var selector inventory.NamespaceSelector
	if m := inventory.As[inventory.ServiceMonitorContent](o); m != nil {
		selector = m.Spec.NamespaceSelector
	} else if m := inventory.As[inventory.PodMonitorContent](o); m != nil {
		selector = m.Spec.NamespaceSelector
	}
	if selector.Any || l.fleet.in(o.Namespace) {
		return true
	}
	for _, namespace := range selector.MatchNames {
		if l.fleet.in(namespace) {
			return true
		}
	}
	for _, value := range o.Meta.Labels {
		if strings.Contains(value, gpuExporter) {
			return true
		}
	}
	return strings.Contains(o.Name, gpuExporter)
}

// judgePod sorts out the pods of other Ray clusters: KubeRay names a
// RayService's cluster after it.
func (l *liveLoad) judgePod(o *inventory.Object) liveVerdict {
	cluster := o.Meta.Labels[labelRayCluster]
	if cluster == "" || len(l.fleet.rayServices) == 0 {
		return keepIt
	}
	for service := range l.fleet.rayServices {
		if service.namespace == o.Namespace && strings.HasPrefix(cluster, service.name+"-") {
			return keepIt
		}
	}
	return dropIt
}

func (l *liveLoad) judgeEvent(o *inventory.Object) liveVerdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.kept[involved(o)] {
		return keepIt
	}
	return dropIt
}

// involved is the object that an event is about.
func involved(o *inventory.Object) inventory.Ref {
	about := inventory.As[corev1.Event](o).InvolvedObject
	return inventory.Ref{Group: inventory.GroupOf(about.APIVersion), Kind: about.Kind, Namespace: about.Namespace, Name: about.Name}
}

func holdsAdapterRules(o *inventory.Object) bool {
	for _, text := range inventory.As[corev1.ConfigMap](o).Data {
		if strings.Contains(text, "seriesQuery") {
			return true
		}
	}
	return false
}

// bindsSchedules says whether one of the subjects is a CronJob's account.
func (l *liveLoad) bindsSchedules(o *inventory.Object, subjects []rbacv1.Subject) bool {
	for _, subject := range subjects {
		for account := range l.leads.accounts {
			switch {
			case subject.Kind == rbacv1.ServiceAccountKind && subject.Name == account.name && (subject.Namespace == account.namespace || subject.Namespace == "" && o.Namespace == account.namespace),
				subject.Kind == rbacv1.GroupKind && (subject.Name == "system:serviceaccounts" || subject.Name == "system:serviceaccounts:"+account.namespace || subject.Name == "system:authenticated"):
				return true
			}
		}
	}
	return false
}

// follow notes what a kept object leads to. The caller holds the lock.
func (l *liveLoad) follow(o *inventory.Object) {
	switch c := o.Content.(type) {
	case *autoscalingv2.HorizontalPodAutoscaler:
		// A Deployment's ReplicaSet may be anybody's target, and most are not
		// listed: nobody may call it missing.
		if c.Spec.ScaleTargetRef.Kind == inventory.ReplicaSet.String() {
			l.builder.AddStub(inventory.ReadAutoscaler(o).Target)
		}
	case *inventory.APIServiceContent:
		// KEDA's own registration, and metrics-server's, have no rules to read.
		if s := c.Spec.Service; s != nil && c.Spec.Group != "metrics.k8s.io" && !strings.Contains(s.Name, "keda") {
			l.leads.adapters[s.Namespace] = true
		}
	case *corev1.PersistentVolumeClaim:
		if c.Spec.VolumeName != "" {
			l.leads.volumes[c.Spec.VolumeName] = true
		}
	case *corev1.Pod:
		if c.Spec.NodeName == "" && c.Status.Phase == corev1.PodPending {
			l.leads.waiting[o.Namespace] = true
		}
	case *batchv1.CronJob:
		account := c.Spec.JobTemplate.Spec.Template.Spec.ServiceAccountName
		if account == "" {
			account = "default"
		}
		l.leads.accounts[liveName{o.Namespace, account}] = true
	case *rbacv1.RoleBinding:
		l.leads.bound(c.RoleRef)
	case *rbacv1.ClusterRoleBinding:
		l.leads.bound(c.RoleRef)
	}
}

func (l *liveLeads) bound(ref rbacv1.RoleRef) {
	if ref.Kind == "ClusterRole" {
		l.roles[ref.Name] = true
	}
}
