package source

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// ParseName reads TYPE/NAME as kubectl does: "deploy/vllm",
// "statefulsets.apps/vllm", "so/vllm". The type is a workload's or an
// autoscaler's, by its kind, its resource or its short name.
func ParseName(text, namespace string) (inventory.Ref, error) {
	word, name, found := strings.Cut(text, "/")
	if !found || word == "" || name == "" || strings.Contains(name, "/") {
		return inventory.Ref{}, fmt.Errorf("%q: expected TYPE/NAME, such as deployment/vllm", text)
	}
	resource, group, _ := strings.Cut(strings.ToLower(word), ".")
	for _, kind := range append(inventory.WorkloadKinds(), inventory.AutoscalerKinds()...) {
		info := kind.Info()
		spelt := append(shortNames(kind), strings.ToLower(info.Name), info.Resource)
		if slices.Contains(spelt, resource) && (group == "" || group == info.Group) {
			return inventory.Ref{Group: info.Group, Kind: info.Name, Namespace: namespace, Name: name}, nil
		}
	}
	return inventory.Ref{}, fmt.Errorf("%q: no kind of workload or autoscaler is called %q", text, word)
}

func shortNames(kind inventory.Kind) []string {
	switch kind {
	case inventory.Deployment:
		return []string{"deploy"}
	case inventory.StatefulSet:
		return []string{"sts"}
	case inventory.ReplicaSet:
		return []string{"rs"}
	case inventory.LeaderWorkerSet:
		return []string{"lws"}
	case inventory.InferenceService:
		return []string{"isvc"}
	case inventory.HorizontalPodAutoscaler:
		return []string{"hpa"}
	case inventory.ScaledObject:
		return []string{"so"}
	}
	return nil
}

const (
	labelVersion   = "app.kubernetes.io/version"
	labelManagedBy = "app.kubernetes.io/managed-by"
	kedaOperator   = "keda-operator"
)

var releaseVersion = regexp.MustCompile(`^v?(\d+\.\d+\.\d+)$`)

// kedaVersion reads KEDA's version off its operator, or off an HPA that it
// generated; empty when the object is neither or does not tell.
func kedaVersion(o *inventory.Object) string {
	versions := []string{o.Meta.Labels[labelVersion]}
	switch o.Type {
	case inventory.Deployment:
		if o.Name != kedaOperator {
			return ""
		}
		for _, container := range inventory.As[appsv1.Deployment](o).Spec.Template.Spec.Containers {
			tagged, _, _ := strings.Cut(container.Image, "@")
			if colon := strings.LastIndexByte(tagged, ':'); colon >= 0 {
				versions = append(versions, tagged[colon+1:])
			}
		}
	case inventory.HorizontalPodAutoscaler:
		if o.Meta.Labels[labelManagedBy] != kedaOperator {
			return ""
		}
	default:
		return ""
	}
	for _, version := range versions {
		if match := releaseVersion.FindStringSubmatch(version); match != nil {
			return match[1]
		}
	}
	return ""
}
