package source

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// World says whether what is not in the input is missing.
type World uint8

// The worlds. In AutoWorld a directory, a kustomization and a chart are closed
// for the kinds that belong to a workload, in the namespaces they mention;
// a file named by hand and standard input are open.
const (
	AutoWorld World = iota
	OpenWorld
	ClosedWorld
)

// ParseWorld reads the word that people write for a world.
func ParseWorld(word string) (World, error) {
	switch word {
	case "auto", "":
		return AutoWorld, nil
	case "open":
		return OpenWorld, nil
	case "closed":
		return ClosedWorld, nil
	}
	return AutoWorld, fmt.Errorf("%q is no world: choose auto, open or closed", word)
}

// Files reads manifests: files, directories, kustomizations and charts.
// Nothing in it is ever fetched from an address.
type Files struct {
	// Paths are files, directories and "-" for Stdin. A directory is read with
	// all below it but for hidden entries, node_modules and vendor; links to
	// directories are not followed, as kubectl does not follow them.
	Paths []string
	// Kustomize are directories to build, as kubectl kustomize would.
	Kustomize []string
	// Helm are charts to render with the helm program.
	Helm  []HelmChart
	Stdin io.Reader
	World World
	// Namespace is that of manifests which name none; empty leaves them
	// without one.
	Namespace string
	// MaxFileBytes bounds one file, and one rendering; 0 is 100 MB.
	MaxFileBytes int64
	// At is the frame's moment; zero is now.
	At time.Time
	// Stats, when not nil, is filled by Load.
	Stats *Stats
}

// HelmChart is a chart, as a local directory or archive, and its values files,
// the last of which wins.
type HelmChart struct {
	Chart  string
	Values []string
}

// Stats says what a load did.
type Stats struct {
	Files     int // read, renderings and standard input among them
	Documents int
	Decoded   int // documents that were more than scanned
	// PassedOver are documents in directories that are no Kubernetes objects.
	PassedOver int
	// Notes are worth saying, although nothing was left unread.
	Notes []inventory.Problem
}

// defaultMaxFileBytes is far above any manifest and far below what would
// trouble a CI runner's memory.
const defaultMaxFileBytes = 100_000_000

// Load reads the manifests that the needs ask for; everything else becomes a
// stub. What could not be read is in the *Incomplete that comes with the
// frame. Any other error is wrong usage, such as a path that does not exist.
func (f Files) Load(ctx context.Context, needs checks.Needs) (checks.Frame, error) {
	if f.MaxFileBytes <= 0 {
		f.MaxFileBytes = defaultMaxFileBytes
	}
	if f.At.IsZero() {
		f.At = time.Now()
	}
	l := newFilesLoad(f, needs)
	if err := l.readAll(ctx); err != nil {
		return checks.Frame{}, err
	}
	if err := l.readChosen(ctx); err != nil {
		return checks.Frame{}, err
	}
	m := l.merge()
	frame := checks.Frame{At: f.At, Objects: m.builder.Build()}
	if f.Stats != nil {
		*f.Stats = m.stats
	}
	if len(m.problems) > 0 {
		return frame, &Incomplete{Problems: m.problems}
	}
	return frame, nil
}
