package krew

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// binaryBudget is what the plugin may weigh on any platform, in bytes.
const binaryBudget = 45_000_000

// platform is what a release has an archive for.
type platform struct{ os, arch string }

var platforms = []platform{
	{"linux", "amd64"},
	{"linux", "arm64"},
	{"darwin", "amd64"},
	{"darwin", "arm64"},
	{"windows", "amd64"},
	{"windows", "arm64"},
}

func (p platform) archive() string {
	if p.os == "windows" {
		return "kubectl-infscale_windows_" + p.arch + ".zip"
	}
	return "kubectl-infscale_" + p.os + "_" + p.arch + ".tar.gz"
}

func (p platform) plugin() string {
	if p.os == "windows" {
		return "kubectl-infscale.exe"
	}
	return "kubectl-infscale"
}

// member is a file in an archive.
type member struct {
	mode     fs.FileMode
	modified time.Time
	data     []byte
}

func testArchives(t *testing.T, dist string) {
	sums := checksums(t, dist)
	if len(sums) != len(platforms) {
		t.Errorf("checksums.txt has %d lines for %d archives", len(sums), len(platforms))
	}
	for _, p := range platforms {
		t.Run(p.os+"-"+p.arch, func(t *testing.T) {
			file := filepath.Join(dist, p.archive())
			if sums[p.archive()] != sum(t, file) {
				t.Errorf("checksums.txt has %q for %s", sums[p.archive()], p.archive())
			}
			checkArchive(t, p, unpack(t, file))
		})
	}
	here := platform{"linux", runtime.GOARCH}
	out := run(t, exec.Command(extract(t, dist, here), "version"))
	if want := "infscale " + releaseTag + " (commit "; !strings.HasPrefix(out, want) || !strings.Contains(out, releaseDate) {
		t.Errorf("the plugin of the release calls itself %q", out)
	}
}

// checkArchive wants the license, the plugin built for the platform and within
// its budget, infscale-dcgm for Linux, and nothing else.
func checkArchive(t *testing.T, p platform, members map[string]member) {
	t.Helper()
	want := []string{"LICENSE", p.plugin()}
	if p.os == "linux" && helperBuilt(p.arch) {
		want = append(want, "infscale-dcgm")
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(members)); !slices.Equal(got, want) {
		t.Fatalf("holds %v, want %v", got, want)
	}
	for name, m := range members {
		mode := fs.FileMode(0o755)
		if name == "LICENSE" {
			mode = 0o644
		}
		if m.mode.Perm() != mode {
			t.Errorf("%s has mode %o, want %o", name, m.mode.Perm(), mode)
		}
		if got := m.modified.UTC().Format(time.RFC3339); got != releaseDate {
			t.Errorf("%s was modified %s, want the commit's %s", name, got, releaseDate)
		}
	}
	plugin := members[p.plugin()].data
	t.Logf("%.1f MB", float64(len(plugin))/1e6)
	if len(plugin) > binaryBudget {
		t.Errorf("%s has %d bytes, over the budget of %d", p.plugin(), len(plugin), binaryBudget)
	}
	checkBuild(t, p, plugin, "0")
	if helper, ok := members["infscale-dcgm"]; ok {
		checkBuild(t, p, helper.data, "1")
	}
}

// checkBuild asks the program itself how it was built.
func checkBuild(t *testing.T, p platform, program []byte, cgo string) {
	t.Helper()
	info, err := buildinfo.Read(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	for key, want := range map[string]string{"GOOS": p.os, "GOARCH": p.arch, "CGO_ENABLED": cgo, "-trimpath": "true"} {
		if settings[key] != want {
			t.Errorf("%s was built with %s=%s, want %s", info.Path, key, settings[key], want)
		}
	}
}

// checksums are those of checksums.txt, by file name.
func checksums(t *testing.T, dist string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dist, "checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if hash, name, found := strings.Cut(strings.TrimSpace(line), "  "); found {
			sums[name] = hash
		}
	}
	return sums
}

// extract puts the plugin of a platform into a folder of its own and returns
// its path.
func extract(t *testing.T, dist string, p platform) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), p.plugin())
	m := unpack(t, filepath.Join(dist, p.archive()))[p.plugin()]
	if err := os.WriteFile(path, m.data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// unpack reads an archive.
func unpack(t *testing.T, file string) map[string]member {
	t.Helper()
	read := unpackTar
	if filepath.Ext(file) == ".zip" {
		read = unpackZip
	}
	members, err := read(file)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return members
}

func unpackTar(file string) (map[string]member, error) {
	packed, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	members := map[string]member{}
	for archive := tar.NewReader(plain); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return members, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return nil, err
		}
		members[header.Name] = member{fs.FileMode(header.Mode), header.ModTime, data}
	}
}

func unpackZip(file string) (map[string]member, error) {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	members := map[string]member{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return nil, err
		}
		members[f.Name] = member{f.Mode(), f.Modified, data}
	}
	return members, nil
}
