package plugin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// dcgmVariable is the folder of infscale-dcgm and the double of NVIDIA's library.
const dcgmVariable = "INFSCALE_DCGM_DOUBLE"

// buildDCGM builds both for the scripts in the bed, where nothing is compiled.
// Without a C compiler there are none.
func buildDCGM(t *testing.T) {
	t.Helper()
	goTool := func(args ...string) string {
		out, err := exec.Command("go", args...).Output()
		if err != nil {
			t.Fatalf("go %s: %v", strings.Join(args, " "), err)
		}
		return strings.TrimSpace(string(out))
	}
	cc, err := exec.LookPath(goTool("env", "CC"))
	if err != nil {
		return
	}
	folder := t.TempDir()
	headers := filepath.Join(goTool("list", "-m", "-f", "{{.Dir}}", "github.com/NVIDIA/go-dcgm"), "pkg", "dcgm")
	for _, build := range [][]string{
		{"go", "build", "-o", filepath.Join(folder, "infscale-dcgm"), "../cmd/infscale-dcgm"},
		{cc, "-shared", "-fPIC", "-I", headers, "-o", filepath.Join(folder, "libdcgm.so.4"), "../testdata/dcgm/dcgm_double.c"},
	} {
		cmd := exec.Command(build[0], build[1:]...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
	t.Setenv(dcgmVariable, folder)
}
