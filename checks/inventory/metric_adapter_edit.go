package inventory

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// TextEdit is the new text of a field that holds a whole configuration.
type TextEdit struct {
	Path Path
	Text string
}

// Aggregated returns the adapter's configuration with another outermost
// aggregation in the rule's query: sum instead of avg. It is false where the
// query does not begin with it, or where its text cannot be told from another
// rule's.
func (r AdapterRule) Aggregated(from, to string) (TextEdit, bool) {
	configMap := As[corev1.ConfigMap](r.Location.Object)
	if configMap == nil || len(r.Location.Path) < 2 || !strings.HasPrefix(r.MetricsQuery, from+"(") {
		return TextEdit{}, false
	}
	at := r.Location.Path[:2] // data, and the key
	key, _ := at[1].(string)
	text := configMap.Data[key]
	if strings.Count(text, r.MetricsQuery) != 1 {
		return TextEdit{}, false
	}
	return TextEdit{at, strings.Replace(text, r.MetricsQuery, to+strings.TrimPrefix(r.MetricsQuery, from), 1)}, true
}
