package source

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestLiveKeepsTheFleetAndItsNeighbours(t *testing.T) {
	server := newAPIServer(t, cluster)
	s := load(t, server.live(), everything())
	if diff := cmp.Diff(fleetOnly, contents(s)); diff != "" {
		t.Error(diff)
	}
	if len(s.Gaps()) > 0 {
		t.Error(gaps(s))
	}
	if got := s.Server(); got != (inventory.Versions{Kubernetes: "1.37.2", KEDA: "2.21.0"}) {
		t.Errorf("versions %+v", got)
	}
	if set, ok := s.NamespaceLabels("inference"); !ok || set["team"] != "ml" {
		t.Errorf("namespace's labels %v", set)
	}
	if w := s.WorkloadOf(ref("inference/Deployment/vllm")); w == nil || len(s.Pods(w)) != 2 || len(s.AutoscalersOf(w)) != 1 { // the HPA is the ScaledObject's
		t.Errorf("workload %+v", w)
	}
}

func TestLiveKnowsWhatIsMissing(t *testing.T) {
	s := load(t, newAPIServer(t, cluster).live(), everything())
	for name, want := range map[string]inventory.Presence{
		"inference/Deployment/vllm":                    inventory.Present,
		"inference/Deployment/router":                  inventory.Present,
		"shop/Deployment/shop":                         inventory.Present, // dropped, a scale target all the same
		"shop/Deployment/renamed":                      inventory.Absent,
		"inference/StatefulSet/none":                   inventory.Absent,
		"shop/ReplicaSet/shop-1":                       inventory.Present, // an HPA's target
		"shop/ReplicaSet/none":                         inventory.Absent,
		"inference/ReplicaSet/vllm-1":                  inventory.Present,
		"shop/HorizontalPodAutoscaler/shop":            inventory.Present,
		"inference/HorizontalPodAutoscaler/none":       inventory.Absent,
		"shop/ScaledObject/none":                       inventory.Absent,
		"inference/PodDisruptionBudget/none":           inventory.Absent,
		"shop/PodDisruptionBudget/shop":                inventory.Unseen,
		"inference/PersistentVolumeClaim/notebooks":    inventory.Present,
		"inference/PersistentVolumeClaim/none":         inventory.Absent,
		"shop/PersistentVolumeClaim/none":              inventory.Unseen,
		"inference/ConfigMap/no-such-map":              inventory.Unseen,
		"inference/Pod/none":                           inventory.Absent,
		"shop/Pod/shop-a":                              inventory.Unseen,
		"inference/ServiceAccount/default":             inventory.Present,
		"inference/ServiceAccount/none":                inventory.Absent,
		"monitoring/ServiceMonitor/node-exporter":      inventory.Present,
		"APIService/v1beta2.custom.metrics.k8s.io":     inventory.Absent,
		"PersistentVolume/none":                        inventory.Unseen,
		"Node/none":                                    inventory.Absent,
		"inference/LeaderWorkerSet/none":               inventory.Absent,
		"inference/TriggerAuthentication/none":         inventory.Absent,
		"shop/TriggerAuthentication/none":              inventory.Unseen,
		"shop/DynamoGraphDeploymentScalingAdapter/any": inventory.Unseen,
	} {
		if _, got := s.Find(ref(name)); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// An object that was kept has lost what is large and read by nobody.
func TestLiveTrims(t *testing.T) {
	s := load(t, newAPIServer(t, cluster).live(), everything())
	deployment, _ := s.Find(ref("inference/Deployment/vllm"))
	if len(deployment.Meta.ManagedFields) != 1 || deployment.Meta.ManagedFields[0].Time.IsZero() || deployment.Meta.ManagedFields[0].Manager != "argocd-controller" || !strings.Contains(string(deployment.Meta.ManagedFields[0].FieldsV1), "f:replicas") {
		t.Errorf("managers %+v", deployment.Meta.ManagedFields)
	}
	if got := inventory.As[appsv1.Deployment](deployment).ManagedFields; got != nil {
		t.Errorf("the content keeps %v", got)
	}
	if diff := cmp.Diff(map[string]string{"team": "ml"}, deployment.Meta.Annotations); diff != "" {
		t.Error(diff)
	}
	scaled, _ := s.Find(ref("inference/ScaledObject/vllm"))
	if len(scaled.Meta.ManagedFields) != 1 {
		t.Errorf("managers %+v", scaled.Meta.ManagedFields)
	}
	node, _ := s.Find(ref("Node/gpu-1"))
	if images := inventory.As[corev1.Node](node).Status.Images; images != nil {
		t.Errorf("images %v", images)
	}
}

// Only what a check needs is asked for, besides what finds the workloads.
func TestLiveAsksForWhatIsNeeded(t *testing.T) {
	server := newAPIServer(t, cluster)
	load(t, server.live(), checks.Needs{Kinds: []inventory.Kind{inventory.PodDisruptionBudget}, Sharpens: []inventory.Kind{inventory.Node}})
	var got []string
	for _, r := range server.requests {
		got = append(got, r.path)
	}
	slices.Sort(got)
	want := []string{
		"/api/v1/nodes", "/apis/apps.nvidia.com/v1alpha1/nimservices", "/apis/apps/v1/deployments",
		"/apis/apps/v1/namespaces/inference/deployments", // the neighbours
		"/apis/apps/v1/statefulsets", "/apis/leaderworkerset.x-k8s.io/v1/leaderworkersets",
		"/apis/policy/v1/namespaces/inference/poddisruptionbudgets", "/apis/ray.io/v1/rayservices",
		"/apis/serving.kserve.io/v1beta1/inferenceservices", "/version",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLiveOnlyReads(t *testing.T) {
	server := newAPIServer(t, cluster)
	load(t, server.live(), everything())
	for _, r := range server.requests {
		custom := strings.Contains(r.path, ".") && !strings.Contains(r.path, "rbac.") && !strings.Contains(r.path, "storage.") && !strings.Contains(r.path, "node.k8s.io")
		switch {
		case r.method != "GET" || strings.Contains(r.path, "secrets"):
			t.Errorf("%s %s", r.method, r.path)
		case r.resource != "" && strings.HasPrefix(r.accept, protobufFirst) == custom:
			t.Errorf("%s accepts %q", r.path, r.accept)
		}
	}
}

func TestLiveSelection(t *testing.T) {
	second := strings.NewReplacer("name: vllm\n", "name: other\n", "namespace: inference", "namespace: second", "gold", "silver").
		Replace(cluster[strings.Index(cluster, "apiVersion: apps/v1"):strings.Index(cluster, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: router")])
	tests := map[string]struct {
		live    Live
		want    []string // Deployments
		wantErr string
	}{
		"everything":                 {Live{}, []string{"inference/router", "inference/vllm", "second/other"}, ""},
		"a namespace":                {Live{Namespaces: []string{"second"}}, []string{"second/other"}, ""},
		"an empty namespace":         {Live{Namespaces: []string{"none"}}, nil, ""},
		"a name":                     {Live{Names: []inventory.Ref{ref("inference/Deployment/vllm")}}, []string{"inference/router", "inference/vllm"}, ""},
		"no model's name":            {Live{Names: []inventory.Ref{ref("shop/Deployment/shop")}}, []string{"shop/shop"}, ""},
		"an autoscaler":              {Live{Names: []inventory.Ref{ref("inference/HorizontalPodAutoscaler/router")}}, []string{"inference/router", "inference/vllm"}, ""},
		"an unknown name":            {Live{Names: []inventory.Ref{ref("inference/Deployment/none")}}, nil, "inference/Deployment/none: not found"},
		"a name without a namespace": {Live{Names: []inventory.Ref{{Group: "apps", Kind: "Deployment", Name: "x"}}}, nil, "Deployment/x: a name needs a namespace"},
		"a label":                    {Live{LabelSelector: "tier=silver"}, []string{"second/other"}, ""},
		"a label of none":            {Live{LabelSelector: "tier=bronze"}, nil, ""},
		"not a selector":             {Live{LabelSelector: "=="}, nil, `label selector "=="`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.live.Config = newAPIServer(t, cluster, second).config()
			frame, err := test.live.Load(t.Context(), everything())
			if err != nil || test.wantErr != "" {
				if err == nil || test.wantErr == "" || !strings.HasPrefix(err.Error(), test.wantErr) {
					t.Fatalf("error %v, want %q", err, test.wantErr)
				}
				return
			}
			var got []string
			for _, o := range frame.Objects.List(inventory.Deployment) {
				got = append(got, o.Namespace+"/"+o.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Twenty thousand pods of others are never listed, and five thousand
// Deployments arrive in pages.
func TestLiveCostGrowsWithTheFleet(t *testing.T) {
	server := newAPIServer(t, cluster)
	template := corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "nginx"}}}}
	for i := range 5000 {
		meta := metav1.ObjectMeta{Name: fmt.Sprintf("web-%d", i), Namespace: fmt.Sprintf("team-%d", i%100)}
		server.add(appsv1.SchemeGroupVersion.WithKind("Deployment"), served{
			namespace: meta.Namespace, name: meta.Name,
			typed: &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Template: template}},
		})
		for j := range 4 {
			meta.Name = fmt.Sprintf("web-%d-%d", i, j)
			server.add(corev1.SchemeGroupVersion.WithKind("Pod"), served{namespace: meta.Namespace, name: meta.Name, labels: labels.Set{}, typed: &corev1.Pod{ObjectMeta: meta}})
		}
	}
	s := load(t, server.live(), everything())
	if diff := cmp.Diff(fleetOnly, contents(s)); diff != "" {
		t.Error(diff)
	}
	pages := 0
	for _, r := range server.requests {
		if r.resource == "pods" && (r.namespace == "" || !strings.Contains(r.query, "labelSelector")) {
			t.Errorf("%s?%s", r.path, r.query)
		}
		if r.path == "/apis/apps/v1/deployments" {
			pages++
		}
	}
	if pages != 11 || server.items > 5200 {
		t.Errorf("%d pages of Deployments, %d objects in all", pages, server.items)
	}
}

// An object that is kept does not keep the page that it came in.
func TestLiveDropsPages(t *testing.T) {
	server := newAPIServer(t)
	list := &appsv1.DeploymentList{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "DeploymentList"}, Items: make([]appsv1.Deployment, 100)}
	body := encode(t, server.scheme, list)
	page, err := builtinPage(liveDecoder(), inventory.Deployment, "v1", body)
	if err != nil {
		t.Fatal(err)
	}
	freed := make(chan struct{})
	runtime.SetFinalizer(page.items[0].Content.(*appsv1.Deployment), func(*appsv1.Deployment) { close(freed) })
	page.items[7].own()
	kept := page.items[7].Object
	page = livePage{}
	for range 100 {
		runtime.GC()
		select {
		case <-freed:
			runtime.KeepAlive(kept)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("the page is still in memory")
}

func TestLiveTellsItsProgress(t *testing.T) {
	var told []string
	live := newAPIServer(t, cluster).live()
	live.Progress = func(phrase string) { told = append(told, phrase) }
	load(t, live, everything())
	if !slices.Contains(told, "deployments: 4") || !slices.Contains(told, "pods: 2") {
		t.Errorf("%q", told)
	}
	if got := grouped(1234567); got != "1 234 567" {
		t.Errorf("%q", got)
	}
}

func TestLiveDatesItsFrame(t *testing.T) {
	live := newAPIServer(t, cluster).live()
	live.Now = func() time.Time { return time.Unix(1e9, 0) }
	frame, err := live.Load(t.Context(), everything())
	if err != nil || !frame.At.Equal(time.Unix(1e9, 0)) || !frame.Objects.IsLive() {
		t.Errorf("%v at %v", err, frame.At)
	}
}

// One field of a wrong type costs that field, and is told.
func TestLiveReadsMalformedObjectsFieldByField(t *testing.T) {
	server := newAPIServer(t, cluster, `
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: odd, namespace: inference}, spec: {scaleTargetRef: {name: vllm}, minReplicaCount: two, maxReplicaCount: 8}}
---
{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: odd, namespace: shop}, spec: {scaleTargetRef: {name: shop}, minReplicaCount: two}}`)
	frame, err := server.live().Load(t.Context(), everything())
	var incomplete *Incomplete
	if !errors.As(err, &incomplete) || len(incomplete.Problems) != 1 {
		t.Fatalf("error %v", err)
	}
	if got, want := incomplete.Error(), `inference/ScaledObject/odd: spec.minReplicaCount must be a whole number, found the string "two"`; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	o, _ := frame.Objects.Find(ref("inference/ScaledObject/odd"))
	if so := inventory.As[inventory.ScaledObjectContent](o); so == nil || *so.Spec.MaxReplicaCount != 8 || so.Spec.MinReplicaCount != nil {
		t.Errorf("content %+v", so)
	}
	if at := o.At("spec", "minReplicaCount"); at.Line != 0 {
		t.Errorf("an object of a cluster has line %d", at.Line)
	}
}
