package inventory

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
)

// Claim is a persistent volume claim that all replicas of a workload share.
type Claim struct {
	Object *Object
	// Path leads to the volume's claimName, from the workload's object.
	Path Path
	// Modes are what decides on attaching: the bound volume's access modes
	// where it was seen, else the claim's own.
	Modes   []corev1.PersistentVolumeAccessMode
	Storage StorageKind
	// VolumeName is the bound volume's, empty before there is one.
	VolumeName string
}

// StorageKind says how a volume comes to a node, as far as its driver or the
// name of its class tells.
type StorageKind uint8

// The kinds. Access modes are enforced when a disk is attached, and for nothing
// else: a file system that is only mounted takes any number of nodes.
const (
	StorageUnknown StorageKind = iota
	StorageFiles               // NFS and the like, buckets: nothing is attached
	StorageLocal               // on one node's disk: all pods have to run there
)

// Only says whether the claim has no access mode but that one.
func (c Claim) Only(mode corev1.PersistentVolumeAccessMode) bool {
	for _, m := range c.Modes {
		if m != mode {
			return false
		}
	}
	return len(c.Modes) > 0
}

// Claims returns the claims of the snapshot that the workload's template mounts
// by name. Those that a StatefulSet makes for each pod, and generic ephemeral
// volumes, belong to one pod and are not among them.
func (s *Snapshot) Claims(w *Workload) []Claim {
	if w.Template == nil {
		return nil
	}
	var all []Claim
	for i := range w.Template.Spec.Volumes {
		v := &w.Template.Spec.Volumes[i]
		if v.PersistentVolumeClaim == nil || !mounted(&w.Template.Spec, v.Name) {
			continue
		}
		o, _ := s.Find(Ref{Kind: PersistentVolumeClaim.String(), Namespace: w.Object.Namespace, Name: v.PersistentVolumeClaim.ClaimName})
		if claim := As[corev1.PersistentVolumeClaim](o); claim != nil && !o.Fragment {
			path := w.TemplatePath.Join("spec", "volumes", i, "persistentVolumeClaim", "claimName")
			all = append(all, s.readClaim(o, claim, path))
		}
	}
	return all
}

// mounted says whether a container uses the volume: the kubelet attaches no
// other.
func mounted(spec *corev1.PodSpec, volume string) bool {
	for _, list := range [...][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			for _, m := range list[i].VolumeMounts {
				if m.Name == volume {
					return true
				}
			}
			for _, d := range list[i].VolumeDevices {
				if d.Name == volume {
					return true
				}
			}
		}
	}
	return false
}

func (s *Snapshot) readClaim(o *Object, claim *corev1.PersistentVolumeClaim, path Path) Claim {
	c := Claim{Object: o, Path: path, Modes: claim.Spec.AccessModes, VolumeName: claim.Spec.VolumeName}
	if pv := s.volumeOfClaim(claim); pv != nil {
		if len(pv.Spec.AccessModes) > 0 {
			c.Modes = pv.Spec.AccessModes
		}
		c.Storage = storageOfVolume(pv)
	}
	class := claim.Spec.StorageClassName
	if c.Storage != StorageUnknown || class == nil {
		return c
	}
	info := StorageClass.Info()
	found, _ := s.Find(Ref{Group: info.Group, Kind: info.Name, Name: *class})
	if sc := As[storagev1.StorageClass](found); sc != nil && !strings.Contains(sc.Provisioner, servesBoth) {
		c.Storage = storageByName(sc.Provisioner)
	} else {
		c.Storage = storageByName(*class)
	}
	return c
}

// volumeOfClaim finds the volume that the claim is bound to, or waits for: the
// one it names, else the one made for it by hand, which shares its class.
func (s *Snapshot) volumeOfClaim(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	if claim.Spec.VolumeName != "" {
		o, _ := s.Find(Ref{Kind: PersistentVolume.String(), Name: claim.Spec.VolumeName})
		return As[corev1.PersistentVolume](o)
	}
	if s.IsLive() || claim.Spec.StorageClassName == nil {
		return nil
	}
	for _, o := range s.List(PersistentVolume) {
		pv := As[corev1.PersistentVolume](o)
		if pv != nil && pv.Spec.StorageClassName == *claim.Spec.StorageClassName {
			return pv
		}
	}
	return nil
}

