package krew

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// manifest is what krew reads of a plugin.
type manifest struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name string `json:"name"`
	} `json:"metadata"`
	Spec struct {
		Version          string `json:"version"`
		Homepage         string `json:"homepage"`
		ShortDescription string `json:"shortDescription"`
		Description      string `json:"description"`
		Caveats          string `json:"caveats"`
		Platforms        []struct {
			Selector struct {
				MatchLabels map[string]string `json:"matchLabels"`
			} `json:"selector"`
			URI    string `json:"uri"`
			SHA256 string `json:"sha256"`
			Bin    string `json:"bin"`
		} `json:"platforms"`
	} `json:"spec"`
}

// renderManifest fills the template in as krew-release-bot does: the address is
// a template of its own, and the second line is indented by four spaces.
func renderManifest(t *testing.T, sums map[string]string) []byte {
	t.Helper()
	values := struct{ TagName string }{releaseTag}
	funcs := template.FuncMap{"addURIAndSha": func(address, tag string) (string, error) {
		var uri strings.Builder
		parsed, err := template.New("uri").Parse(address)
		if err != nil {
			return "", err
		}
		if err := parsed.Execute(&uri, struct{ TagName string }{tag}); err != nil {
			return "", err
		}
		hash, known := sums[path.Base(uri.String())]
		if !known {
			return "", fmt.Errorf("%s is not part of the release", uri.String())
		}
		return "uri: " + uri.String() + "\n    sha256: " + hash, nil
	}}
	parsed, err := template.New("infscale.yaml").Funcs(funcs).ParseFiles("infscale.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, values); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestKrewManifest holds the manifest to the rules of the krew index.
func TestKrewManifest(t *testing.T) {
	sums := map[string]string{}
	for i, p := range platforms {
		sums[p.archive()] = strings.Repeat("abcdef"[i:i+1], 64)
	}
	var m manifest
	if err := yaml.UnmarshalStrict(renderManifest(t, sums), &m); err != nil {
		t.Fatal(err)
	}
	if m.Metadata.Name != "infscale" || m.Kind != "Plugin" || m.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" {
		t.Errorf("is %s %s %q", m.APIVersion, m.Kind, m.Metadata.Name)
	}
	if m.Spec.Version != releaseTag {
		t.Errorf("version %q, want %q", m.Spec.Version, releaseTag)
	}
	checkDescriptions(t, m)
	if len(m.Spec.Platforms) != len(platforms) {
		t.Fatalf("%d platforms, want %d", len(m.Spec.Platforms), len(platforms))
	}
	for i, p := range platforms {
		got := m.Spec.Platforms[i]
		if labels := got.Selector.MatchLabels; len(labels) != 2 || labels["os"] != p.os || labels["arch"] != p.arch {
			t.Errorf("platform %d selects %v, want %s on %s", i, labels, p.os, p.arch)
		}
		if uri := m.Spec.Homepage + "/releases/download/" + releaseTag + "/" + p.archive(); got.URI != uri {
			t.Errorf("platform %d is at %s, want %s", i, got.URI, uri)
		}
		if got.SHA256 != sums[p.archive()] || got.Bin != p.plugin() {
			t.Errorf("platform %d has bin %q and sum %q", i, got.Bin, got.SHA256)
		}
	}
}

// checkDescriptions holds to what the index' reviewers ask for: a tagline of 50
// characters with no full stop, and a description without examples of use.
func checkDescriptions(t *testing.T, m manifest) {
	t.Helper()
	const longest = 50
	short := m.Spec.ShortDescription
	if n := utf8.RuneCountInString(short); n == 0 || n > longest {
		t.Errorf("the short description has %d characters, at most %d are allowed", n, longest)
	}
	if strings.HasSuffix(short, ".") || strings.Contains(strings.ToLower(short), "kubectl") {
		t.Errorf("the short description %q ends in a full stop or says that it is for kubectl", short)
	}
	usage := regexp.MustCompile("(?im)^ *(\\$|kubectl|usage:|examples?:)|kubectl infscale|`|--[a-z]")
	if found := usage.FindString(m.Spec.Description); found != "" {
		t.Errorf("the description shows how it is used: %q", found)
	}
	if m.Spec.Description == "" || m.Spec.Homepage == "" {
		t.Error("the description or the home page is missing")
	}
}

// TestReleaseBuildsWhatTheManifestNames keeps the two lists of platforms one.
func TestReleaseBuildsWhatTheManifestNames(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Builds []struct {
			ID     string   `json:"id"`
			GOOS   []string `json:"goos"`
			GOARCH []string `json:"goarch"`
		} `json:"builds"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	var built []platform
	for _, build := range config.Builds {
		if build.ID != "plugin" {
			continue
		}
		for _, system := range build.GOOS {
			for _, arch := range build.GOARCH {
				built = append(built, platform{system, arch})
			}
		}
	}
	if !slices.Equal(built, platforms) {
		t.Errorf("a release builds %v, the manifest has %v", built, platforms)
	}
}
