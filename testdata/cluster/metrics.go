//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Ports of the metric path.
const (
	prometheusPort  = 9090
	adapterPort     = 6444
	kedaPort        = 6445
	kedaWebhookPort = 9443
	kedaGRPC        = "127.0.0.1:9666"
	kedaHealth      = "127.0.0.1:8081"
	kedaHooksHealth = "127.0.0.1:8082"
)

// metricServices join a bed with --metrics once its cluster is fit for use.
var metricServices = []service{
	{name: "engine-double", args: func(config) []string { return nil }, ready: "http://127.0.0.1:8000/health"},
	{name: "prometheus", args: prometheusArgs, ready: "http://127.0.0.1:9090/-/ready"},
	{name: "prometheus-adapter", args: adapterArgs},
	{name: "keda-operator", args: kedaOperatorArgs, ready: "http://" + kedaHealth + "/readyz"},
	{name: "keda-adapter", args: kedaAdapterArgs},
	{name: "keda-webhooks", args: kedaWebhookArgs, ready: "http://" + kedaHooksHealth + "/readyz"},
}

func prometheusArgs(c config) []string {
	return []string{
		"--config.file=" + filepath.Join(c.Data, "prometheus.yaml"),
		"--storage.tsdb.path=" + filepath.Join(c.Data, "prometheus"),
		"--web.listen-address=0.0.0.0:" + strconv.Itoa(prometheusPort),
		"--web.enable-lifecycle",
		"--log.level=warn",
	}
}

// extensionArgs let a server be called through the API server.
func extensionArgs(c config, port int) []string {
	kubeconfig := c.kubeconfig("admin")
	return []string{
		"--secure-port=" + strconv.Itoa(port),
		"--bind-address=0.0.0.0",
		"--tls-cert-file=" + filepath.Join(c.metricsPKI(), "tls.crt"),
		"--tls-private-key-file=" + filepath.Join(c.metricsPKI(), "tls.key"),
		"--client-ca-file=" + c.pki("ca.crt"),
		"--requestheader-client-ca-file=" + c.pki("front-proxy-ca.crt"),
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
	}
}

func adapterArgs(c config) []string {
	return append(extensionArgs(c, adapterPort),
		"--lister-kubeconfig="+c.kubeconfig("admin"),
		"--prometheus-url=http://127.0.0.1:"+strconv.Itoa(prometheusPort),
		"--config="+filepath.Join(c.Data, "adapter.yaml"),
		"--metrics-relist-interval=2s",
		"--metrics-max-age=1m")
}

func kedaOperatorArgs(c config) []string {
	return []string{
		"--zap-log-level=info", "--zap-encoder=console",
		"--enable-cert-rotation=false", "--cert-dir=" + c.metricsPKI(), "--ca-dir=" + c.metricsPKI(),
		"--metrics-bind-address=127.0.0.1:8083",
		"--health-probe-bind-address=" + kedaHealth,
		"--metrics-service-bind-address=" + kedaGRPC,
	}
}

func kedaAdapterArgs(c config) []string {
	return append(extensionArgs(c, kedaPort), "--lister-kubeconfig="+c.kubeconfig("admin"),
		"--port=8084", "--cert-dir="+c.metricsPKI(), "--metrics-service-address="+kedaGRPC)
}

func kedaWebhookArgs(c config) []string {
	return []string{
		"--zap-log-level=info", "--zap-encoder=console", "--cert-dir=" + c.metricsPKI(),
		"--port=" + strconv.Itoa(kedaWebhookPort),
		"--metrics-bind-address=127.0.0.1:8085",
		"--health-probe-bind-address=" + kedaHooksHealth,
	}
}

// metricsPKI is a folder as KEDA wants it: ca.crt, tls.crt and tls.key, for
// both ends of its gRPC and for every server of the metric path.
func (c config) metricsPKI() string { return c.pki("metrics") }

