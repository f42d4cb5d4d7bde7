package krew

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// testCronJob applies cronjob.yaml, lets the cluster run it once with a fake
// pod, and does what that pod would: the arguments of the manifest, with the
// service account's token as a pod finds it, and no kubeconfig.
func testCronJob(t *testing.T, dist string) {
	run(t, exec.Command("kubectl", "apply", "-f", "cronjob.yaml"))
	run(t, exec.Command("kubectl", "label", "node", "cpu-0", "infscale.dev/textfile=true"))
	run(t, exec.Command("kubectl", "create", "job", "now", "--from=cronjob/infscale", "-n", "infscale"))
	run(t, exec.Command("kubectl", "wait", "--for=condition=Complete", "job/now", "-n", "infscale", "--timeout=60s"))

	textfile := t.TempDir()
	out := asPod(t, extract(t, dist, platform{"linux", runtime.GOARCH}), cronJobArgs(t, textfile))
	for _, unwanted := range []string{"forbidden", "not judged", "not measured"} {
		if strings.Contains(out, unwanted) {
			t.Errorf("the role does not suffice, or something was not read: %q in\n%s", unwanted, out)
		}
	}
	file := filepath.Join(textfile, "infscale.prom")
	checkTextfile(t, file)
	t.Run("alerts", func(t *testing.T) { testAlerts(t, file) })
}

// cronJobArgs are the container's arguments as the API server took them, with
// another folder in the place of the mounted one.
func cronJobArgs(t *testing.T, textfile string) []string {
	t.Helper()
	var job struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							ServiceAccountName string `json:"serviceAccountName"`
							Containers         []struct {
								Args         []string `json:"args"`
								VolumeMounts []struct {
									MountPath string `json:"mountPath"`
								} `json:"volumeMounts"`
							} `json:"containers"`
						} `json:"spec"`
					} `json:"template"`
				} `json:"spec"`
			} `json:"jobTemplate"`
		} `json:"spec"`
	}
	out := run(t, exec.Command("kubectl", "get", "cronjob", "infscale", "-n", "infscale", "-o", "json"))
	if err := json.Unmarshal([]byte(out), &job); err != nil {
		t.Fatal(err)
	}
	pod := job.Spec.JobTemplate.Spec.Template.Spec
	if pod.ServiceAccountName != "infscale" || len(pod.Containers) != 1 {
		t.Fatalf("the pod runs as %q with %d containers", pod.ServiceAccountName, len(pod.Containers))
	}
	mount := "=" + pod.Containers[0].VolumeMounts[0].MountPath + "/"
	var args []string
	for _, arg := range pod.Containers[0].Args {
		args = append(args, strings.Replace(arg, mount, "="+textfile+"/", 1))
	}
	return args
}

// asPod runs a program as a pod runs it: the API server in the environment, the
// token and the authority in /var/run/secrets, and nothing else. The files lie
// in a mount namespace of their own.
func asPod(t *testing.T, program string, args []string) string {
	t.Helper()
	account := t.TempDir()
	token := run(t, exec.Command("kubectl", "create", "token", "infscale", "-n", "infscale"))
	server, authority := cluster(t)
	for name, text := range map[string][]byte{"token": []byte(strings.TrimSpace(token)), "ca.crt": authority, "namespace": []byte("infscale")} {
		if err := os.WriteFile(filepath.Join(account, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	host, port, _ := strings.Cut(strings.TrimPrefix(server, "https://"), ":")
	const enter = `mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io/serviceaccount &&
		cp "$1"/* /run/secrets/kubernetes.io/serviceaccount/ && shift && exec "$@"`
	cmd := exec.Command("unshare", append([]string{"--user", "--map-root-user", "--mount", "sh", "-c", enter, "sh", account, program}, args...)...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "KUBERNETES_SERVICE_HOST=" + host, "KUBERNETES_SERVICE_PORT=" + port}
	return run(t, cmd)
}

// cluster is the address of the API server and who vouches for it.
func cluster(t *testing.T) (server string, authority []byte) {
	t.Helper()
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server    string `json:"server"`
				Authority []byte `json:"certificate-authority-data"`
			} `json:"cluster"`
		} `json:"clusters"`
	}
	out := run(t, exec.Command("kubectl", "config", "view", "--raw", "--minify", "-o", "json"))
	if err := json.Unmarshal([]byte(out), &config); err != nil || len(config.Clusters) != 1 {
		t.Fatalf("%v in %s", err, out)
	}
	return config.Clusters[0].Cluster.Server, config.Clusters[0].Cluster.Authority
}

// checkTextfile reads the file as node_exporter does: with Prometheus' parser.
func checkTextfile(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if coverage := families["infscale_coverage_ratio"].GetMetric(); len(coverage) != 1 || coverage[0].GetGauge().GetValue() != 1 {
		t.Errorf("the coverage is %v, want 1", coverage)
	}
	found := false
	for _, metric := range families["infscale_workload_findings"].GetMetric() {
		for _, label := range metric.GetLabel() {
			found = found || label.GetName() == "check" && label.GetValue() == "keda-mean-with-averagevalue"
		}
	}
	if !found {
		t.Errorf("keda-mean-with-averagevalue is missing in\n%s", text)
	}
}
