package krew

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// runner is a CI runner: a clone of a user's repository, and programs on the
// PATH. Release files come from a folder by curl's file protocol.
type runner struct {
	repo string
	env  []string
}

// newRunner makes a repository whose first commit has what stands in one folder
// of the article's manifests, or none, and whose second has another.
func newRunner(t *testing.T, dist, before, after string) *runner {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skipf("the job downloads the archive for amd64, and this is %s", runtime.GOARCH)
	}
	for _, name := range []string{"bash", "curl", "sha256sum", "tar"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("the job's steps need %s: %v", name, err)
		}
	}
	r := &runner{repo: t.TempDir(), env: append(cleanEnviron(), "HOME="+t.TempDir())}
	git(t, r.repo, "init", "--quiet", "--initial-branch=main")
	r.commit(t, before)
	git(t, r.repo, "tag", "base")
	r.commit(t, after)
	r.set("INFSCALE_RELEASE", "file://"+dist)
	return r
}

// commit makes a commit that has a folder of the article's manifests as k8s.
func (r *runner) commit(t *testing.T, folder string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(r.repo, "k8s")); err != nil {
		t.Fatal(err)
	}
	if folder != "" {
		if err := os.CopyFS(filepath.Join(r.repo, "k8s"), os.DirFS(filepath.Join("../testdata/article", folder))); err != nil {
			t.Fatal(err)
		}
	}
	git(t, r.repo, "add", "--all")
	git(t, r.repo, "commit", "--quiet", "--allow-empty", "--message=Use "+cmp.Or(folder, "nothing"))
}

// base is the revision that the change began from.
func (r *runner) base(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("git", "rev-parse", "base")
	cmd.Dir = r.repo
	return strings.TrimSpace(run(t, cmd))
}

// set adds a variable, unless a caller has set it: a job's variables give way
// to the project's.
func (r *runner) set(name, value string) {
	if !slices.ContainsFunc(r.env, func(variable string) bool { return strings.HasPrefix(variable, name+"=") }) {
		r.env = append(r.env, name+"="+value)
	}
}

// shell runs a script as the runner's shell does and returns its exit code and
// what it printed.
func (r *runner) shell(t *testing.T, script string, options ...string) (int, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script.sh")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", append(options, file)...)
	cmd.Dir, cmd.Env = r.repo, r.env
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	t.Logf("%s\n%s", script, out)
	return cmd.ProcessState.ExitCode(), string(out)
}

// readYAML decodes one of the files.
func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// checkSARIF judges a file by SARIF's schema, wants every place in it to be a
// file of the repository, as code scanning does, and returns how many there are.
func checkSARIF(t *testing.T, repo, file string) (places int) {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	schema, err := compiler.Compile("../plugin/render/testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(repo, file))
	if err != nil {
		t.Fatal(err)
	}
	log, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(log); err != nil {
		t.Error(err)
	}
	var found struct {
		Runs []struct {
			Results []struct {
				Locations []struct {
					Physical struct {
						Artifact struct {
							URI string `json:"uri"`
						} `json:"artifactLocation"`
					} `json:"physicalLocation"`
				} `json:"locations"`
			} `json:"results"`
		} `json:"runs"`
	}
	if err := json.Unmarshal(text, &found); err != nil {
		t.Fatal(err)
	}
	for _, result := range found.Runs[0].Results {
		for _, location := range result.Locations {
			places++
			if _, err := os.Stat(filepath.Join(repo, location.Physical.Artifact.URI)); err != nil {
				t.Errorf("a result lies in no file of the repository: %v", err)
			}
		}
	}
	return places
}

// checkJUnit wants failed tests in a JUnit file.
func checkJUnit(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Name    string    `xml:"name,attr"`
			Failure *struct{} `xml:"failure"`
		} `xml:"testcase"`
	}
	var suites struct {
		XMLName xml.Name `xml:"testsuites"`
		Suites  []suite  `xml:"testsuite"`
	}
	if err := xml.Unmarshal(text, &suites); err != nil {
		t.Fatal(err)
	}
	failures := 0
	for _, s := range suites.Suites {
		failed := 0
		for _, c := range s.Cases {
			if c.Failure != nil {
				failed++
			}
		}
		if s.Tests != len(s.Cases) || s.Failures != failed {
			t.Errorf("a suite says %d tests and %d failures, and has %d and %d", s.Tests, s.Failures, len(s.Cases), failed)
		}
		failures += failed
	}
	if failures == 0 {
		t.Error("no test failed")
	}
}

// checkCodeQuality wants what GitLab reads of a code quality report.
func checkCodeQuality(t *testing.T, repo, file string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repo, file))
	if err != nil {
		t.Fatal(err)
	}
	var issues []struct {
		Description string `json:"description"`
		CheckName   string `json:"check_name"`
		Fingerprint string `json:"fingerprint"`
		Severity    string `json:"severity"`
		Location    struct {
			Path  string `json:"path"`
			Lines struct {
				Begin int `json:"begin"`
			} `json:"lines"`
		} `json:"location"`
	}
	if err := json.Unmarshal(text, &issues); err != nil {
		t.Fatal(err)
	}
	if len(issues) == 0 {
		t.Error("the code quality report is empty")
	}
	severities, prints := []string{"info", "minor", "major", "critical", "blocker"}, map[string]bool{}
	for _, issue := range issues {
		if issue.Description == "" || issue.CheckName == "" || issue.Location.Lines.Begin < 1 || !slices.Contains(severities, issue.Severity) {
			t.Errorf("GitLab would not show %+v", issue)
		}
		if prints[issue.Fingerprint] || issue.Fingerprint == "" {
			t.Errorf("the fingerprint %q is missing or not the only one", issue.Fingerprint)
		}
		prints[issue.Fingerprint] = true
		if _, err := os.Stat(filepath.Join(repo, issue.Location.Path)); err != nil {
			t.Error(fmt.Errorf("an issue lies in no file of the repository: %w", err))
		}
	}
}
