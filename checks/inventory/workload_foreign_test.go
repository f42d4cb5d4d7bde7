package inventory

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestForeignOfAFragment(t *testing.T) {
	for name, w := range map[string]*Workload{
		"no selector": {Object: &Object{}},
		"a fragment":  {Object: &Object{Fragment: true}, Selector: &metav1.LabelSelector{}},
	} {
		if got := (&Snapshot{}).Foreign(w); got != nil {
			t.Errorf("%s matches %v", name, got)
		}
	}
}
