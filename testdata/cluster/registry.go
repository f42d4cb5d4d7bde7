//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// registry has every image there is: each is the engine double with a shell.
// Images of hosts that end in .invalid are not to be had, nor are digests that
// were not made here.
type registry struct {
	layer     blob
	layerPath string
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
		err := http.Serve(listener, &registry{layer, layerPath(b.config)})
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
	manifest, config, err := imageOf(name, g.layer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	content, media := []byte(nil), ""
	switch {
	case kind == "manifests" && (!strings.HasPrefix(ref, "sha256:") || ref == digestOf(manifest)):
		content, media = manifest, manifestType
	case kind == "blobs" && ref == digestOf(config):
		content, media = config, configType
	case kind == "blobs" && ref == g.layer.Digest:
		http.ServeFile(w, r, g.layerPath)
		return
	default:
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

// splitPath takes NAME/manifests/REF apart; names have slashes too.
func splitPath(path string) (name, kind, ref string) {
	parts := strings.Split(path, "/")
	if len(parts) < 3 {
		return path, "", ""
	}
	n := len(parts) - 2
	return strings.Join(parts[:n], "/"), parts[n], parts[n+1]
}
