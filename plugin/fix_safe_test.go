package plugin

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v3"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/checktest"
	"github.com/infscale/kubectl-infscale/checks/inventory"
	"github.com/infscale/kubectl-infscale/checks/rules"
	"github.com/infscale/kubectl-infscale/plugin/fix"
)

// notOnBed are the sections whose findings no API server brings about, and why.
// Of each check at least one other section has to be seen, and a new one is
// taken in by itself.
var notOnBed = map[string]string{
	"keda-fallback-unreachable/bad-live.yaml":    "it needs a status that only KEDA writes",
	"monitor-selects-nothing/bad-namespace.yaml": "a cluster's monitors are read where the workloads are, and this one is not",
	"progress-deadline-too-short/bad-live.yaml":  "it needs pods whose starts were measured",
	"scale-down-window-too-short/bad-live.yaml":  "it needs pods whose starts were measured",
	"schedule-too-late/bad-live.yaml":            "it needs pods whose starts were measured",
	"scale-target-broken/bad.yaml":               "the API server asks for the group that is missing",
	"scale-target-broken/bad-twin.yaml":          "on a cluster the target of a young autoscaler may still come",
	"scale-target-broken/bad-name.yaml":          "on a cluster the target of a young autoscaler may still come",
	"scale-target-broken/bad-ending.yaml":        "on a cluster the target of a young autoscaler may still come",
	"slow-signal-path/bad-hpa.yaml":              "its Prometheus is of a kind that the bed does not serve",
	"zero-activation-too-high/bad-live.yaml":     "it needs pods whose starts were measured",
}

// everySafeFix takes each fixture's bad sections to the cluster: the check
// fires, its safe fixes are applied, the findings are gone, everything is
// undone, and the objects are as they were.
func everySafeFix(t *testing.T, bed *fixBed) {
	files, err := filepath.Glob("../testdata/rules/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	for _, file := range files {
		check := rules.ByID(strings.TrimSuffix(filepath.Base(file), ".txtar"))
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		shown, offered := 0, 0
		for _, section := range archive.Files {
			if !strings.HasPrefix(section.Name, "bad") || !strings.HasSuffix(section.Name, ".yaml") ||
				len(safe(checktest.Judge(t, check, archive, section.Name, section.Data).Findings)) == 0 {
				continue
			}
			offered++
			number++
			t.Run(check.ID+"/"+section.Name, func(t *testing.T) {
				n, found := safeFixesOf(t, bed, tuned(t, check, section), relocate(section.Data, number))
				shown += n
				reason, expected := notOnBed[check.ID+"/"+section.Name]
				switch {
				case n > 0 && expected:
					t.Errorf("it is seen on the bed, and notOnBed says that it cannot be: %s", reason)
				case expected:
					t.Skip("not on the bed: " + reason)
				case n == 0:
					t.Errorf("no safe fix was seen: %s", found)
				}
			})
		}
		if offered > 0 && shown == 0 {
			t.Errorf("%s: no safe fix was seen on the bed", check.ID)
		}
	}
}

// tuned is the check with the section's parameters.
func tuned(t *testing.T, check *checks.Check, section txtar.File) *checks.Check {
	t.Helper()
	for line := range strings.Lines(string(section.Data)) {
		setting, found := strings.CutPrefix(strings.TrimSpace(line), "# parameter: ")
		name, value, _ := strings.Cut(setting, "=")
		number, err := strconv.ParseFloat(value, 64)
		if !found || err != nil {
			continue
		}
		if check, err = check.With(name, number); err != nil {
			t.Fatal(err)
		}
	}
	return check
}

func safe(findings []checks.Finding) []checks.Finding {
	var all []checks.Finding
	for _, f := range findings {
		if fix.Fixable(f) && f.Fix.Safety == checks.Safe {
			all = append(all, f)
		}
	}
	return all
}

// relocated is a section in namespaces of its own.
type relocated struct {
	namespaces map[string]map[string]string // labels
	objects    []map[string]any
}

// relocate gives the section's namespaces new names, wherever they stand as a
// word: in metadata, in queries, in other objects' selectors.
func relocate(text []byte, number int) relocated {
	const usual = "inference"
	names := map[string]bool{usual: true}
	for _, doc := range documents(text) {
		o := unstructured.Unstructured{Object: doc}
		if ns := o.GetNamespace(); ns != "" {
			names[ns] = true
		}
		if o.GetKind() == "Namespace" {
			names[o.GetName()] = true
		}
	}
	for name := range names {
		word := regexp.MustCompile(`(^|[^\w./-])` + regexp.QuoteMeta(name) + `($|[^\w./-])`)
		for range 2 { // matches that touch
			text = word.ReplaceAll(text, fmt.Appendf(nil, "${1}%s-%d${2}", name, number))
		}
	}
	r := relocated{namespaces: map[string]map[string]string{}}
	for name := range names {
		r.namespaces[fmt.Sprintf("%s-%d", name, number)] = nil
	}
	for _, doc := range documents(text) {
		o := unstructured.Unstructured{Object: doc}
		if o.GetKind() == "Namespace" {
			r.namespaces[o.GetName()] = o.GetLabels()
			continue
		}
		kind, known := inventory.KindOf(o.GetAPIVersion(), o.GetKind())
		if known && kind.Info().Namespaced && o.GetNamespace() == "" {
			o.SetNamespace(fmt.Sprintf("%s-%d", usual, number))
		}
		r.objects = append(r.objects, doc)
	}
	return r
}