func writeMetricsPKI(c config, ca *authority, now time.Time) error {
	if err := os.MkdirAll(c.metricsPKI(), 0o700); err != nil {
		return err
	}
	hosts := []string{"127.0.0.1", "localhost", "prometheus-adapter.monitoring.svc", "keda-operator-metrics-apiserver.keda.svc", "metrics-server.kube-system.svc"}
	serving, err := ca.peer(now, "metrics", hosts...)
	if err != nil {
		return err
	}
	scraper, err := ca.client(now, "prometheus", "system:masters")
	if err != nil {
		return err
	}
	authority, err := ca.pair()
	if err != nil {
		return err
	}
	return errors.Join(serving.save(c.metricsPKI(), "tls"), scraper.save(c.metricsPKI(), "prometheus"), authority.save(c.metricsPKI(), "ca"))
}

// metricEnv tells KEDA's programs where they would run.
func metricEnv(c config) []string {
	return append(serviceEnv(c), "KUBECONFIG="+c.kubeconfig("admin"),
		"POD_NAMESPACE=keda", "KEDA_CLUSTER_OBJECT_NAMESPACE=keda", "WATCH_NAMESPACE=")
}

// startMetrics starts the metric path and waits until the metrics APIs answer.
func (b *bed) startMetrics(ctx context.Context) error {
	objects, err := b.writeMetricFiles()
	if err != nil {
		return err
	}
	if err := b.kubectl(ctx, "apply", "--server-side", "-f", objects); err != nil {
		return err
	}
	if err := b.startAll(ctx, metricServices, metricEnv(b.config)); err != nil {
		return err
	}
	for program, registration := range map[string]string{
		"prometheus-adapter": "v1beta1.custom.metrics.k8s.io",
		"keda-adapter":       "v1beta1.external.metrics.k8s.io",
	} {
		if err := b.wait(ctx, b.process(program), func(ctx context.Context) error {
			return b.api.reach(ctx, apiURL+"/apis/"+strings.TrimPrefix(registration, "v1beta1.")+"/v1beta1")
		}); err != nil {
			return err
		}
	}
	go b.silenceGone()
	if b.Operator {
		return b.startOperator(ctx)
	}
	return nil
}

// writeMetricFiles fills the manifests in, and takes the adapter's
// configuration out of its ConfigMap: what doctor reads is what runs.
func (b *bed) writeMetricFiles() (objects string, err error) {
	ca, err := os.ReadFile(b.pki("ca.crt"))
	if err != nil {
		return "", err
	}
	fill := strings.NewReplacer(
		"KUBECONFIG", b.kubeconfig("admin"),
		"WEBHOOK_PORT", strconv.Itoa(kedaWebhookPort),
		"ADAPTER_PORT", strconv.Itoa(adapterPort),
		"KEDA_PORT", strconv.Itoa(kedaPort),
		": CA", ": "+base64.StdEncoding.EncodeToString(ca))
	texts := map[string]string{}
	for name, folder := range map[string]string{"prometheus.yaml": b.prometheusFolder(), "objects.yaml": "metrics"} {
		text, err := os.ReadFile(filepath.Join(b.Manifests, folder, name))
		if err != nil {
			return "", err
		}
		texts[name] = fill.Replace(string(text))
	}
	_, rules, _ := strings.Cut(texts["objects.yaml"], "  config.yaml: |\n")
	rules, _, _ = strings.Cut(rules, "\n---\n")
	texts["adapter.yaml"] = strings.ReplaceAll("\n"+rules, "\n    ", "\n")
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(b.Data, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(b.Data, "objects.yaml"), nil
}

// kubectl runs the bed's kubectl as the administrator.
func (b *bed) kubectl(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(b.bin(), "kubectl"), args...)
	cmd.Env = append(serviceEnv(b.config), "KUBECONFIG="+b.kubeconfig("admin"), "KUBERC=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("kubectl %s: %w\n%s", args[0], err, lastLines(string(out), 10))
	}
	return nil
}
