package fix

import (
	"errors"
	"fmt"
	"path"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Scaffold is the objects that make one workload scale well, before checks have
// been over them.
type Scaffold struct {
	Stack checks.Stack
	// HPA asks for a plain HorizontalPodAutoscaler and the rule for
	// prometheus-adapter that it needs, instead of a ScaledObject.
	HPA bool
	// Text is the workload's own manifest, one document.
	Text []byte
}

// ScaffoldFile is one of the files.
type ScaffoldFile struct {
	Name string
	Text []byte
}

// The name of the file with the edited workload.
const scaffoldWorkload = "workload.yaml"

// Files writes the objects: the workload as it should be, its autoscaler, budget,
// monitor, and the claim for its weights where it would download them anew. The
// error says why there is no autoscaler to be written.
func (s Scaffold) Files(objects *inventory.Snapshot) ([]ScaffoldFile, error) {
	workload, claim, err := s.workload()
	if err != nil {
		return nil, err
	}
	files := []ScaffoldFile{{scaffoldWorkload, workload}}
	add := func(name string, m *checks.Manifest) {
		if m != nil {
			files = append(files, ScaffoldFile{name, []byte(m.Text)})
		}
	}
	scaler := s.Stack.ScaledObject()
	if s.HPA {
		scaler = s.Stack.HPA()
		add("horizontalpodautoscaler.yaml", scaler)
		add("prometheus-adapter-rule.yaml", s.Stack.AdapterRule())
	} else {
		add("scaledobject.yaml", scaler)
	}
	if scaler == nil {
		w := s.Stack.Workload
		return nil, fmt.Errorf("%s: no series are known by which to scale %s of this kind", w.Object.Short(), w.EngineName())
	}
	if s.Stack.Workload.PodsPerReplica > 0 {
		add("poddisruptionbudget.yaml", checks.NewBudget(inventory.NewBuilder().Build(), s.Stack.Workload))
	}
	add("monitor.yaml", s.Stack.Monitor(objects))
	add("weights-claim.yaml", claim)
	return files, nil
}

// workload leaves the count to the autoscaler and keeps the weights in a claim.
func (s Scaffold) workload() (text []byte, claim *checks.Manifest, err error) {
	w := s.Stack.Workload
	object, err := onlyObject(s.Text)
	if err != nil {
		return nil, nil, err
	}
	edits := []checks.Edit{checks.Remove("spec", "replicas")}
	if s.Unorders() { // or the replicas that are added at once load one after another
		edits = append(edits, checks.Set("Parallel", "spec", "podManagementPolicy"))
	}
	if fetch, again := w.Refetches(); again && fetch.Mirror == "" && !w.Operated {
		claim = s.Stack.Claim()
		edits = append(edits, keepWeights(w, fetch, claim.Ref.Name)...)
	}
	text, err = EditText(s.Text, object, edits)
	return text, claim, err
}

// keepWeights mounts a claim where the weights are written to.
func keepWeights(w *inventory.Workload, fetch inventory.Refetch, claim string) []checks.Edit {
	source := map[string]any{"claimName": claim}
	if fetch.Volume != nil {
		return []checks.Edit{
			checks.Set(map[string]any{"name": fetch.Volume.Name, "persistentVolumeClaim": source}, fetch.Path...),
		}
	}
	const name = "weights"
	return []checks.Edit{
		checks.Set(map[string]any{"name": name, "persistentVolumeClaim": source}, w.TemplatePath.Join("spec", "volumes", len(w.Template.Spec.Volumes))...),
		checks.Set(map[string]any{"name": name, "mountPath": path.Clean(fetch.Dir)}, w.ContainerPath.Join("volumeMounts", len(w.Container.VolumeMounts))...),
	}
}

// Unorders says whether the manifest of a StatefulSet gets another
// podManagementPolicy, which only a new StatefulSet can have.
func (s Scaffold) Unorders() bool {
	set := inventory.As[appsv1.StatefulSet](s.Stack.Workload.Object)
	return set != nil && set.Spec.PodManagementPolicy != appsv1.ParallelPodManagement && !s.Stack.Workload.NodesOfEngine()
}

func onlyObject(text []byte) (*inventory.Object, error) {
	for _, d := range inventory.Documents(text) {
		objects, _, problems := d.Read(scaffoldWorkload)
		if len(problems) > 0 {
			return nil, problems[0]
		}
		if len(objects) == 1 {
			return objects[0], nil
		}
	}
	return nil, errors.New("the workload's manifest is not one object")
}

// Document cuts an object's document out of its file's text.
func Document(text []byte, object *inventory.Object) ([]byte, error) {
	m, err := openDocument(text, object)
	if err != nil {
		return nil, err
	}
	if m.root.Column != 1 || len(objectsOf(m.doc)) != 1 {
		return nil, fmt.Errorf("%s stands in a List, or beside others in one document: give it a document of its own", object.Short())
	}
	return m.doc.Text, nil
}

func objectsOf(d inventory.Document) []*inventory.Object {
	objects, _, _ := d.Read("")
	return objects
}

// Manifest writes a cluster's object as a manifest, without what only the API
// server writes.
func Manifest(object *inventory.Object) ([]byte, error) {
	content, ok := normal(object.Content).(map[string]any)
	if _, typed := content["spec"]; !ok || !typed {
		return nil, fmt.Errorf("%s is not read whole from a cluster", object.Short())
	}
	content = own(content)
	content["apiVersion"], content["kind"] = object.APIVersion, object.Kind
	meta, _ := content["metadata"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
		content["metadata"] = meta
	}
	meta["name"], meta["namespace"] = object.Name, object.Namespace
	if notes, _ := meta["annotations"].(map[string]any); notes != nil {
		delete(notes, "kubectl.kubernetes.io/last-applied-configuration")
		delete(notes, "deployment.kubernetes.io/revision")
		if len(notes) == 0 {
			delete(meta, "annotations")
		}
	}
	if meta["namespace"] == "" {
		delete(meta, "namespace")
	}
	delete(meta, "ownerReferences")
	if template, there := get(content, inventory.Path{"spec", "template", "metadata"}); there {
		if m, _ := template.(map[string]any); m != nil {
			delete(m, "creationTimestamp")
		}
	}
	return yaml.Marshal(content)
}
