//go:build linux

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const operatorPort = "8086"

// operatorServices join a bed with --prometheus-operator.
var operatorServices = []service{
	{name: "prometheus-operator", args: operatorArgs, ready: "http://127.0.0.1:" + operatorPort + "/healthz"},
}

func operatorArgs(config) []string {
	return []string{"--web.listen-address=127.0.0.1:" + operatorPort, "--log-level=warn"}
}

// prometheusFolder is where Prometheus' first configuration lies. The operator's
// follows it.
func (c config) prometheusFolder() string {
	if c.Operator {
		return "operator"
	}
	return "metrics"
}

// startOperator starts prometheus-operator, and waits until Prometheus has the
// first configuration that it wrote.
func (b *bed) startOperator(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(b.Manifests, "operator", "objects.yaml"))
	if err != nil {
		return err
	}
	objects := filepath.Join(b.Data, "operator.yaml")
	if err := os.WriteFile(objects, bytes.ReplaceAll(text, []byte("METRICS_PKI"), []byte(b.metricsPKI())), 0o600); err != nil {
		return err
	}
	if err := b.kubectl(ctx, "apply", "--server-side", "-f", objects); err != nil {
		return err
	}
	if err := b.startAll(ctx, operatorServices, metricEnv(b.config)); err != nil {
		return err
	}
	known := ""
	follow := func(ctx context.Context) error { return b.followOperator(ctx, &known) }
	if err := b.wait(ctx, b.process("prometheus-operator"), follow); err != nil {
		return err
	}
	go func() {
		for range time.Tick(500 * time.Millisecond) {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			_ = follow(ctx) // the next time, then: a proof waits for what it shows
			cancel()
		}
	}()
	return nil
}

// followOperator does the work of prometheus-config-reloader: what the operator
// wrote into the Secret becomes Prometheus' configuration, with the variables of
// the Prometheus pod filled in, unless it is already.
func (b *bed) followOperator(ctx context.Context, known *string) error {
	text, err := b.operatorConfiguration(ctx)
	if err != nil || text == *known {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.Data, "prometheus.yaml"), []byte(text), 0o600); err != nil {
		return err
	}
	if _, err := b.api.do(ctx, http.MethodPost, "http://127.0.0.1:9090/-/reload", "", "*/*", nil); err != nil {
		return err
	}
	*known = text
	return nil
}

func (b *bed) operatorConfiguration(ctx context.Context) (string, error) {
	var secret struct{ Data map[string][]byte }
	if err := b.api.get(ctx, "/api/v1/namespaces/monitoring/secrets/prometheus-bed", "application/json", &secret); err != nil {
		return "", err
	}
	zipped, err := gzip.NewReader(bytes.NewReader(secret.Data["prometheus.yaml.gz"]))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(zipped)
	if err == nil && !strings.Contains(string(text), "scrape_configs:") {
		err = errors.New("the operator has not written what Prometheus scrapes")
	}
	return strings.NewReplacer("$(POD_NAME)", "prometheus-bed-0", "$(SHARD)", "0").Replace(string(text)), err
}
