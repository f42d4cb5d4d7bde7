package source

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// lookForKinds is how often is asked whether definitions of custom kinds have
// come or gone: an answer that has not changed is one of 304.
const lookForKinds = 20 * time.Second

// aggregated asks for all groups in one answer, which servers give since 1.27.
const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
	"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList," + jsonOnly

// servedKinds knows which custom kinds are installed, where the server tells.
type servedKinds struct {
	mu      sync.Mutex
	known   bool
	paths   map[string]bool // "/apis/keda.sh/v1alpha1/scaledobjects"
	etag    string
	changed chan struct{} // closed when the answer is another one
}

func newServedKinds() *servedKinds { return &servedKinds{changed: make(chan struct{})} }

// versions are those in which the kind can be asked for: none while it is not
// installed, all that are read where nobody knows. The channel is closed when
// that may have changed.
func (k *servedKinds) versions(t watchTarget) ([]string, <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := t.versions()
	if !k.known || !t.custom() {
		return all, k.changed
	}
	var some []string
	info := t.place.kind.Info()
	for _, version := range all {
		if k.paths[groupPath(info.Group, version)+"/"+info.Resource] {
			some = append(some, version)
		}
	}
	return some, k.changed
}

// installed says whether the kind is known to be there.
func (k *servedKinds) installed(t watchTarget) bool {
	versions, _ := k.versions(t)
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.known && len(versions) > 0
}

// look asks once. What is no answer changes nothing.
func (k *servedKinds) look(ctx context.Context, client *liveClient) {
	ctx, cancel := context.WithTimeout(ctx, stallLimit)
	defer cancel()
	header := http.Header{"Accept": {aggregated}}
	k.mu.Lock()
	if k.etag != "" {
		header.Set("If-None-Match", k.etag)
	}
	k.mu.Unlock()
	response, err := client.send(ctx, "/apis", nil, header)
	if err != nil {
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil || response.StatusCode != http.StatusOK {
		return
	}
	paths, known := readDiscovery(body)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known, k.paths, k.etag = known, paths, response.Header.Get("ETag")
	close(k.changed)
	k.changed = make(chan struct{})
}

// readDiscovery lists the paths of the resources; false for another answer than
// one of all groups.
func readDiscovery(body []byte) (map[string]bool, bool) {
	var list struct {
		Kind  string `json:"kind"`
		Items []struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
			Versions []struct {
				Version   string `json:"version"`
				Resources []struct {
					Resource string `json:"resource"`
				} `json:"resources"`
			} `json:"versions"`
		} `json:"items"`
	}
	if json.Unmarshal(body, &list) != nil || list.Kind != "APIGroupDiscoveryList" {
		return nil, false
	}
	paths := map[string]bool{}
	for _, group := range list.Items {
		for _, version := range group.Versions {
			for _, resource := range version.Resources {
				paths[groupPath(group.Metadata.Name, version.Version)+"/"+resource.Resource] = true
			}
		}
	}
	return paths, true
}
