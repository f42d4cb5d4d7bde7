package inventory

import (
	"slices"
	"strings"
)

// scaleless are kinds that people aim autoscalers at and that have no scale
// subresource: the API's own types, and the kubebuilder markers of
// ray-operator/apis/ray/v1, pkg/apis/serving/v1beta1 and Dynamo's
// deploy/operator/api/v1alpha1.
var scaleless = map[Ref]bool{
	{Group: "apps", Kind: "DaemonSet"}: true, {Group: "batch", Kind: "Job"}: true, {Group: "batch", Kind: "CronJob"}: true,
	{Kind: "Pod"}: true, {Kind: "Service"}: true,
	{Group: "ray.io", Kind: "RayCluster"}: true, {Group: "ray.io", Kind: "RayService"}: true, {Group: "ray.io", Kind: "RayJob"}: true,
	{Group: "serving.kserve.io", Kind: "InferenceService"}: true,
	{Group: "nvidia.com", Kind: "DynamoGraphDeployment"}:   true, {Group: "nvidia.com", Kind: "DynamoComponentDeployment"}: true,
}

// Scaleless says whether the autoscaler's target is of a kind that cannot be
// scaled.
func (a *Autoscaler) Scaleless() bool {
	return scaleless[Ref{Group: a.Target.Group, Kind: a.Target.Kind}]
}

// TargetKind returns the kind that an autoscaler's target is meant to be when
// its apiVersion or its kind is written wrongly: in a group that never held it,
// or in the wrong case. It is not ok when nothing is wrong, or not surely.
func (a *Autoscaler) TargetKind() (meant KindInfo, ok bool) {
	for _, kind := range []Kind{Deployment, StatefulSet, ReplicaSet, LeaderWorkerSet} {
		info := kind.Info()
		if !strings.EqualFold(info.Name, a.Target.Kind) {
			continue
		}
		switch a.Target.Group {
		case info.Group:
			return info, info.Name != a.Target.Kind
		case "", "apps", "extensions":
			return info, true
		}
	}
	return KindInfo{}, false
}

// APIVersion is the kind's first, with its group.
func (k KindInfo) APIVersion() string {
	if k.Group == "" {
		return k.Versions[0]
	}
	return k.Group + "/" + k.Versions[0]
}

// MentionsInference says whether one of the autoscaler's metrics is an
// engine's, a GPU exporter's or an inference gateway's.
func (a *Autoscaler) MentionsInference() bool {
	for _, m := range a.Metrics {
		if m.MentionsInference() {
			return true
		}
	}
	return false
}

// nameEndings say what an object is, and are left out or put on by mistake.
var nameEndings = [...]string{"-deployment", "-deploy", "-statefulset", "-sts", "-server"}

// LooksLike says whether two names of objects differ by a slip: in separators,
// in an ending that names the kind, or in one letter. A digit is no slip:
// llama-8b is not llama-7b.
func LooksLike(a, b string) bool {
	a, b = plainName(a), plainName(b)
	if a == b {
		return true
	}
	const shortest = 6 // below, one letter makes another word
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(b) < shortest || len(a)-len(b) > 1 {
		return false
	}
	at := 0
	for at < len(b) && a[at] == b[at] {
		at++
	}
	isDigit := func(text string) bool { return at < len(text) && text[at] >= '0' && text[at] <= '9' }
	if isDigit(a) || len(a) == len(b) && isDigit(b) {
		return false
	}
	return a[at+1:] == b[at+len(b)+1-len(a):]
}

func plainName(name string) string {
	for _, ending := range nameEndings {
		name = strings.TrimSuffix(name, ending)
	}
	return strings.NewReplacer("-", "", "_", "", ".", "").Replace(strings.ToLower(name))
}

// SharesName says whether a name takes up a telling word of the autoscaler's or of
// its target's.
func (a *Autoscaler) SharesName(name string) bool {
	known := slices.Concat(nameWords(a.Object.Name), nameWords(a.Target.Name))
	return slices.ContainsFunc(nameWords(name), func(word string) bool {
		return slices.Contains(known, word) && !commonWords[word] && !scalerWords[word]
	})
}

// scalerWords say of a name that it is an autoscaler's.
var scalerWords = wordSet("hpa keda so scaler autoscaler scaledobject horizontalpodautoscaler deployment deploy")
