package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
	"github.com/infscale/kubectl-infscale/plugin/source"
)

// fixBed is a real API server with its controllers, as tests of fixes see it.
type fixBed struct {
	config  *rest.Config
	objects dynamic.Interface
	fixer   *fix.Fixer
}

func newFixBed(t *testing.T) *fixBed {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	config.WarningHandler = rest.NoWarnings{}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := fix.NewCluster(config)
	if err != nil {
		t.Fatal(err)
	}
	return &fixBed{config, objects, &fix.Fixer{
		Cluster: cluster, Server: config.Host, Now: time.Now, Journal: fix.Journal{Dir: t.TempDir()},
	}}
}

// judge runs one check on the namespaces as they are.
func (b *fixBed) judge(t *testing.T, check *checks.Check, namespaces []string) []checks.Finding {
	t.Helper()
	live := &source.Live{Config: b.config, Namespaces: namespaces}
	frame, err := live.Load(t.Context(), check.Needs)
	if err != nil {
		t.Fatal(err)
	}
	return checks.Run(frame, []*checks.Check{check}).Findings
}

func (b *fixBed) client(kind inventory.Kind, apiVersion, namespace string) dynamic.ResourceInterface {
	gv, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		gv = schema.GroupVersion{Group: kind.Info().Group, Version: kind.Info().Versions[0]}
	}
	resource := b.objects.Resource(gv.WithResource(kind.Info().Resource))
	if kind.Info().Namespaced {
		return resource.Namespace(namespace)
	}
	return resource
}

func (b *fixBed) namespace(t *testing.T, name string, labels map[string]string) {
	t.Helper()
	ns := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}}
	ns.SetLabels(labels)
	_, err := b.objects.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).Create(t.Context(), ns, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
}

// create makes the object as kubectl apply would, and returns why it may not be.
func (b *fixBed) create(ctx context.Context, object map[string]any) (uid types.UID, remove func(), err error) {
	o := &unstructured.Unstructured{Object: object}
	kind, known := inventory.KindOf(o.GetAPIVersion(), o.GetKind())
	if !known {
		return "", nil, fmt.Errorf("no check reads a %s", o.GetKind())
	}
	client := b.client(kind, o.GetAPIVersion(), o.GetNamespace())
	created, err := client.Create(ctx, o, metav1.CreateOptions{FieldManager: "kubectl-client-side-apply"})
	if err != nil {
		return "", nil, err
	}
	return created.GetUID(), func() {
		_ = client.Delete(context.WithoutCancel(ctx), o.GetName(), metav1.DeleteOptions{}) // the bed goes as a whole
	}, nil
}

// TestFixes shows fixes on a real API server, with the controllers beside it.
func TestFixes(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: fixes are applied to a control plane")
	}
	if os.Getenv(bedVariable) == "" {
		runInsideBed(t)
		return
	}
	bed := newFixBed(t)
	t.Run("every safe fix", func(t *testing.T) { everySafeFix(t, bed) })
	t.Run("race", func(t *testing.T) { raceForAutoscaler(t, bed) })
	t.Run("interrupted", func(t *testing.T) { interruptedAnywhere(t, bed) })
}

func (b *fixBed) apply(t *testing.T, change fix.Change) (id string) {
	t.Helper()
	preview, err := b.fixer.Preview(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	if preview.Refusal != "" || preview.Unvalidated != "" || preview.Diff == "" {
		t.Fatalf("%s: refused: %q, not validated: %q, the diff is\n%s", change.Object.Ref, preview.Refusal, preview.Unvalidated, preview.Diff)
	}
	entry, err := b.fixer.Apply(t.Context(), preview)
	if err != nil {
		t.Fatal(err)
	}
	return entry.ID
}

func (b *fixBed) read(t *testing.T, o *inventory.Object) map[string]any {
	t.Helper()
	content, err := b.fixer.Cluster.Get(t.Context(), fix.TargetOf(o))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// asBefore compares every field but the API server's bookkeeping, and wants no
// field of ours to be left.
func (b *fixBed) asBefore(t *testing.T, ref inventory.Ref, was map[string]any) {
	t.Helper()
	version, _ := was["apiVersion"].(string)
	now, err := b.fixer.Cluster.Get(t.Context(), fix.Target{Ref: ref, APIVersion: version})
	if err != nil {
		t.Error(err)
		return
	}
	if diff := cmp.Diff(fix.YAML(was), fix.YAML(now)); diff != "" {
		t.Errorf("%s after the undo:\n%s", ref, diff)
	}
	if diff := cmp.Diff(fieldsByManager(was), fieldsByManager(now)); diff != "" {
		t.Errorf("%s: who owns what after the undo:\n%s", ref, diff)
	}
}

// fieldsByManager is managedFields without the times and the status.
func fieldsByManager(content map[string]any) map[string]any {
	o := unstructured.Unstructured{Object: content}
	all := map[string]any{}
	for _, entry := range o.GetManagedFields() {
		if entry.Subresource == "" && entry.FieldsV1 != nil {
			all[entry.Manager+" "+string(entry.Operation)] = entry.FieldsV1.String()
		}
	}
	return all
}

func jsonTypes(doc map[string]any) (map[string]any, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var plain map[string]any
	return plain, utiljson.Unmarshal(text, &plain)
}

func checkOf(t *testing.T, id string) *checks.Check {
	t.Helper()
	check := rules.ByID(id)
	if check == nil {
		t.Fatalf("no check is called %s", id)
	}
	return check
}
