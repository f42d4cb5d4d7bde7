// Mutate breaks the checks one condition at a time and says which mutants the
// fixtures do not notice:
//
//	go run -C testdata/mutate . [ID…]
//
// Every comparison is negated and moved by its boundary, && and || are swapped,
// a ! is dropped, and every function returns at once. All mutants are built
// into one test binary, in an overlay beside the sources, and chosen by an
// environment variable. The exit code is 1 when fewer than 95 % are noticed.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	rulesDir = "../../checks/rules"
	enough   = 95 // percent of the mutants that the fixtures must notice
	variable = "INFSCALE_MUTANT"
)

// chooser is what mutated conditions call.
const chooser = `package rules

import (
	"os"
	"strconv"
)

var mutantActive, _ = strconv.Atoi(os.Getenv("` + variable + `"))

func mutant(n int) bool { return n == mutantActive }
`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(ids []string) error {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	mutants, overlay, err := mutateRules(dir, ids)
	if err != nil {
		return err
	}
	binary := filepath.Join(dir, "rules.test")
	build := exec.Command("go", "test", "-c", "-o", binary, "-vet=off", "-overlay", overlay, ".")
	build.Dir = rulesDir
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("the mutants do not build: %s", out)
	}
	return judge(binary, mutants)
}

// mutateRules writes the mutated files and the overlay that puts them in the
// place of the real ones.
func mutateRules(dir string, ids []string) (mutants []mutantInfo, overlay string, err error) {
	paths, err := filepath.Glob(filepath.Join(rulesDir, "*.go"))
	if err != nil {
		return nil, "", err
	}
	replace := map[string]string{}
	for _, path := range paths {
		id := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".go"), "_", "-")
		if id == "rules" || strings.HasSuffix(id, "-test") || len(ids) > 0 && !slices.Contains(ids, id) {
			continue
		}
		text, more, err := mutateFile(path, id, len(mutants)+1)
		if err != nil {
			return nil, "", err
		}
		mutants = append(mutants, more...)
		if err := put(replace, dir, path, text); err != nil {
			return nil, "", err
		}
	}
	if len(mutants) == 0 {
		return nil, "", fmt.Errorf("no such check: %v", ids)
	}
	if err := put(replace, dir, filepath.Join(rulesDir, "mutant.go"), []byte(chooser)); err != nil {
		return nil, "", err
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return mutants, overlay, os.WriteFile(overlay, list, 0o600)
}

func put(replace map[string]string, dir, path string, text []byte) error {
	original, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	replace[original] = filepath.Join(dir, filepath.Base(path))
	return os.WriteFile(replace[original], text, 0o600)
}

// judge runs the fixture of each mutant's check, two at a time.
func judge(binary string, mutants []mutantInfo) error {
	noticed := make([]bool, len(mutants))
	var next atomic.Int64
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(mutants); i = int(next.Add(1)) - 1 {
				cmd := exec.Command(binary, "-test.run", "^TestRules$/^"+mutants[i].check+"$", "-test.timeout", "30s")
				cmd.Dir = rulesDir
				cmd.Env = append(os.Environ(), variable+"="+strconv.Itoa(i+1))
				noticed[i] = cmd.Run() != nil
			}
		})
	}
	group.Wait()
	total := 0
	for i, m := range mutants {
		if noticed[i] {
			total++
		} else {
			fmt.Printf("%s: not noticed: %s\n", m.place, m.what)
		}
	}
	percent := 100 * float64(total) / float64(len(mutants))
	fmt.Printf("%d of %d mutants noticed, %.1f %%\n", total, len(mutants), percent)
	if percent < enough {
		return fmt.Errorf("fewer than %d %% noticed", enough)
	}
	return nil
}
