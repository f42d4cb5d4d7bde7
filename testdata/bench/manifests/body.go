package manifests

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// body is one entry of a ConfigMap's data: a configuration file as people keep
// them there, already indented for the literal block it goes into.
type body struct{ File, Text string }

const (
	smallestBody = 1_000
	largestBody  = 20_000
)

// bodies fills a ConfigMap with 1 to 20 KB of text in one or two entries.
// ConfigMaps are most of the tree's bytes, as they are of real trees, and a
// linter for inference has no reason to decode any of them.
func bodies(r *rand.Rand) []body {
	size := smallestBody + r.IntN(largestBody-smallestBody)
	styles := []func(*rand.Rand) string{propertyLine, proxyLine, alertLines, tableLine}
	files := []string{"application.properties", "proxy.conf", "alerts.yaml", "schema.sql"}
	first := r.IntN(len(styles))
	if size < 6_000 {
		return []body{{files[first], text(r, styles[first], size)}}
	}
	second := (first + 1 + r.IntN(len(styles)-1)) % len(styles)
	return []body{
		{files[first], text(r, styles[first], size/2)},
		{files[second], text(r, styles[second], size/2)},
	}
}

func text(r *rand.Rand, line func(*rand.Rand) string, size int) string {
	var b strings.Builder
	for b.Len() < size {
		for l := range strings.Lines(line(r)) {
			b.WriteString("    ")
			b.WriteString(l)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func word(r *rand.Rand) string {
	words := [...]string{
		"account", "balance", "batch", "buffer", "cart", "channel", "client", "customer", "delivery", "event",
		"index", "invoice", "ledger", "limit", "order", "partner", "policy", "price", "queue", "refund",
		"region", "session", "stock", "tenant", "token", "voucher",
	}
	return words[r.IntN(len(words))]
}

func propertyLine(r *rand.Rand) string {
	return fmt.Sprintf("%s.%s.%s=%d", word(r), word(r), word(r), r.IntN(100_000))
}

func proxyLine(r *rand.Rand) string {
	return fmt.Sprintf("location /%s/%s/ { proxy_pass http://%s-%d.internal:%d; proxy_read_timeout %ds; }",
		word(r), word(r), word(r), r.IntN(100), 8000+r.IntN(100), 5+r.IntN(60))
}

// alertLines puts YAML into YAML: keys that look like a manifest's own to
// whoever does not mind the indentation.
func alertLines(r *rand.Rand) string {
	w := word(r)
	return fmt.Sprintf("- kind: alert\n  name: %s-%s-slow\n  expr: rate(%s_seconds_sum[5m]) > %d\n  for: %dm",
		w, word(r), w, r.IntN(50), 1+r.IntN(30))
}

func tableLine(r *rand.Rand) string {
	return fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s_%s_%d ON %s (%s_id, created_at); -- since %d",
		word(r), word(r), r.IntN(1000), word(r), word(r), 2015+r.IntN(12))
}
