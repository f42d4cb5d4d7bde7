package source

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

func TestNothingSecretIsRecorded(t *testing.T) {
	dir := tree(t, `
-- a.yaml --
apiVersion: apps/v1
kind: Deployment
metadata:
  name: llm
  annotations:
    kubectl.kubernetes.io/last-applied-configuration: '{"secret-1": 1}'
    example.com/note: secret-2
    argocd.argoproj.io/tracking-id: kept-1
spec:
  selector: {}
  template:
    metadata:
      annotations: {vault.example.com/x: secret-3, cluster-autoscaler.kubernetes.io/safe-to-evict: "kept-2"}
    spec:
      initContainers:
      - name: download
        image: curl
        command: [sh, -c, "export HF_TOKEN=secret-4; curl -H 'Authorization: Bearer secret-5' https://user:secret-6@kept-3.example.com"]
      containers:
      - name: vllm
        image: vllm/vllm-openai:v0.11.0
        args: [--model, $(WHICH), --api-key, secret-7, --api-key=secret-8, --hf-token, $(kept-4), --max-num-batched-tokens, kept-5, --tokenizer, kept-6, hf_secret9AbCdEf]
        env:
        - {name: WHICH, value: kept-7}
        - {name: OTHER, value: secret-10}
        - {name: VLLM_API_KEY, value: secret-11}
        - {name: VLLM_EXTRA_ARGS, value: --served-model-name kept-8 --api-key secret-12}
        - {name: HF_HOME, value: /kept-9}
        - {name: MAX_TOTAL_TOKENS, value: "8192"}
        - {name: MAX_INPUT_TOKENS, value: secret-13}
        - {name: NIM_PASSWORD, value: secret-14}
        - {name: FROM, valueFrom: {secretKeyRef: {name: kept-10, key: kept-11}}}
        readinessProbe: {httpGet: {port: 8000, httpHeaders: [{name: X-Api-Key, value: secret-15}, {name: X-Trace, value: kept-12}]}}
      volumes: [{name: scripts, configMap: {name: scripts}}]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: scripts
data:
  start.sh: |
    export API_KEY="secret-16"
    exec vllm serve kept-13 --api-key secret-17 \
      --port 8000
  config.yaml: |
    model: kept-14
    api-key: secret-18
    max-num-batched-tokens: kept-15
  password: secret-19
  short.json: '{"model":"kept-21","auth":{"api_key":"secret-27","apiToken" : "secret-28"},"max_tokens":"kept-22"}'
binaryData: {x: c2VjcmV0LTIw}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: llm
spec:
  scaleTargetRef: {name: llm}
  triggers:
  - type: redis
    metadata: {password: secret-21, passwordFromEnv: kept-16, listName: kept-17}
  - type: prometheus
    metadata: {query: 'sum(x{key="kept-18", token="kept-19"})', serverAddress: 'https://user:secret-22@kept-20', authHeader: "Bearer secret-23", customHeaders: "X-Org=secret-24,X-Auth-Token=secret-25", queryParameters: "trace=secret-26"}
`)
	frame, err := Files{Paths: []string{dir}}.Load(context.Background(), everyKind())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, frame, "v1"); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if at := strings.Index(text, "secret-"); at >= 0 || strings.Contains(text, "hf_secret") || strings.Contains(text, "c2VjcmV0") {
		t.Errorf("recorded: …%s…", text[max(0, at-60):min(len(text), at+40)])
	}
	for i := 1; i <= 22; i++ {
		if word := "kept-" + itoa(i); !strings.Contains(text, word) {
			t.Errorf("%s was not recorded", word)
		}
	}
	for _, name := range []string{"OTHER", "VLLM_API_KEY", "NIM_PASSWORD", `"value":"8192"`} {
		if !strings.Contains(text, name) {
			t.Errorf("%s was not recorded", name)
		}
	}
	if o := frame.Objects.List(inventory.ConfigMap); len(o) != 1 {
		t.Errorf("%d ConfigMaps", len(o))
	}
}

func itoa(i int) string { text, _ := json.Marshal(i); return string(text) }

func TestMaskText(t *testing.T) {
	m := newMask()
	for text, want := range map[string]string{
		"vllm serve m --api-key abc --port 8000":         "vllm serve m --api-key MASKED --port 8000",
		"vllm serve m --api-key 'a b' --port 8000":       "vllm serve m --api-key MASKED --port 8000",
		"--api-key=$KEY --token ${TOKEN} --secret $(S)":  "--api-key=$KEY --token ${TOKEN} --secret $(S)",
		"--max-num-batched-tokens 8192 --tokenizer a/b":  "--max-num-batched-tokens 8192 --tokenizer a/b",
		"HF_TOKEN=abc HF_HOME=/data exec x":              "HF_TOKEN=MASKED HF_HOME=/data exec x",
		`{"hf_token":"a b","model":"m"}`:                 `{"hf_token":"MASKED","model":"m"}`,
		"A_KEY='a b';B=c":                                "A_KEY=MASKED;B=c",
		"apiKey: abc\nmaxTokens: 5\n":                    "apiKey: MASKED\nmaxTokens: 5\n",
		"curl -H 'Authorization: Bearer abcdefgh' x":     "curl -H 'Authorization: Bearer MASKED' x",
		"https://user:pass@host/x":                       "https://user:MASKED@host/x",
		"http://prometheus:9090/x@y":                     "http://prometheus:9090/x@y",
		"ghp_0123456789abcdef sk-0123456789abcdef":       "MASKED MASKED",
		"nvapi-abcdefgh hf_abcdefgh hf_home sk-learn":    "MASKED MASKED hf_home sk-learn",
		`sum(vllm:num_requests_waiting{api_key="x"})`:    `sum(vllm:num_requests_waiting{api_key=MASKED})`,
		"meta-llama/Llama-3-8B keyboard monkey --monkey": "meta-llama/Llama-3-8B keyboard monkey --monkey",
	} {
		if diff := cmp.Diff(want, m.text(text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestMaskingTerminates(t *testing.T) {
	long := strings.Repeat("--api-key --token = : KEY=", 20_000)
	if got := newMask().text(long); len(got) == 0 {
		t.Error("nothing is left")
	}
}