// ordered puts owners before the HPAs they generate, and where an adapter has
// its rules the registration that leads to it. What controllers make of the rest
// they make here, too.
func (r relocated) ordered() []map[string]any {
	var owners, owned []map[string]any
	for _, object := range r.objects {
		o := unstructured.Unstructured{Object: object}
		if len(o.GetOwnerReferences()) > 0 {
			if o.GetKind() == "HorizontalPodAutoscaler" {
				owned = append(owned, object)
			}
			continue
		}
		owners = append(owners, object)
		if data, _, _ := unstructured.NestedStringMap(object, "data"); o.GetKind() == "ConfigMap" && strings.Contains(fmt.Sprint(data), "seriesQuery") {
			owners = append(owners, map[string]any{
				"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": map[string]any{"name": "v1beta2.custom.metrics.k8s.io"},
				"spec": map[string]any{
					"group": "custom.metrics.k8s.io", "version": "v1beta2", "groupPriorityMinimum": int64(100), "versionPriority": int64(100),
					"insecureSkipTLSVerify": true, "service": map[string]any{"namespace": o.GetNamespace(), "name": "prometheus-adapter"},
				},
			})
		}
	}
	return append(owners, owned...)
}

func nameOf(object map[string]any) string {
	o := unstructured.Unstructured{Object: object}
	return o.GetKind() + "/" + o.GetName()
}

// adopt gives owner references the UIDs that the owners have got.
func adopt(object map[string]any, made map[string]types.UID) {
	o := unstructured.Unstructured{Object: object}
	owners := o.GetOwnerReferences()
	for i := range owners {
		owners[i].UID = made[owners[i].Kind+"/"+owners[i].Name]
	}
	if len(owners) > 0 {
		o.SetOwnerReferences(owners)
	}
}

func documents(text []byte) []map[string]any {
	var all []map[string]any
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc map[string]any
		if decoder.Decode(&doc) != nil {
			return all
		}
		if doc != nil {
			plain, err := jsonTypes(doc)
			if err == nil {
				all = append(all, plain)
			}
		}
	}
}

// safeFixesOf returns how many safe fixes it has seen through, or why none.
func safeFixesOf(t *testing.T, bed *fixBed, check *checks.Check, section relocated) (n int, reason string) {
	t.Helper()
	var namespaces []string
	for name, labels := range section.namespaces {
		bed.namespace(t, name, labels)
		namespaces = append(namespaces, name)
	}
	var refused []string
	made := map[string]types.UID{}
	for _, object := range section.ordered() {
		adopt(object, made)
		uid, remove, err := bed.create(t.Context(), object)
		if err != nil {
			refused = append(refused, err.Error())
			continue
		}
		defer remove()
		made[nameOf(object)] = uid
	}
	findings := bed.judge(t, check, namespaces)
	chosen := safe(findings)
	if len(chosen) == 0 {
		return 0, "nothing is found there" + strings.Join(append([]string{""}, refused...), "; ")
	}
	before := map[inventory.Ref]map[string]any{}
	added := map[inventory.Ref]bool{}
	for _, f := range chosen {
		before[f.Fix.Object.Ref] = bed.read(t, f.Fix.Object)
		if f.Fix.New != nil {
			added[f.Fix.New.Ref] = true
		}
	}
	var undo []string
	for round := 0; len(chosen) > 0 && round < 3; round++ { // fixes that conflict come one after the other
		changes, _ := fix.Plan(findings, chosen)
		for _, change := range changes {
			undo = append(undo, bed.apply(t, change))
			n += len(change.Findings)
		}
		findings = bed.judge(t, check, namespaces)
		chosen = safe(findings)
	}
	for _, f := range chosen {
		t.Errorf("still there after the fix: %s: %s", f.At.Object.Ref, f.Message)
	}
	for _, id := range slices.Backward(undo) {
		if _, err := bed.fixer.Undo(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	for ref, was := range before {
		bed.asBefore(t, ref, was)
	}
	for ref := range added {
		kind, _ := inventory.KindOf(ref.Group+"/", ref.Kind)
		if _, err := bed.client(kind, ref.Group+"/"+kind.Info().Versions[0], ref.Namespace).Get(t.Context(), ref.Name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			t.Errorf("%s after the undo: %v", ref, err)
		}
	}
	return n, ""
}
