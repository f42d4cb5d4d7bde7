package source

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/streaming"
	"k8s.io/apimachinery/pkg/watch"
	restwatch "k8s.io/client-go/rest/watch"
)

// watched is what a watch keeps of an object. It does not change.
type watched struct {
	metav1.ObjectMeta          // namespace, name and version; of a bookmark, its annotations
	item              liveItem // without an object: nobody reads more of it than its name
	dropped           bool     // not even that
	keda              string   // the version of KEDA that it tells
	gist              string   // what decides whether it is in a frame, where that is known
	labels            map[string]string
}

// GetObjectKind makes it an object that client-go can handle.
func (w *watched) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject returns the same: it does not change.
func (w *watched) DeepCopyObject() runtime.Object { return w }

// watchedList is one page of them.
type watchedList struct {
	metav1.ListMeta
	Items []runtime.Object
}

// GetObjectKind makes it a list that client-go can handle.
func (l *watchedList) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

// DeepCopyObject returns the same: it does not change.
func (l *watchedList) DeepCopyObject() runtime.Object { return l }

// eventReader reads a stream of changes, one at a time.
type eventReader struct {
	next func() (watch.EventType, runtime.Object, error)
	body io.Closer
	once sync.Once
}

// Decode returns the next change.
func (r *eventReader) Decode() (watch.EventType, runtime.Object, error) { return r.next() }

// Close ends the request.
func (r *eventReader) Close() { r.once.Do(func() { r.body.Close() }) }

// stream reads the answer to a watch.
func (w *watcher) stream(response *http.Response, version string) watch.Interface {
	reader := &eventReader{body: response.Body}
	if w.target.custom() {
		decoder := json.NewDecoder(response.Body)
		reader.next = func() (watch.EventType, runtime.Object, error) { return w.customEvent(decoder, version) }
	} else {
		reader.next = w.builtinEvents(response, version)
	}
	reporter := apierrors.NewClientErrorReporter(http.StatusInternalServerError, http.MethodGet, "decoding")
	return watch.NewStreamWatcherWithLogger(silent(), reader, reporter)
}

func (w *watcher) customEvent(decoder *json.Decoder, version string) (watch.EventType, runtime.Object, error) {
	var event struct {
		Type   watch.EventType `json:"type"`
		Object json.RawMessage `json:"object"`
	}
	if err := decoder.Decode(&event); err != nil {
		return "", nil, err
	}
	switch event.Type {
	case watch.Error:
		status := new(metav1.Status)
		return event.Type, status, json.Unmarshal(event.Object, status)
	case watch.Bookmark:
		var head metav1.PartialObjectMetadata
		err := json.Unmarshal(event.Object, &head)
		return event.Type, &watched{ObjectMeta: head.ObjectMeta}, err
	}
	item, err := customItem(w.target.place.kind, version, event.Object)
	if err != nil {
		return "", nil, undecodable(event.Object)
	}
	return event.Type, w.keep(&item), nil
}

// builtinEvents reads protobuf, or JSON where a proxy insists.
func (w *watcher) builtinEvents(response *http.Response, version string) func() (watch.EventType, runtime.Object, error) {
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")) // an unknown one is none of ours
	info, ok := runtime.SerializerInfoForMediaType(w.feed.codecs.SupportedMediaTypes(), mediaType)
	if !ok || info.StreamSerializer == nil {
		return func() (watch.EventType, runtime.Object, error) {
			return "", nil, fmt.Errorf("no stream of changes, but %q", mediaType)
		}
	}
	frames := info.StreamSerializer.Framer.NewFrameReader(response.Body)
	decoder := restwatch.NewDecoder(streaming.NewDecoder(frames, info.StreamSerializer.Serializer), w.feed.codecs.UniversalDeserializer())
	return func() (watch.EventType, runtime.Object, error) {
		event, object, err := decoder.Decode()
		if err != nil || event == watch.Error {
			return event, object, err
		}
		kept, err := w.builtin(event, object, version)
		return event, kept, err
	}
}

func (w *watcher) builtin(event watch.EventType, object runtime.Object, version string) (*watched, error) {
	accessor, ok := object.(metav1.Object)
	if !ok {
		return nil, fmt.Errorf("found a %T in the stream of changes", object)
	}
	if event == watch.Bookmark {
		return &watched{ObjectMeta: metav1.ObjectMeta{ResourceVersion: accessor.GetResourceVersion(), Annotations: accessor.GetAnnotations()}}, nil
	}
	if w.target.spaces {
		return keepNamespace(accessor), nil
	}
	item, ok := builtinItem(w.target.place.kind, version, reflect.ValueOf(object))
	if !ok {
		return nil, fmt.Errorf("found a %T in the stream of changes", object)
	}
	return w.keep(&item), nil
}

func keepNamespace(o metav1.Object) *watched {
	return &watched{ObjectMeta: metav1.ObjectMeta{Name: o.GetName(), ResourceVersion: o.GetResourceVersion()}, labels: o.GetLabels()}
}

// page reads the answer to a list.
func (w *watcher) page(body []byte, version string) (*watchedList, error) {
	decoder := w.feed.codecs.UniversalDeserializer()
	list := new(watchedList)
	if w.target.spaces {
		decoded, _, err := decoder.Decode(body, nil, nil)
		spaces, ok := decoded.(*corev1.NamespaceList)
		if err != nil || !ok {
			return nil, undecodable(body)
		}
		list.ListMeta = spaces.ListMeta
		for i := range spaces.Items {
			list.Items = append(list.Items, keepNamespace(&spaces.Items[i]))
		}
		return list, nil
	}
	page, err := decodePage(decoder, w.target.place.kind, version, body)
	if err != nil {
		return nil, err
	}
	list.ResourceVersion, list.Continue = page.version, page.next
	for i := range page.items {
		list.Items = append(list.Items, w.keep(&page.items[i]))
	}
	return list, nil
}
