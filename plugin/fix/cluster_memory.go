package fix

import (
	"context"
	"encoding/json"
	"strconv"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// InMemory makes the functions that write objects which somebody else holds: a
// simulated cluster. get returns an object, or nil when there is none of that
// name; put replaces one, or forgets it when its object is nil. Both see copies.
// The caller sees to it that nobody else writes between a get and its put.
func InMemory(get func(Target) Content, put func(Target, Content)) Cluster {
	m := memory{get, put}
	return Cluster{Get: m.read, Patch: m.patch, Create: m.create, Delete: m.remove}
}

type memory struct {
	get func(Target) Content
	put func(Target, Content)
}

func (m memory) read(_ context.Context, of Target) (Content, error) {
	object := m.get(of)
	if object == nil {
		return nil, &Refused{Ref: of.Ref, Reason: "not found", NotFound: true}
	}
	return clone(object), nil
}

func (m memory) patch(ctx context.Context, of Target, with Patch, dryRun bool) (Result, error) {
	before, err := m.read(ctx, of)
	if err != nil {
		return Result{}, err
	}
	after, err := patched(before, with)
	if err != nil {
		return Result{}, &Refused{Ref: of.Ref, Reason: err.Error(), Conflict: true}
	}
	if metaString(after, "resourceVersion") != metaString(before, "resourceVersion") {
		return Result{}, &Refused{Ref: of.Ref, Reason: "the object has been modified", Conflict: true}
	}
	return m.write(of, after, dryRun), nil
}

func (m memory) create(_ context.Context, of Target, object Content, dryRun bool) (Result, error) {
	if m.get(of) != nil {
		return Result{}, &Refused{Ref: of.Ref, Reason: "already exists", Conflict: true}
	}
	return m.write(of, clone(object), dryRun), nil
}

func (m memory) remove(ctx context.Context, of Target, uid string, dryRun bool) (Result, error) {
	object, err := m.read(ctx, of)
	if err != nil {
		return Result{}, err
	}
	if metaString(object, "uid") != uid {
		return Result{}, &Refused{Ref: of.Ref, Reason: "another object of the name is there", Conflict: true}
	}
	if !dryRun {
		m.put(of, nil)
	}
	return Result{Object: object}, nil
}

// write counts the version up, as an API server does.
func (m memory) write(of Target, object Content, dryRun bool) Result {
	if dryRun {
		return Result{Object: object}
	}
	if version, err := strconv.Atoi(metaString(object, "resourceVersion")); err == nil {
		object, _ = withField(object, inventory.Path{"metadata", "resourceVersion"}, strconv.Itoa(version+1))
	}
	m.put(of, clone(object))
	return Result{Object: clone(m.get(of))} // whoever holds it may have given it a UID
}

func withField(content Content, path inventory.Path, value any) (Content, error) {
	changed, err := put(content, path, value)
	object, _ := changed.(map[string]any)
	return object, err
}

func patched(before Content, with Patch) (Content, error) {
	text, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	if with.Type == JSONPatch {
		patch, err := jsonpatch.DecodePatch(with.Body)
		if err != nil {
			return nil, err
		}
		text, err = patch.Apply(text)
		if err != nil {
			return nil, err
		}
	} else if text, err = jsonpatch.MergePatch(text, with.Body); err != nil {
		return nil, err
	}
	var after Content
	return after, utiljson.Unmarshal(text, &after)
}
