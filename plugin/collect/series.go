package collect

import (
	"context"
	"encoding/json"
	"math"
	"net/url"
	"time"

	"github.com/prometheus/common/model"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Series is one series of an answer, with its labels.
type Series struct {
	Labels map[string]string
	Value  float64
	At     time.Time
}

// Series runs a query once and keeps the series apart. Those whose value is NaN
// are left out.
func (p *Prometheus) Series(ctx context.Context, expr string) ([]Series, error) {
	var data struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	}
	var got model.Vector
	read := func(in *reader) error {
		raw, err := in.ReadValue()
		if err == nil {
			err = json.Unmarshal(raw, &data)
		}
		if err != nil || data.ResultType != shapeVector {
			return err
		}
		return json.Unmarshal(data.Result, &got)
	}
	if _, err := p.ask(ctx, "query", url.Values{"query": {expr}}, read); err != nil {
		return nil, err
	}
	var all []Series
	for _, s := range got {
		if math.IsNaN(float64(s.Value)) {
			continue
		}
		one := Series{Labels: map[string]string{}, Value: float64(s.Value), At: s.Timestamp.Time()}
		for name, value := range s.Metric {
			one.Labels[string(name)] = string(value)
		}
		all = append(all, one)
	}
	return all, nil
}

// NamedAfter says whether a pod's name in the workload's namespace is one that its
// controllers give, which tells of pods that are gone.
func NamedAfter(w *inventory.Workload, pod string) bool {
	return ownPod(w, inventory.Ref{Kind: inventory.Pod.String(), Namespace: w.Object.Namespace, Name: pod})
}
