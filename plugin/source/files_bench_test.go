package source

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkFiles reads a tree of which one file in twenty is about inference
// and half of the bytes are ConfigMaps of no interest. What it may cost is
// compared with reading the files and decoding the inference documents alone
// in testdata/bench.
func BenchmarkFiles(b *testing.B) {
	const files = 2000
	dir := tree(b, benchTree(files))
	b.ReportAllocs()
	for b.Loop() {
		frame, err := Files{Paths: []string{dir}}.Load(context.Background(), everyKind())
		if err != nil {
			b.Fatal(err)
		}
		if got := len(frame.Objects.Workloads()); got != files/20 {
			b.Fatalf("%d workloads", got)
		}
	}
	b.ReportMetric(float64(files*b.N)/b.Elapsed().Seconds(), "files/s")
}

func benchTree(files int) string {
	var b strings.Builder
	properties := strings.Repeat("    order.batch.limit=8192\n", 300)
	for i := range files {
		name := fmt.Sprintf("app-%05d", i)
		fmt.Fprintf(&b, "-- %d/%s.yaml --", i/100, name)
		if i%20 == 0 {
			b.WriteString(strings.NewReplacer(" llm", " "+name, "namespace: inference", fmt.Sprintf("namespace: inference-%d", i%200)).Replace(vllm))
			continue
		}
		fmt.Fprintf(&b, "\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\n  namespace: web-%d\ndata:\n  application.properties: |\n%s", name, i%100, properties)
		fmt.Fprintf(&b, "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: %s\n  namespace: web-%d\nspec:\n  selector: {matchLabels: {app: %s}}\n"+
			"  template:\n    metadata: {labels: {app: %s}}\n    spec:\n      containers:\n      - name: web\n        image: example.com/%s:1\n", name, i%100, name, name, name)
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Service\nmetadata:\n  name: %s\n  namespace: web-%d\nspec:\n  selector:\n    app: %s\n", name, i%100, name)
	}
	return b.String()
}
