package source

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/streaming"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// change is one that a watch tells; its version is its place in the history,
// counted from 1.
type change struct {
	key   string
	what  watch.EventType
	entry served
}

func (e served) same(other served) bool {
	return e.namespace == other.namespace && e.name == other.name
}

func (s *apiServer) all(key string) []served {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[key]
}

func (s *apiServer) version() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strconv.Itoa(len(s.history))
}

// happened notes a change and tells the watches. The caller holds the lock.
func (s *apiServer) happened(c change) {
	s.history = append(s.history, c)
	for stream := range s.streams {
		select {
		case stream <- struct{}{}:
		default:
		}
	}
}

// remove deletes the object of a reference as ref reads it.
func (s *apiServer) remove(text string) {
	s.t.Helper()
	r := ref(text)
	kind, _ := inventory.KindOf(r.Group+"/", r.Kind)
	s.removeAll(kind, func(e served) bool { return e.namespace == r.Namespace && e.name == r.Name })
}

// removeNamespace deletes all that is in a namespace, as its end does.
func (s *apiServer) removeNamespace(name string) {
	for _, kind := range inventory.Kinds() {
		if kind.Info().Namespaced {
			s.removeAll(kind, func(e served) bool { return e.namespace == name })
		}
	}
}

func (s *apiServer) removeAll(kind inventory.Kind, gone func(served) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info := kind.Info()
	for _, version := range info.Versions {
		key := strings.TrimPrefix(strings.TrimPrefix(groupPath(info.Group, version), "/apis/"), "/api/") + "/" + info.Resource
		var rest []served
		for _, entry := range s.objects[key] {
			if gone(entry) {
				s.happened(change{key, watch.Deleted, entry})
			} else {
				rest = append(rest, entry)
			}
		}
		s.objects[key] = rest
	}
}

// tokens makes the server refuse all others.
func (s *apiServer) tokens(valid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = valid
}

// expire forgets the history, as a compaction of etcd does.
func (s *apiServer) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = len(s.history)
}

// hangUp ends every watch.
func (s *apiServer) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for stream := range s.streams {
		close(stream)
		delete(s.streams, stream)
	}
}

// asked counts the requests of a verb since the last call.
func (s *apiServer) asked(verb string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if r.verb == verb && r.resource != "" {
			n++
		}
	}
	s.requests = nil
	return n
}

// stream answers a watch, with all that is there first where that is asked for.
func (s *apiServer) stream(w http.ResponseWriter, r *http.Request, req request) {
	told, _ := strconv.Atoi(r.FormValue("resourceVersion"))
	initial := r.FormValue("sendInitialEvents") == "true"
	if initial && s.refusesStreams {
		s.refuse(w, http.StatusUnprocessableEntity, "sendInitialEvents: forbidden", "")
		return
	}
	wake := make(chan struct{}, 1)
	s.mu.Lock()
	s.streams[wake] = true
	old := told < s.expired && !initial
	if initial {
		told = len(s.history)
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.streams, wake)
	}()
	if old {
		s.refuse(w, http.StatusGone, "too old resource version", "")
		return
	}
	send := s.sender(w, req)
	if initial {
		for _, entry := range s.matching(r, req) {
			send(watch.Added, entry, told, nil)
		}
		send(watch.Bookmark, served{}, told, map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	for {
		s.mu.Lock()
		news := s.history[told:]
		s.mu.Unlock()
		for i, c := range news {
			if c.key == s.key(req) && s.selects(r, req, c.entry) {
				send(c.what, c.entry, told+i+1, nil)
			}
		}
		told += len(news)
		select {
		case _, open := <-wake:
			if !open {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

func (s *apiServer) selects(r *http.Request, req request, entry served) bool {
	byLabel, _ := labels.Parse(r.FormValue("labelSelector"))
	byField, _ := fields.ParseSelector(r.FormValue("fieldSelector"))
	return (req.namespace == "" || req.namespace == entry.namespace) && byLabel.Matches(entry.labels) && byField.Matches(entry.fields)
}

// sender writes events as the kind's own encoding has them.
func (s *apiServer) sender(w http.ResponseWriter, req request) func(watch.EventType, served, int, map[string]string) {
	_, custom := s.custom(req)
	codecs := serializer.NewCodecFactory(s.scheme)
	info, _ := runtime.SerializerInfoForMediaType(codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	if custom {
		info, _ = runtime.SerializerInfoForMediaType(codecs.SupportedMediaTypes(), runtime.ContentTypeJSON)
	}
	w.Header().Set("Content-Type", info.MediaType+";stream=watch")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	encoder := streaming.NewEncoder(info.StreamSerializer.Framer.NewFrameWriter(w), info.StreamSerializer.Serializer)
	return func(what watch.EventType, entry served, version int, annotations map[string]string) {
		var raw []byte
		switch {
		case custom:
			object := map[string]any{}
			if entry.raw != nil {
				json.Unmarshal(entry.raw, &object)
			}
			head, _ := object["metadata"].(map[string]any)
			if head == nil {
				head = map[string]any{}
				object["metadata"] = head
			}
			head["resourceVersion"] = strconv.Itoa(version)
			if annotations != nil {
				head["annotations"] = annotations
			}
			raw, _ = json.Marshal(object)
		default:
			raw = encode(s.t, s.scheme, s.stamped(req, entry, version, annotations))
		}
		encoder.Encode(&metav1.WatchEvent{Type: string(what), Object: runtime.RawExtension{Raw: raw}})
		w.(http.Flusher).Flush()
	}
}

// stamped is the entry with the version, or an empty object of the kind.
func (s *apiServer) stamped(req request, entry served, version int, annotations map[string]string) runtime.Object {
	object := entry.typed
	if object == nil {
		list := s.typedList(req, nil, "")
		name := strings.TrimSuffix(list.GetObjectKind().GroupVersionKind().Kind, "List")
		object, _ = s.scheme.New(list.GetObjectKind().GroupVersionKind().GroupVersion().WithKind(name))
		object.GetObjectKind().SetGroupVersionKind(list.GetObjectKind().GroupVersionKind().GroupVersion().WithKind(name))
	} else {
		object = object.DeepCopyObject()
	}
	accessor, err := meta.Accessor(object)
	if err != nil {
		s.t.Error(err)
	}
	accessor.SetResourceVersion(strconv.Itoa(version))
	if annotations != nil {
		accessor.SetAnnotations(annotations)
	}
	return object
}

// discoverAll answers for all groups at once, as servers do since 1.27.
func (s *apiServer) discoverAll(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	absent := slices.Clone(s.absent)
	s.mu.Unlock()
	etag := strconv.Quote(fmt.Sprint(absent))
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	var items []map[string]any
	for _, kind := range inventory.Kinds() {
		info := kind.Info()
		for _, version := range info.Versions {
			if !slices.Contains(absent, info.Group+"/"+version+"/"+info.Resource) {
				items = append(items, map[string]any{
					"metadata": map[string]string{"name": info.Group},
					"versions": []map[string]any{{"version": version, "resources": []map[string]string{{"resource": info.Resource}}}},
				})
			}
		}
	}
	w.Header().Set("ETag", etag)
	json.NewEncoder(w).Encode(map[string]any{"kind": "APIGroupDiscoveryList", "items": items})
}
