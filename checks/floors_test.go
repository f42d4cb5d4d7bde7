package checks_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/infscale/kubectl-infscale/"

// floors says how high each package stands. A package imports what stands
// below it; neighbours never import each other.
var floors = map[string]int{
	"checks/inventory":     0,
	"checks/signals":       1,
	"checks/promql":        1,
	"checks":               2,
	"checks/rules":         3,
	"checks/checktest":     3,
	"plugin/source":        4,
	"plugin/collect":       4,
	"plugin/sim":           4,
	"plugin/render":        4,
	"plugin/fix":           4,
	"tui":                  4,
	"plugin":               5,
	"cmd/kubectl-infscale": 6,
	"cmd/infscale-dcgm":    6,
	"krew":                 7,
}

// outside are packages that touch the world; they are for floor 4 and above.
var outside = []string{"os", "os/exec", "net/http", "net", "k8s.io/client-go"}

func TestFloors(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			checkFile(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, path string) {
	t.Helper()
	own := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), ".."+string(filepath.Separator)))
	floor, stands := floors[own]
	if !stands {
		t.Errorf("%s stands on no floor", own)
		return
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Error(err)
		return
	}
	test := strings.HasSuffix(path, "_test.go")
	for _, spec := range file.Imports {
		name := strings.Trim(spec.Path.Value, `"`)
		if rest, ours := strings.CutPrefix(name, module); ours {
			above, known := floors[rest]
			neighbour := above == floor && rest != own && !test
			if !known || above > floor || neighbour {
				t.Errorf("%s (floor %d) imports %s (floor %d)", path, floor, rest, above)
			}
		}
		if floor < 4 && !test && isOutside(name) {
			t.Errorf("%s (floor %d) imports %s", path, floor, name)
		}
	}
	if floor < 4 && !test {
		text := fileText(t, path)
		if strings.Contains(text, "time.Now(") {
			t.Errorf("%s (floor %d) reads the clock", path, floor)
		}
	}
}

func isOutside(name string) bool {
	for _, pkg := range outside {
		if name == pkg || strings.HasPrefix(name, pkg+"/") && pkg != "os" && pkg != "net" {
			return true
		}
	}
	return false
}

func fileText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
