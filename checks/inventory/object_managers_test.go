package inventory

import "testing"

func TestManagers(t *testing.T) {
	o := &Object{Meta: Meta{ManagedFields: []ManagedField{
		{Manager: "argocd-controller", FieldsV1: RawField(`{"f:spec":{"f:replicas":{},"f:template":{"f:spec":{}}}}`)},
		{Manager: "kubectl-client-side-apply", FieldsV1: RawField(`{"f:metadata":{"f:labels":{}}}`)},
		{Manager: "keda-operator", Subresource: "scale", FieldsV1: RawField(`{"f:spec":{"f:replicas":{}}}`)},
		{Manager: "broken", FieldsV1: RawField(`{"f:spec":`)},
		{Manager: "empty"},
	}}}
	got := o.Managers("spec", "replicas")
	if len(got) != 1 || got[0].Manager != "argocd-controller" || got[0].Class() != ByGitOps {
		t.Errorf("spec.replicas is owned by %v", got)
	}
	if got := o.Managers("spec", "replicas", "deeper"); len(got) != 0 {
		t.Errorf("a field below a leaf is owned by %v", got)
	}
	for name, want := range map[string]ManagerClass{"Mozilla": ByHand, "kubectl": ByApply, "Helm": ByGitOps, "kube-controller-manager": ByController, "": ByController} {
		if got := (ManagedField{Manager: name}).Class(); got != want {
			t.Errorf("%q is %v, want %v", name, got, want)
		}
	}
}
