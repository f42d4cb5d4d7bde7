package inventory_test

import (
	"fmt"
	"testing"
)

// weightsOf is a vLLM with a model and one volume at a place.
func weightsOf(model, mount, volume, more string) string {
	return deploymentOf(fmt.Sprintf("image: vllm/vllm-openai:v0.18.1\nargs: [%s]\nvolumeMounts: [{name: v, mountPath: %s}]\n%s", model, mount, more)) +
		fmt.Sprintf("      volumes: [{name: v, %s}]\n", volume)
}

func TestRefetches(t *testing.T) {
	const hub, home, scratch = "Qwen/Qwen3-32B", "/root/.cache/huggingface", "emptyDir: {}"
	fetching := func(image, command, mount string) string {
		return weightsOf("/models/q", "/models", scratch, "") +
			fmt.Sprintf("      initContainers: [{name: i, image: '%s', command: %s, volumeMounts: [%s]}]\n", image, command, mount)
	}
	const writes, reads = "{name: v, mountPath: /m}", "{name: v, mountPath: /m, readOnly: true}"
	for _, test := range []struct{ name, text, want string }{
		{"layer", deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [" + hub + "]"), "/root/.cache/huggingface/hub on "},
		{"shared memory", weightsOf(hub, "/dev/shm", "emptyDir: {medium: Memory}", ""), "/root/.cache/huggingface/hub on "},
		{"scratch", weightsOf(hub, home, scratch, ""), "/root/.cache/huggingface/hub on v at spec.template.spec.volumes[0]"},
		{"claim", weightsOf(hub, home, "persistentVolumeClaim: {claimName: c}", ""), ""},
		{"claim elsewhere", weightsOf(hub, "/models", "persistentVolumeClaim: {claimName: c}", ""), ""},
		{"cache elsewhere", weightsOf(hub, "/hf-cache", scratch, ""), ""},
		{"scratch elsewhere", weightsOf(hub, "/work", scratch, ""), "/root/.cache/huggingface/hub on "},
		{"compiled kernels", weightsOf(hub, "/root/.cache/vllm", "persistentVolumeClaim: {claimName: c}", ""), "/root/.cache/huggingface/hub on "},
		{"device files", weightsOf(hub, "/dev/infiniband", "hostPath: {path: /dev/infiniband}", ""), "/root/.cache/huggingface/hub on "},
		{"libraries", weightsOf(hub, "/opt/lib", "hostPath: {path: /usr/lib64}", ""), "/root/.cache/huggingface/hub on "},
		{"host's models", weightsOf(hub, "/opt/lib", "hostPath: {path: /data}", ""), ""},
		{"settings", weightsOf(hub, "/models", "configMap: {name: c}", ""), "/root/.cache/huggingface/hub on "},
		{"secrets", weightsOf(hub, "/mnt/s", "csi: {driver: secrets-store.csi.k8s.io}", ""), "/root/.cache/huggingface/hub on "},
		{"bucket elsewhere", weightsOf(hub, "/mnt/s", "csi: {driver: s3.csi.aws.com}", ""), ""},
		{"offline", weightsOf(hub, home, scratch, "env: [{name: HF_HUB_OFFLINE, value: '1'}]"), ""},
		{"online", weightsOf(hub, home, scratch, "env: [{name: HF_HUB_OFFLINE, value: '0'}]"), "/root/.cache/huggingface/hub on v at spec.template.spec.volumes[0]"},
		{"mirror", weightsOf(hub, home, scratch, "env: [{name: HF_ENDPOINT, value: 'http://hub'}]"), "/root/.cache/huggingface/hub on v at spec.template.spec.volumes[0] from http://hub"},
		{"unknown loader", deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [" + hub + ", --load-format=own]"), ""},
		{"plain loader", deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [" + hub + ", --load-format=auto]"), "/root/.cache/huggingface/hub on "},
		{"baked", deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [/opt/model]"), ""},
		{"path on scratch", weightsOf("/models/q", "/models", scratch, ""), ""},
		{"fetched", fetching("amazon/aws-cli", "[aws, s3, sync, 's3://b', /m]", writes), "/models/q on v at spec.template.spec.volumes[0] by i"},
		{"fetched by an image", fetching("kserve/storage-initializer:v0.15.0", "[]", writes), "/models/q on v at spec.template.spec.volumes[0] by i"},
		{"copied", fetching("busybox", "[cp, -r, /claim, /m]", writes), ""},
		{"looked at", fetching("curlimages/curl", "[curl, 'http://x']", reads), ""},
		{"fetched elsewhere", fetching("curlimages/curl", "[curl, 'http://x']", ""), ""},
	} {
		w := recognised(t, test.text)
		f, again := w.Refetches()
		got := ""
		if again {
			got = f.Dir + " on "
			if f.Volume != nil {
				got += f.Volume.Name + " at " + f.Path.String()
			}
			if f.Init != "" {
				got += " by " + f.Init
			}
			if f.Mirror != "" {
				got += " from " + f.Mirror
			}
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
