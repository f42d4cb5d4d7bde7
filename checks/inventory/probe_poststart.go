package inventory

import "strings"

// PostStartWaits says whether a postStart hook loops until something answers. The
// kubelet starts no probe, and takes the container for neither running nor ready,
// before the hook has returned (kubernetes#81450).
func (r *Recognition) PostStartWaits() bool {
	if r.Container == nil || r.Container.Lifecycle == nil || r.Container.Lifecycle.PostStart == nil || r.Container.Lifecycle.PostStart.Exec == nil {
		return false
	}
	script := " " + strings.Join(strings.Fields(strings.Join(r.Container.Lifecycle.PostStart.Exec.Command, " ")), " ")
	loops := strings.Contains(script, " while ") || strings.Contains(script, " until ")
	asks := strings.Contains(script, "curl ") || strings.Contains(script, "wget ") || strings.Contains(script, "nc ")
	return loops && asks
}
