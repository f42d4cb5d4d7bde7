package inventory_test

import (
	"fmt"
	"testing"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const claiming = `apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: ns}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      initContainers: [{name: fetch, image: x, volumeMounts: [{name: two, mountPath: /b}]}]
      containers:
      - name: vllm
        image: vllm/vllm-openai:v0.18.1
        volumeMounts: [{name: one, mountPath: /a}]
        volumeDevices: [{name: raw, devicePath: /dev/x}]
      volumes:
      - {name: one, persistentVolumeClaim: {claimName: one}}
      - {name: idle, persistentVolumeClaim: {claimName: one}}
      - {name: two, persistentVolumeClaim: {claimName: two}}
      - {name: raw, persistentVolumeClaim: {claimName: raw}}
      - {name: scratch, emptyDir: {}}
---
`

func claim(name, spec string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: %s, namespace: ns}\nspec: {%s}\n---\n", name, spec)
}

func TestClaims(t *testing.T) {
	s := world(t, claiming+claim("one", "accessModes: [ReadWriteOnce]")+claim("two", "accessModes: [ReadWriteOnce, ReadOnlyMany]")+claim("raw", "accessModes: [ReadWriteOncePod]"))
	var got string
	for _, c := range s.Claims(s.Workloads()[0]) {
		got += fmt.Sprintln(c.Object.Name, c.Path, c.Only("ReadWriteOnce"), c.Only("ReadWriteOncePod"))
	}
	const want = `one spec.template.spec.volumes[0].persistentVolumeClaim.claimName true false
two spec.template.spec.volumes[2].persistentVolumeClaim.claimName false false
raw spec.template.spec.volumes[3].persistentVolumeClaim.claimName false true
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestClaimStorage(t *testing.T) {
	class := func(name, provisioner string) string {
		return fmt.Sprintf("apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata: {name: %s}\nprovisioner: %s\n---\n", name, provisioner)
	}
	volume := func(name, spec string) string {
		return fmt.Sprintf("apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: %s}\nspec: {%s}\n---\n", name, spec)
	}
	const once = "accessModes: [ReadWriteOnce]"
	names := map[inventory.StorageKind]string{inventory.StorageUnknown: "unknown", inventory.StorageFiles: "files", inventory.StorageLocal: "local"}
	for _, test := range []struct{ claim, more, want string }{
		{once, "", "unknown [ReadWriteOnce]"},
		{once + ", storageClassName: gp3", "", "unknown [ReadWriteOnce]"},
		{once + ", storageClassName: EFS-sc", "", "files [ReadWriteOnce]"},
		{once + ", storageClassName: rook-cephfs", "", "files [ReadWriteOnce]"},
		{once + ", storageClassName: local-path", "", "local [ReadWriteOnce]"},
		{once + ", storageClassName: fast", class("fast", "filestore.csi.storage.gke.io"), "files [ReadWriteOnce]"},
		{once + ", storageClassName: file", class("file", "pd.csi.storage.gke.io"), "unknown [ReadWriteOnce]"},
		{once + ", storageClassName: nas", class("nas", "csi.trident.netapp.io"), "files [ReadWriteOnce]"},
		{once + ", storageClassName: san", class("san", "csi.trident.netapp.io"), "unknown [ReadWriteOnce]"},
		{once + ", volumeName: v", volume("v", "nfs: {server: s, path: /}"), "files [ReadWriteOnce]"},
		{once + ", volumeName: v", volume("v", "accessModes: [ReadOnlyMany], csi: {driver: s3.csi.aws.com, volumeHandle: x}"), "files [ReadOnlyMany]"},
		{once + ", volumeName: v", volume("v", "hostPath: {path: /}"), "local [ReadWriteOnce]"},
		{once + ", volumeName: v", volume("v", "csi: {driver: ebs.csi.aws.com, volumeHandle: x}"), "unknown [ReadWriteOnce]"},
		{once + ", volumeName: v", volume("other", "nfs: {server: s, path: /}"), "unknown [ReadWriteOnce]"},
		{once + ", storageClassName: manual", volume("v", "storageClassName: manual, nfs: {server: s, path: /}"), "files [ReadWriteOnce]"},
		{once + ", storageClassName: manual", volume("v", "storageClassName: automatic, nfs: {server: s, path: /}"), "unknown [ReadWriteOnce]"},
	} {
		s := world(t, claiming+claim("one", test.claim)+test.more)
		c := s.Claims(s.Workloads()[0])[0]
		if got := fmt.Sprint(names[c.Storage], " ", c.Modes); got != test.want {
			t.Errorf("%s beside\n%s%s, want %s", test.claim, test.more, got, test.want)
		}
	}
}
