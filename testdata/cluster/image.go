//go:build linux

package main

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Media types of an image.
const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar"
)

// enginePath is where the engine double lies in an image.
const enginePath = "/usr/local/bin/engine"

// Other names of the programs in an image.
var (
	engineNames  = []string{"/usr/local/bin/vllm", "/usr/bin/python3", "/usr/bin/python", "/usr/local/bin/sglang", "/usr/local/bin/text-generation-launcher", "/pause"}
	busyboxNames = []string{"sh", "sleep", "kill", "cat", "ls", "ps", "wget", "echo", "test", "true", "false", "date", "env", "tee", "timeout", "touch", "rm"}
)

// A bash that is a sh: what it replaces is itself, so that the processes of a
// container are those that they would be.
const bash = "#!/bin/sh\nexec /bin/sh \"$@\"\n"

// entries are what images of a name start without a command of the pod's.
var entries = []struct {
	part, engine string // of the image's name, and whose double it is
	entrypoint   []string
}{
	{"pause", "", []string{"/pause"}},
	{"sglang", "sglang", []string{"python3", "-m", "sglang.launch_server"}},
	{"text-generation-inference", "tgi", []string{"text-generation-launcher"}},
	{"", "vllm", []string{"vllm", "serve"}},
}

// blob is a piece of an image, by its content.
type blob struct {
	Type   string `json:"mediaType"`
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// writeLayer writes the one layer that all images share.
func writeLayer(path, engine, busybox string) (blob, error) {
	file, err := os.Create(path)
	if err != nil {
		return blob{}, err
	}
	sum := sha256.New()
	err = fillLayer(tar.NewWriter(io.MultiWriter(file, sum)), engine, busybox)
	about, statErr := file.Stat()
	if err := errors.Join(err, statErr, file.Close()); err != nil {
		return blob{}, err
	}
	return blob{layerType, "sha256:" + hex.EncodeToString(sum.Sum(nil)), about.Size()}, nil
}

func fillLayer(layer *tar.Writer, engine, busybox string) error {
	add := func(header tar.Header, content []byte) error {
		header.Size = int64(len(content))
		header.Name = strings.TrimPrefix(header.Name, "/")
		if err := layer.WriteHeader(&header); err != nil {
			return err
		}
		_, err := layer.Write(content)
		return err
	}
	link := func(name, to string) error {
		return add(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: to, Mode: 0o777}, nil)
	}
	for name, from := range map[string]string{enginePath: engine, "/bin/busybox": busybox} {
		content, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := add(tar.Header{Name: name, Mode: 0o755}, content); err != nil {
			return err
		}
	}
	err := errors.Join(
		add(tar.Header{Name: "/bin/bash", Mode: 0o755}, []byte(bash)),
		add(tar.Header{Typeflag: tar.TypeDir, Name: "/tmp/", Mode: 0o1777}, nil),
		add(tar.Header{Name: "/etc/passwd", Mode: 0o644}, []byte("root:x:0:0:root:/root:/bin/sh\n")))
	for _, name := range engineNames {
		err = errors.Join(err, link(name, enginePath))
	}
	for _, name := range busyboxNames {
		err = errors.Join(err, link("/bin/"+name, "/bin/busybox"))
	}
	return errors.Join(err, layer.Close())
}

// imageOf makes the manifest and the configuration of an image of this name.
func imageOf(name string, revision int, layer blob) (manifest, config []byte, err error) {
	for _, entry := range entries {
		if !strings.Contains(name, entry.part) {
			continue
		}
		config, err = json.Marshal(map[string]any{
			"architecture": runtime.GOARCH, "os": "linux",
			"config": map[string]any{
				"Entrypoint": entry.entrypoint,
				"Env":        []string{"PATH=/usr/local/bin:/usr/bin:/bin", "ENGINE=" + entry.engine, fmt.Sprintf("REVISION=%d", revision)},
			},
			"rootfs": map[string]any{"type": "layers", "diff_ids": []string{layer.Digest}},
		})
		if err != nil {
			return nil, nil, err
		}
		manifest, err = json.Marshal(map[string]any{
			"schemaVersion": 2, "mediaType": manifestType,
			"config": blob{configType, digestOf(config), int64(len(config))},
			"layers": []blob{layer},
		})
		return manifest, config, err
	}
	return nil, nil, fmt.Errorf("no image is called %q", name)
}

func layerPath(c config) string { return filepath.Join(c.node(), "layer.tar") }
