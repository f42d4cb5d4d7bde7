package inventory

import (
	"strings"
	"testing"
)

// TestEveryPatternIsScannedFor holds MayBeInference to its promise: what
// recognise accepts by image, command, kind or accelerator has one of the words.
func TestEveryPatternIsScannedFor(t *testing.T) {
	for _, engine := range engineTable {
		for _, p := range engine.images {
			// A tag does not help where it can be left out or be a digest.
			if image := strings.ReplaceAll(p.path, "*", "x") + ":" + p.tag; !p.accelerated && !namesInference(image) {
				t.Errorf("%s: image %s", engine.ID, p.path)
			}
		}
		for _, p := range engine.commands {
			if text := p.program + " " + p.sub + " " + strings.ReplaceAll(p.module, "*", "x") + " " + p.file; !p.accelerated && !namesInference(text) {
				t.Errorf("%s: command %s", engine.ID, p.name())
			}
		}
	}
	for _, prefix := range acceleratorPrefixes {
		if !MayBeInference([]byte("limits:\n  " + prefix + ": 1\n")) {
			t.Errorf("accelerator %s", prefix)
		}
	}
	for _, kind := range []Kind{InferenceService, NIMService, RayService} {
		if !MayBeInference([]byte("kind: " + kind.Info().Name + "\n")) {
			t.Errorf("kind %s", kind)
		}
	}
}

func TestMayBeInference(t *testing.T) {
	for _, test := range []struct {
		text string
		want bool
	}{
		{"", false},
		{"abc", false},
		{"vllm", true},
		{"xvllm", true},
		{"apiVersion: v1\nkind: ConfigMap\ndata: {minimum: 'nim', tri: ton}\n", false},
		{"image: nginx:1.27\nresources: {limits: {cpu: 1, memory: 1Gi}}\n", false},
		{"image: nginx\nresources: {limits: {nvidia.com/gpu: 1}}\n", true},
		{"resourceClaims: [{name: g}]\n", true},
		{"image: nvcr.io/nim/meta/llama3\n", true},
		{`{"image":"v\u006clm"}`, true},
		{`image: "v\x6clm"`, true},
		{"image: \"vl\\\n  lm\"\n", true},
		{"run: |\n  echo a \\\n    b\n", false},
		{`regexp: "a\\d+\n"`, false},
		{`end: \`, false},
	} {
		if got := MayBeInference([]byte(test.text)); got != test.want {
			t.Errorf("%q: %v", test.text, got)
		}
	}
}

// The scanner steps over text, so every word must be found at every offset and
// behind every neighbour.
func TestScannerSkipsNoWord(t *testing.T) {
	s := inferenceScanner()
	for _, words := range s.words {
		for _, word := range words {
			w := word.text
			for _, before := range []string{"", "a", "ab", "abc", "abcd", "vll", w[:len(w)-1], w[:2]} {
				for _, after := range []string{"", "z"} {
					if !holdsAny(s, before+w+after) {
						t.Errorf("%q is not found in %q", w, before+w+after)
					}
				}
			}
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add("kind: Deployment\nimage: vllm")
	f.Fuzz(func(t *testing.T, text string) {
		s := inferenceScanner()
		want := false
		for _, words := range s.words {
			for _, w := range words {
				want = want || strings.Contains(text, w.text)
			}
		}
		if got := holdsAny(s, text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	})
}

// FuzzShell looks for panics and endless loops, and holds the prefilter to its
// promise about scripts.
func FuzzShell(f *testing.F) {
	for _, text := range []string{
		"vllm serve a/b --port ${PORT:-8000} \\\n --x", "case $x in a) b;; esac", "f() { g; }; for ((i=0;i<3;i++)); do :; done", "a=(b c); d \"${a[@]}\" <<E\nx\nE\n",
		"if [[ $a =~ ^[0-9]+ ]]; then eval \"exec vllm serve $@\"; fi", "$'\\n' `x` $(y \"$(z)\") <(q) 2>&1 | tee", "((", "\"", "${", "a=(", "function f { x; } &", "set -- a; shift; trap x TERM",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := &shellRun{env: &environment{vars: map[string]variable{"PORT": {value: "1", known: true}}}, files: func(file string) (string, bool) { return text, file != "" }, vars: map[string]shellVar{}}
		r.launch(shellCommand{words: []word{{text: "bash", known: true}, {text: "-c", known: true}, {text: text, known: true}}})
		if r.found.engine != nil && r.found.engine.ID == VLLM && !strings.Contains(text, "v") {
			t.Errorf("found %s", r.found.by)
		}
	})
}

func BenchmarkMayBeInference(b *testing.B) {
	text := []byte(strings.Repeat("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: backend\n  labels: {app.kubernetes.io/name: backend}\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n      - name: main\n        image: registry.example.com/team/backend:1.2.3\n        resources: {limits: {memory: 512Mi}}\n", 8))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if MayBeInference(text) {
			b.Fatal("found something")
		}
	}
}
