package render

import (
	"net/url"
	"path/filepath"
	"strings"
)

// relativeTo returns a file name as seen from the root, with forward slashes.
// Names that are relative already, or lie outside of the root, stay.
func relativeTo(root, file string) string {
	if root != "" && filepath.IsAbs(file) {
		if rel, err := filepath.Rel(root, file); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
			file = rel
		}
	}
	return filepath.ToSlash(file)
}

// newArtifact addresses a file: by a relative reference from the root of the
// source, or by a file URI where only the absolute name is known.
func newArtifact(file, root string) sarifArtifact {
	path := relativeTo(root, file)
	if strings.HasPrefix(path, "/") {
		return sarifArtifact{URI: (&url.URL{Scheme: "file", Path: path}).String()}
	}
	return sarifArtifact{URI: (&url.URL{Path: strings.TrimPrefix(path, "./")}).String(), URIBaseID: "%SRCROOT%"}
}

// uriText is an address that we print as a URI, escaped where it is none; empty
// when it cannot be one.
func uriText(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return Clean(u.String())
}
