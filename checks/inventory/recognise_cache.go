package inventory

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// CacheDir returns the directory that the engine downloads weights into, or
// that it reads them from: by its flags, else by its variables (a script's
// exports among them), else by what the image is built with. It is not known,
// though perhaps guessed, where a value cannot be seen or where the home
// directory is anybody's guess: an image of one's own, or another user than the
// image's.
func (r *Recognition) CacheDir(template *corev1.PodTemplateSpec) (dir string, known bool) {
	if value, ok := r.Args.Get(r.Engine.CacheFlags...); ok {
		if !path.IsAbs(value) {
			return "", false // unseen, or a URI
		}
		return path.Clean(value), true
	}
	for _, v := range r.Engine.CacheEnv {
		value, ok := r.env.get(v.Name)
		if !ok || value.known && value.value == "" {
			continue
		}
		if !value.known || !path.IsAbs(value.value) {
			return "", false
		}
		return path.Join(value.value, v.Append), true
	}
	home := strings.HasPrefix(r.Engine.CacheDir, "/root/")
	known = r.image.pattern.official && r.Args.Complete && r.Engine.CacheDir != "" && (!home || runsAsImageUser(r.Container, template))
	return r.Engine.CacheDir, known
}

// runsAsImageUser says whether nobody chose another user than the image's.
func runsAsImageUser(c *corev1.Container, template *corev1.PodTemplateSpec) bool {
	if c.SecurityContext != nil && c.SecurityContext.RunAsUser != nil {
		return *c.SecurityContext.RunAsUser == 0
	}
	if template == nil || template.Spec.SecurityContext == nil || template.Spec.SecurityContext.RunAsUser == nil {
		return true
	}
	return *template.Spec.SecurityContext.RunAsUser == 0
}

// MountOf returns the mount of the engine's container that a directory lies in,
// the innermost one. The volume is nil for a mount whose volume the template
// does not define, as those of a StatefulSet's claim templates. Not ok means
// that the directory is on the container's own layer.
func (r *Recognition) MountOf(template *corev1.PodTemplateSpec, dir string) (volume *corev1.Volume, mountPath string, ok bool) {
	mount := longestMount(r.Container, dir)
	if mount == nil {
		return nil, "", false
	}
	if template != nil {
		volume = volumeOf(&template.Spec, mount.Name)
	}
	return volume, mount.MountPath, true
}
