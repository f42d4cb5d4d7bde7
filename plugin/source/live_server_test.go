package source

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// apiServer is a small API server: it serves what was applied, as protobuf and
// JSON, in pages, and answers with the faults it was given.
// It listens in memory: inside a synctest bubble it needs no real time.
type apiServer struct {
	pipes   *pipes
	t       testing.TB
	scheme  *runtime.Scheme
	decoder runtime.Decoder
	absent  []string // resources that are not installed

	mu             sync.Mutex
	objects        map[string][]served // by "apps/v1/deployments"
	faults         map[string]fault    // by path
	allows         func(request) bool  // RBAC; nil allows everything
	requests       []request
	items          int // sent so far
	history        []change
	token          string // the only one that is valid; empty: none is asked for
	expired        int    // changes that are no longer known
	streams        map[chan struct{}]bool
	refusesStreams bool // an API server before initial events could be streamed
}

type served struct {
	namespace, name string
	labels          labels.Set
	fields          fields.Set
	typed           runtime.Object
	raw             json.RawMessage
}

// request is one that arrived, as RBAC sees it.
type request struct {
	method, path, query, accept string
	verb, group, resource       string
	namespace, name             string
	only                        string // the one name that a list or a watch selects
}

// fault is an answer instead of the true one.
type fault struct {
	code       int
	message    string
	retryAfter string
	body       string // as it is, with 200
	times      int    // 0: always
	page       int    // only from this page on, counted from 1
	hang       bool   // no answer at all
	cut        bool   // the connection breaks
}

func newAPIServer(t testing.TB, manifests ...string) *apiServer {
	s := &apiServer{t: t, scheme: liveScheme(), objects: map[string][]served{}, faults: map[string]fault{}, streams: map[chan struct{}]bool{}}
	s.decoder = serializer.NewCodecFactory(s.scheme).UniversalDeserializer()
	s.pipes = listen(t, s)
	for _, text := range manifests {
		s.apply(text)
	}
	return s
}

func (s *apiServer) config() *rest.Config { return s.pipes.config() }

// apply adds YAML documents.
func (s *apiServer) apply(text string) {
	s.t.Helper()
	for _, document := range strings.Split(text, "\n---") {
		raw, err := yaml.YAMLToJSON([]byte(document))
		if err != nil {
			s.t.Fatal(err)
		}
		var head metav1.PartialObjectMetadata
		if json.Unmarshal(raw, &head) != nil || head.Kind == "" {
			continue
		}
		gvk := head.GroupVersionKind()
		entry := served{namespace: head.Namespace, name: head.Name, labels: head.Labels, raw: raw}
		if s.scheme.Recognizes(gvk) {
			if entry.typed, err = runtime.Decode(s.decoder, raw); err != nil {
				s.t.Fatal(err)
			}
		}
		entry.fields = fields.Set{"metadata.name": head.Name}
		if event, ok := entry.typed.(*corev1.Event); ok {
			entry.fields["type"], entry.fields["reason"] = event.Type, event.Reason
		}
		s.add(gvk, entry)
	}
}

func (s *apiServer) add(gvk schema.GroupVersionKind, entry served) {
	resource := "namespaces"
	if kind, ok := inventory.KindOf(gvk.GroupVersion().String(), gvk.Kind); ok {
		resource = kind.Info().Resource
	}
	key := gvk.GroupVersion().String() + "/" + resource
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.objects[key], entry.same)
	if at < 0 {
		s.objects[key] = append(s.objects[key], entry)
		s.happened(change{key, watch.Added, entry})
		return
	}
	s.objects[key] = slices.Clone(s.objects[key]) // somebody may be reading the old ones
	s.objects[key][at] = entry
	s.happened(change{key, watch.Modified, entry})
}

// ServeHTTP answers like an API server of the resources in the table of kinds.
func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := parseRequest(r)
	s.mu.Lock()
	s.requests = append(s.requests, req)
	broken, isBroken := s.fault(r)
	expired := s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token
	s.mu.Unlock()
	switch {
	case expired:
		s.refuse(w, http.StatusUnauthorized, "Unauthorized", "")
	case isBroken:
		s.misbehave(w, r, broken)
	case r.URL.Path == "/readyz":
		fmt.Fprint(w, "ok")
	case r.URL.Path == "/version":
		fmt.Fprint(w, `{"gitVersion":"v1.37.2-test.1"}`)
	case req.resource == "":
		s.discover(w, r)
	case s.allows != nil && !s.allows(req):
		s.refuse(w, http.StatusForbidden, fmt.Sprintf("%s is forbidden", req.resource), "")
	case !s.serves(req):
		s.refuse(w, http.StatusNotFound, "the server could not find the requested resource", "")
	case req.name != "":
		s.get(w, req)
	case req.verb == "watch":
		s.stream(w, r, req)
	default:
		s.list(w, r, req)
	}
}