func storageOfVolume(pv *corev1.PersistentVolume) StorageKind {
	source := &pv.Spec.PersistentVolumeSource
	switch {
	case source.NFS != nil, source.CephFS != nil, source.Glusterfs != nil, source.AzureFile != nil, source.Quobyte != nil:
		return StorageFiles
	case source.HostPath != nil, source.Local != nil:
		return StorageLocal
	case source.CSI != nil:
		return storageByName(source.CSI.Driver)
	}
	return storageByName(pv.Spec.StorageClassName)
}

// servesBoth is in the name of a driver that serves files and disks alike: what
// its volumes are, only the class tells (csi.trident.netapp.io).
const servesBoth = "trident"

// fileStorage and localStorage are words in the names of drivers, and in the
// names that people give to classes of theirs.
var (
	fileStorage = [...]string{
		"nfs", "nas", "efs", "smb", "sfs", "file", "cephfs", "gluster", "fsx", "lustre", "juicefs", "seaweedfs", "fuse", "blob", "s3", "bucket",
		"weka", "beegfs", "gpfs", "spectrum-scale", "spectrumscale", "cubefs", "vast", "rwx", "shared", "fluid", "alluxio",
	}
	localStorage = [...]string{"local", "hostpath", "host-path", "no-provisioner", "topolvm", "lvm"}
)

func storageByName(name string) StorageKind {
	name = strings.ToLower(name)
	for _, word := range fileStorage {
		if strings.Contains(name, word) {
			return StorageFiles
		}
	}
	for _, word := range localStorage {
		if strings.Contains(name, word) {
			return StorageLocal
		}
	}
	return StorageUnknown
}

// OneNode says whether all pods of the workload are sure to run on one node: it
// is named, the pods must stand beside each other, or the cluster has no other.
func (s *Snapshot) OneNode(w *Workload) bool {
	if w.Template == nil {
		return false
	}
	spec := &w.Template.Spec
	if spec.NodeName != "" || spec.NodeSelector[corev1.LabelHostname] != "" || oneHost(spec.Affinity) {
		return true
	}
	return s.IsLive() && s.Saw(Node, "") && len(s.List(Node)) == 1
}

func oneHost(a *corev1.Affinity) bool {
	if a == nil {
		return false
	}
	if a.PodAffinity != nil {
		for _, term := range a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution {
			if term.TopologyKey == corev1.LabelHostname {
				return true
			}
		}
	}
	if a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return false
	}
	terms := a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	return len(terms) == 1 && namesOneHost(terms[0])
}

func namesOneHost(term corev1.NodeSelectorTerm) bool {
	for _, e := range append(append([]corev1.NodeSelectorRequirement{}, term.MatchExpressions...), term.MatchFields...) {
		if (e.Key == corev1.LabelHostname || e.Key == "metadata.name") && e.Operator == corev1.NodeSelectorOpIn && len(e.Values) == 1 {
			return true
		}
	}
	return false
}

// WaitsForAttach names a pod of the workload that cannot start because a pod on
// another node uses the claim's volume. The attach controller's events say so,
// as "Multi-Attach error for volume …" or, in Kubernetes 1.37, "Waiting for
// detach for volume …". One that speaks of no pod is about a node that is letting
// go.
func (s *Snapshot) WaitsForAttach(w *Workload, c Claim) (pod string, waits bool) {
	pending := map[string]bool{}
	for _, p := range s.Pods(w) {
		pending[p.Name] = p.Status.Phase == corev1.PodPending
	}
	for _, o := range s.In(Event, w.Object.Namespace) {
		event := As[corev1.Event](o)
		about := event.InvolvedObject
		if about.Kind == Pod.String() && pending[about.Name] && event.Reason == "FailedAttachVolume" &&
			strings.Contains(event.Message, "already used by") && strings.Contains(event.Message, c.VolumeName) {
			return about.Name, true
		}
	}
	return "", false
}
