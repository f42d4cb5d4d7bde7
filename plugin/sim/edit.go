package sim

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Get returns an object as an API server would. The pods and nodes of the world
// are read in its frames.
func (w *World) Get(ref inventory.Ref) (json.RawMessage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	doc := w.store.docs[ref]
	if doc == nil {
		return nil, fmt.Errorf("%s: not found", ref)
	}
	return json.Marshal(doc.fields)
}

// Put changes an object, or creates one. It refuses what an API server would
// refuse as far as the world reads it: another name, a field of a wrong type, a
// resourceVersion that is not the latest ([ErrConflict]), bounds that exclude
// each other. The controllers see the change at their next step.
func (w *World) Put(ref inventory.Ref, text json.RawMessage) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return fmt.Errorf("%s: %w", ref, err)
	}
	switch ref.Kind {
	case inventory.Pod.String(), inventory.ReplicaSet.String(), inventory.Node.String(), inventory.Event.String():
		return fmt.Errorf("%s: objects of this kind are the simulated controllers' own", ref)
	}
	if err := w.overwrite(ref, fields); err != nil {
		return err
	}
	w.reread()
	if f := w.fleetOf(ref); f != nil && f.ref == ref {
		f.spec = f.written()
	}
	return nil
}

// overwrite stores an object that an API server would take.
func (w *World) overwrite(ref inventory.Ref, fields map[string]any) error {
	object, err := decode(ref, fields)
	if err != nil {
		return err
	}
	if err := valid(object); err != nil {
		return fmt.Errorf("%s: %w", ref, err)
	}
	return w.store.put(ref, fields)
}

func (w *World) forget(ref inventory.Ref) {
	delete(w.store.docs, ref)
	w.store.order = slices.DeleteFunc(w.store.order, func(o inventory.Ref) bool { return o == ref })
}

// Delete takes an object away, as long as it has that UID ("" for any). Of a
// workload its pods end with it.
func (w *World) Delete(ref inventory.Ref, uid string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	doc := w.store.docs[ref]
	switch {
	case doc == nil:
		return fmt.Errorf("%s: not found", ref)
	case uid != "" && uid != doc.object.Meta.UID:
		return fmt.Errorf("%s: %w", ref, ErrConflict)
	}
	w.forget(ref)
	if f := w.fleetOf(ref); f != nil && f.ref == ref {
		for _, p := range f.pods {
			p.node.release(f, w.now)
		}
	}
	w.reread()
	return nil
}

// valid checks what the API servers and KEDA's webhook do of an autoscaler.
func valid(o *inventory.Object) error {
	a := inventory.ReadAutoscaler(o)
	switch {
	case a == nil:
		return nil
	case a.Min < 0:
		return fmt.Errorf("%s: must not be negative, found %d", a.MinPath, a.Min)
	case a.Max < 1:
		return fmt.Errorf("%s: must be 1 or more, found %d", a.MaxPath, a.Max)
	case a.Max < a.Min:
		return fmt.Errorf("%s: %d is below the minimum of %d", a.MaxPath, a.Max, a.Min)
	case a.Target.Name == "":
		return fmt.Errorf("%s: names nothing", a.TargetPath)
	}
	return validRules(a)
}

func validRules(a *inventory.Autoscaler) error {
	for _, rules := range []inventory.ScalingRules{a.ScaleUp(), a.ScaleDown()} {
		if rules.Window < 0 || rules.Window > longest {
			return fmt.Errorf("%s.stabilizationWindowSeconds: must be from 0 to 3600", rules.Path)
		}
		for i, p := range rules.Policies {
			if p.Value <= 0 || p.PeriodSeconds <= 0 || p.PeriodSeconds > 1800 {
				return fmt.Errorf("%s.policies[%d]: value must be positive and periodSeconds from 1 to 1800", rules.Path, i)
			}
		}
	}
	return nil
}

// Refs lists the objects that Get knows, in the order in which they came.
func (w *World) Refs() []inventory.Ref {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.store.order)
}
