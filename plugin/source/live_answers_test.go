package source

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// send writes protobuf, as an API server does for whoever accepts it.
func (s *apiServer) send(w http.ResponseWriter, object runtime.Object) {
	w.Header().Set("Content-Type", "application/vnd.kubernetes.protobuf")
	if err := protobuf.NewSerializer(s.scheme, s.scheme).Encode(object, w); err != nil {
		s.t.Error(err)
	}
}

// discover answers for the resources of one group and version.
func (s *apiServer) discover(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if path == "/apis" && strings.Contains(r.Header.Get("Accept"), "APIGroupDiscoveryList") {
		s.discoverAll(w, r)
		return
	}
	var resources []map[string]string
	for _, kind := range inventory.Kinds() {
		info := kind.Info()
		for _, version := range info.Versions {
			key := strings.TrimPrefix(path, "/apis/") + "/" + info.Resource
			if groupPath(info.Group, version) == path && !slices.Contains(s.absent, key) {
				resources = append(resources, map[string]string{"name": info.Resource})
			}
		}
	}
	if resources == nil {
		s.refuse(w, http.StatusNotFound, "not found", "")
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"kind": "APIResourceList", "resources": resources})
}

func (s *apiServer) refuse(w http.ResponseWriter, code int, message, retryAfter string) {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: int32(code), Message: message,
	})
}

func encode(t testing.TB, scheme *runtime.Scheme, object runtime.Object) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := protobuf.NewSerializer(scheme, scheme).Encode(object, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
