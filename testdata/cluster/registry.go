//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// registry has every image there is: each is the engine double with a shell.
// Images of hosts that end in .invalid are not to be had, nor are digests that
// were not made here. A tag moves to the next revision of its image when it is
// pushed; the older ones stay, by their digests.
type registry struct {
	layer     blob
	layerPath string

	mu     sync.Mutex
	pushed map[string]int // revisions by NAME:TAG, 0 at first
	latest int            // of all
}

// serveImages starts the registry for the bed's containerd.
func (b *bed) serveImages(tools nodeTools) error {
	layer, err := writeLayer(layerPath(b.config), filepath.Join(b.bin(), "engine-double"), tools.busybox)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", registryAddr)
	if err != nil {
		return err
	}
	go func() { // it ends with the bed
		err := http.Serve(listener, &registry{layer: layer, layerPath: layerPath(b.config), pushed: map[string]int{}})
		fmt.Fprintf(os.Stderr, "bed: the registry ended: %v\n", err)
	}()
	return nil
}

func (g *registry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, found := strings.CutPrefix(r.URL.Path, "/v2/")
	if !found || strings.HasSuffix(r.URL.Query().Get("ns"), ".invalid") {
		http.NotFound(w, r)
		return
	}
	if path == "" {
		return
	}
	name, kind, ref := splitPath(path)
	switch {
	case r.Method == http.MethodPut && kind == "manifests":
		g.push(name, ref)
		w.WriteHeader(http.StatusCreated)
		return
	case kind == "blobs" && ref == g.layer.Digest:
		http.ServeFile(w, r, g.layerPath)
		return
	}
	content, media, err := g.find(name, kind, ref)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	case content == nil:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	w.Header().Set("Docker-Content-Digest", digestOf(content))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content)
	}
}

// push moves a tag.
func (g *registry) push(name, tag string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.latest++
	g.pushed[name+":"+tag] = g.latest
}

// find returns a manifest by its tag or digest, or a configuration by its digest;
// nil where there is none.
func (g *registry) find(name, kind, ref string) (content []byte, media string, err error) {
	g.mu.Lock()
	tagged, latest := g.pushed[name+":"+ref], g.latest
	g.mu.Unlock()
	for revision := range latest + 1 {
		manifest, config, err := imageOf(name, revision, g.layer)
		switch {
		case err != nil:
			return nil, "", err
		case kind == "manifests" && (ref == digestOf(manifest) || !strings.HasPrefix(ref, "sha256:") && revision == tagged):
			return manifest, manifestType, nil
		case kind == "blobs" && ref == digestOf(config):
			return config, configType, nil
		}
	}
	return nil, "", nil
}

// splitPath takes NAME/manifests/REF apart; names have slashes too.
func splitPath(path string) (name, kind, ref string) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 {
		return path, "", ""
	}
	n := len(parts) - 2
	return strings.Join(parts[:n], "/"), parts[n], parts[n+1]
}

// verbPush is "bed push IMAGE".
func verbPush(args []string) error {
	fs := newFlags("push")
	if err := parse(fs, args, 1); err != nil {
		return err
	}
	name, tag := repositoryOf(fs.Arg(0))
	request, err := http.NewRequest(http.MethodPut, "http://"+registryAddr+"/v2/"+name+"/manifests/"+tag, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the registry of --kubelet does not answer: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		return fmt.Errorf("pushing %s: %s", fs.Arg(0), answer.Status)
	}
	return nil
}

// repositoryOf takes an image's name apart, as a container runtime asks for it:
// without its registry.
func repositoryOf(image string) (name, tag string) {
	name, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	if !found {
		tag = "latest"
	}
	path := image[:strings.LastIndex(image, "/")+1]
	if host, rest, _ := strings.Cut(path, "/"); strings.ContainsAny(host, ".:") {
		path = rest
	}
	return path + name, tag
}