func parseRequest(r *http.Request) request {
	req := request{method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, accept: r.Header.Get("Accept"), verb: "list"}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case parts[0] == "api" && len(parts) > 2:
		parts = parts[2:]
	case parts[0] == "apis" && len(parts) > 3:
		req.group, parts = parts[1], parts[3:]
	default:
		return req
	}
	if parts[0] == "namespaces" && len(parts) > 2 {
		req.namespace, parts = parts[1], parts[2:]
	}
	req.resource = parts[0]
	if len(parts) > 1 {
		req.name, req.verb = parts[1], "get"
	}
	if r.FormValue("watch") == "true" {
		req.verb = "watch"
	}
	req.only, _ = strings.CutPrefix(r.FormValue("fieldSelector"), "metadata.name=")
	return req
}

func (s *apiServer) key(req request) string {
	parts := strings.Split(strings.Trim(req.path, "/"), "/")
	if req.group == "" {
		return parts[1] + "/" + req.resource
	}
	return parts[1] + "/" + parts[2] + "/" + req.resource
}

func (s *apiServer) serves(req request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.Contains(s.absent, s.key(req))
}

func (s *apiServer) get(w http.ResponseWriter, req request) {
	for _, entry := range s.all(s.key(req)) {
		if entry.namespace == req.namespace && entry.name == req.name {
			if entry.typed == nil {
				w.Write(entry.raw)
				return
			}
			s.send(w, entry.typed)
			return
		}
	}
	s.refuse(w, http.StatusNotFound, req.name+" not found", "")
}

func (s *apiServer) list(w http.ResponseWriter, r *http.Request, req request) {
	matches := s.matching(r, req)
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	from, _ := strconv.Atoi(r.FormValue("continue"))
	if limit == 0 {
		s.t.Errorf("%s: not paged", r.URL)
		limit = len(matches)
	}
	to, next := min(from+limit, len(matches)), ""
	if to < len(matches) {
		next = strconv.Itoa(to)
	}
	s.mu.Lock()
	s.items += to - from
	s.mu.Unlock()
	if kind, custom := s.custom(req); custom {
		raw := make([]json.RawMessage, 0, to-from)
		for _, entry := range matches[from:to] {
			raw = append(raw, entry.raw)
		}
		json.NewEncoder(w).Encode(map[string]any{"kind": kind + "List", "metadata": map[string]string{"continue": next, "resourceVersion": s.version()}, "items": raw})
		return
	}
	s.send(w, s.typedList(req, matches[from:to], next))
}

func (s *apiServer) matching(r *http.Request, req request) []served {
	byLabel, err := labels.Parse(r.FormValue("labelSelector"))
	if err != nil {
		s.t.Errorf("%s: %v", r.URL, err)
	}
	byField, err := fields.ParseSelector(r.FormValue("fieldSelector"))
	if err != nil {
		s.t.Errorf("%s: %v", r.URL, err)
	}
	var all []served
	for _, entry := range s.all(s.key(req)) {
		if (req.namespace == "" || req.namespace == entry.namespace) && byLabel.Matches(entry.labels) && byField.Matches(entry.fields) {
			all = append(all, entry)
		}
	}
	return all
}

func (s *apiServer) custom(req request) (string, bool) {
	for _, kind := range inventory.Kinds() {
		if info := kind.Info(); info.Resource == req.resource && info.Group == req.group {
			return info.Name, info.Custom
		}
	}
	return "", false
}

func (s *apiServer) typedList(req request, entries []served, next string) runtime.Object {
	version := strings.TrimSuffix(s.key(req), "/"+req.resource)
	gv, _ := schema.ParseGroupVersion(version)
	name, _ := s.custom(req)
	if req.resource == "namespaces" {
		name = "Namespace"
	}
	list, err := s.scheme.New(gv.WithKind(name + "List"))
	if err != nil {
		s.t.Fatal(err)
	}
	list.GetObjectKind().SetGroupVersionKind(gv.WithKind(name + "List"))
	items := make([]runtime.Object, len(entries))
	for i := range entries {
		items[i] = entries[i].typed
	}
	if err := meta.SetList(list, items); err != nil {
		s.t.Fatal(err)
	}
	accessor, _ := meta.ListAccessor(list)
	accessor.SetContinue(next)
	accessor.SetResourceVersion(s.version())
	return list
}
