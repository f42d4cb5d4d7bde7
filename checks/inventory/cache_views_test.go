package inventory_test

import (
	"fmt"
	"testing"
)

const (
	pvc      = "persistentVolumeClaim: {claimName: c}"
	hubModel = "Qwen/Qwen3-8B"
	hubHome  = "/root/.cache/huggingface"
)

func TestMissesCache(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"beside, by name", weightsOf(hubModel, "/models", pvc, ""), "/models known named movable at volumeMounts[0].mountPath"},
		{"beside, without one", weightsOf(hubModel, "/data", pvc, ""), "/data known movable at volumeMounts[0].mountPath"},
		{"claim's name", weightsOf(hubModel, "/data", "persistentVolumeClaim: {claimName: model-cache}", ""), "/data known named movable at volumeMounts[0].mountPath"},
		{"another user", weightsOf(hubModel, "/models", pvc, "securityContext: {runAsUser: 1000}"), "/models named movable at volumeMounts[0].mountPath"},
		{"spoken of", weightsOf(hubModel, "/models", pvc, "env: [{name: X, value: /models/x}]"), "/models known named at volumeMounts[0].mountPath"},
		{"hit", weightsOf(hubModel, hubHome, pvc, ""), ""},
		{"works there", weightsOf(hubModel, "/models", pvc, "workingDir: /models/a"), ""},
		{"works elsewhere", weightsOf(hubModel, "/models", pvc, "workingDir: /srv"), "/models known named movable at volumeMounts[0].mountPath"},
		{"by path", weightsOf("/models/q", "/models", pvc, ""), ""},
		{"nothing mounted", deploymentOf("image: vllm/vllm-openai:v0.18.1\nargs: [" + hubModel + "]"), ""},
		{"unseen directory", weightsOf(hubModel, "/models", pvc, "env: [{name: HF_HOME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"), ""},
	} {
		miss, missed := recognised(t, test.text).MissesCache()
		got := ""
		if missed {
			got = miss.Mount
			for _, f := range []struct {
				set  bool
				word string
			}{{miss.Known, " known"}, {miss.Named, " named"}, {miss.Movable, " movable"}} {
				if f.set {
					got += f.word
				}
			}
			got += " at " + miss.MountPath.String()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestScratch(t *testing.T) {
	filled := func(medium, resources string) string {
		return weightsOf("/models/qwen-8b", "/models", "emptyDir: {"+medium+"}", "resources: {limits: {memory: 12Gi, ephemeral-storage: 10Gi}}") +
			"      initContainers: [{name: i, image: tools, command: [hf, download], volumeMounts: [{name: v, mountPath: /m}], resources: " + resources + "}]\n"
	}
	for _, test := range []struct{ name, text, want string }{
		{"volume", weightsOf(hubModel, hubHome, "emptyDir: {}", ""), "unbounded reserved=false holds=true"},
		{"size", weightsOf(hubModel, hubHome, "emptyDir: {sizeLimit: 16Gi}", ""), "sizeLimit 16Gi reserved=false holds=false"},
		{"least", weightsOf(hubModel, hubHome, "emptyDir: {sizeLimit: 60Gi}", "resources: {limits: {ephemeral-storage: 20Gi}}"), "the pod's limit of ephemeral-storage 20Gi reserved=true holds=true"},
		{"layer", weightsOf(hubModel, "/tmp", "emptyDir: {}", "resources: {limits: {ephemeral-storage: 10Gi}}"), "the limit of ephemeral-storage 10Gi reserved=true holds=false"},
		{"request", weightsOf(hubModel, hubHome, "emptyDir: {}", "resources: {requests: {ephemeral-storage: 10Gi}}"), "unbounded reserved=true holds=true"},
		{"memory", weightsOf(hubModel, hubHome, "emptyDir: {medium: Memory}", "resources: {limits: {memory: 12Gi}}"), "the pod's limit of memory 12Gi reserved=true holds=false"},
		{"pod's sum", filled("", "{limits: {ephemeral-storage: 40Gi}}"), "the pod's limit of ephemeral-storage 50Gi reserved=true holds=true"},
		{"written by another", filled("medium: Memory", "{}"), "unbounded reserved=true holds=true"},
		{"claim", weightsOf(hubModel, hubHome, pvc, ""), ""},
		{"sized by itself", weightsOf(hubModel, hubHome, "ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}", ""), ""},
	} {
		s, found := recognised(t, test.text).Scratch()
		got := ""
		if found {
			got = "unbounded"
			if s.Bound != "" {
				got = s.Bound + " " + s.Limit.String()
			}
			got += fmt.Sprintf(" reserved=%t holds=%t", s.Reserved, s.Holds())
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestSharedMemory(t *testing.T) {
	const shm, gpu = "/dev/shm", "resources: {limits: {nvidia.com/gpu: 2}}"
	for _, test := range []struct{ name, text, want string }{
		{"none", weightsOf(hubModel, "/tmp", "emptyDir: {}", gpu), "default at spec.template.spec.containers[0].volumeMounts"},
		{"slash", weightsOf(hubModel, shm, "emptyDir: {medium: Memory}", gpu), "v unbounded at spec.template.spec.volumes[0]"},
		{"bounded", weightsOf(hubModel, shm, "emptyDir: {medium: Memory, sizeLimit: 1Gi}", gpu), "v 1Gi at spec.template.spec.volumes[0]"},
		{"trailing slash", weightsOf(hubModel, "/dev/shm/", "emptyDir: {medium: Memory}", gpu), "v unbounded at spec.template.spec.volumes[0]"},
		{"tpu", weightsOf(hubModel, "/tmp", "emptyDir: {}", "resources: {limits: {google.com/tpu: 4}}"), ""},
		{"neuron", weightsOf(hubModel, "/tmp", "emptyDir: {}", "resources: {limits: {aws.amazon.com/neuron: 4}}"), ""},
	} {
		s, known := recognised(t, test.text).SharedMemory()
		got := ""
		switch {
		case known && s.Volume == nil:
			got = "default at " + s.Path.String()
		case known && s.Limit == nil:
			got = s.Volume.Name + " unbounded at " + s.Path.String()
		case known:
			got = s.Volume.Name + " " + s.Limit.String() + " at " + s.Path.String()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestLosesCompiled(t *testing.T) {
	const gpu = "resources: {limits: {nvidia.com/gpu: 1}}\n"
	for _, test := range []struct{ name, text, want string }{
		{"layer", weightsOf(hubModel, "/models", pvc, gpu), "/root/.cache/vllm"},
		{"scratch", weightsOf(hubModel, "/root/.cache", "emptyDir: {}", gpu), "/root/.cache/vllm"},
		{"claim", weightsOf(hubModel, "/root/.cache", pvc, gpu), ""},
		{"root", weightsOf(hubModel, "/models", pvc, gpu+"env: [{name: VLLM_CACHE_ROOT, value: /x}, {name: HOME, value: /h}]"), "/x"},
		{"xdg", weightsOf(hubModel, "/models", pvc, gpu+"env: [{name: XDG_CACHE_HOME, value: /x}]"), "/x/vllm"},
		{"home", weightsOf(hubModel, "/models", pvc, gpu+"env: [{name: HOME, value: /h}]"), "/h/.cache/vllm"},
		{"tilde", weightsOf(hubModel, "/models", pvc, gpu+"env: [{name: VLLM_CACHE_ROOT, value: '~/x'}]"), ""},
		{"eager", weightsOf(hubModel+", --enforce-eager", "/models", pvc, gpu), ""},
		{"not eager", weightsOf(hubModel+", --enforce-eager=false", "/models", pvc, gpu), "/root/.cache/vllm"},
		{"tuned", weightsOf(hubModel+", -O0", "/models", pvc, gpu), ""},
		{"no cache", weightsOf(hubModel, "/models", pvc, gpu+"env: [{name: VLLM_DISABLE_COMPILE_CACHE, value: '1'}]"), ""},
		{"no accelerator", weightsOf(hubModel, "/models", pvc, ""), ""},
	} {
		dir, lost := recognised(t, test.text).LosesCompiled()
		if !lost {
			dir = ""
		}
		if dir != test.want {
			t.Errorf("%s: %q, want %q", test.name, dir, test.want)
		}
	}
}

func TestPinnedClaims(t *testing.T) {
	volume := func(zones string) string {
		return "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: pv}\nspec: {accessModes: [ReadWriteMany], nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: zone, operator: In, values: [" + zones + "]}]}]}}}\n---\n"
	}
	node := func(name, zone string, gpus int) string {
		return fmt.Sprintf("apiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {zone: %s}}\nstatus: {conditions: [{type: Ready, status: 'True'}], allocatable: {nvidia.com/gpu: %d}}\n---\n", name, zone, gpus)
	}
	deployment := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: ns}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers: [{name: e, image: 'vllm/vllm-openai:v0.18.1', resources: {limits: {nvidia.com/gpu: 2}}, volumeMounts: [{name: v, mountPath: /m}]}]\n      volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]\n---\n"
	bound := claim("c", "accessModes: [ReadWriteMany], volumeName: pv")
	for _, test := range []struct{ name, text, want string }{
		{"one of two zones", deployment + bound + volume("a") + node("near", "a", 2) + node("far", "b", 2), "1 of 2 in zone a"},
		{"the other is too small", deployment + bound + volume("a") + node("near", "a", 2) + node("far", "b", 1), ""},
		{"both", deployment + bound + volume("a, b") + node("near", "a", 2) + node("far", "b", 2), ""},
		{"no nodes", deployment + bound + volume("a"), ""},
		{"volume unseen", deployment + bound + node("far", "b", 2), ""},
		{"unbound", deployment + claim("c", "accessModes: [ReadWriteMany]") + node("far", "b", 2), ""},
	} {
		s := world(t, test.text)
		got := ""
		for _, p := range s.PinnedClaims(s.Workloads()[0]) {
			got += fmt.Sprintf("%d of %d in %s", p.Within, p.Nodes, p.Where)
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestCallsToTheHub(t *testing.T) {
	const endpoint = "env: [{name: HF_ENDPOINT, value: 'http://m'}]"
	fetching := func(command, more string) string {
		return weightsOf("/models/q", "/models", "emptyDir: {}", "") + "      initContainers: [{name: i, image: t, command: " + command + ", volumeMounts: [{name: v, mountPath: /m}]" + more + "}]\n"
	}
	for _, test := range []struct {
		name, text  string
		hub, asking bool
	}{
		{"engine", weightsOf(hubModel, hubHome, "emptyDir: {}", ""), true, false},
		{"engine's mirror", weightsOf(hubModel, hubHome, "emptyDir: {}", endpoint), false, false},
		{"init", fetching("[hf, download, a/b]", ""), true, false},
		{"init's mirror", fetching("[hf, download, a/b]", ", "+endpoint), false, false},
		{"bucket", fetching("[aws, s3, sync, from, to]", ""), false, false},
		{"claim", weightsOf(hubModel, hubHome, pvc, ""), false, true},
		{"claim and mirror", weightsOf(hubModel, hubHome, pvc, endpoint), false, false},
		{"claim, offline", weightsOf(hubModel, hubHome, pvc, "env: [{name: TRANSFORMERS_OFFLINE, value: '1'}]"), false, false},
	} {
		w := recognised(t, test.text)
		fetch, again := w.Refetches()
		if hub := again && w.FromHub(fetch); hub != test.hub || w.AsksHub() != test.asking {
			t.Errorf("%s: from the hub %t, asks it %t", test.name, hub, w.AsksHub())
		}
	}
}
