package inventory

import "fmt"

// HiddenFlag is vLLM's switch for what the release before last has deprecated.
const HiddenFlag = "--show-hidden-metrics-for-version"

// ShownFor is the value of HiddenFlag that brings a hidden series back: the
// minor release before the one that hides it, and no other
// (vllm/config/observability.py, show_hidden_metrics). It is empty for series
// that no flag brings back.
func (m Metric) ShownFor() string {
	hidden := ParseVersion(m.HiddenIn)
	if !hidden.Known {
		return ""
	}
	return fmt.Sprintf("%d.%d", hidden.Major, hidden.Minor-1)
}

// Exports says whether the engine still has a series of its own: Unseen where
// its version, or a flag that decides, cannot be told.
func (r *Recognition) Exports(m Metric) Presence {
	switch {
	case r == nil:
		return Unseen
	case m.Engine == LlamaCpp:
		return exportsByBuild(r.Version)
	case r.Version.AtLeast(ParseVersion(m.RetiredIn)):
		return Absent
	case r.Version.Less(ParseVersion(m.HiddenIn)):
		return Present
	}
	asked, written := r.Args.Get(HiddenFlag)
	switch {
	case written && asked == m.ShownFor():
		return Present
	case r.Version.Known && (r.Args.Complete || written) && (!written || asked != ""):
		return Absent
	}
	return Unseen
}

// exportsByBuild tells llama.cpp's builds around May 2025, when the two gauges
// of the KV cache went (pull request 13660): b5552 to b5604 are of the first
// days of June (issue 14071).
func exportsByBuild(v Version) Presence {
	switch {
	case v.Less(Release(0, 0, 5300)):
		return Present
	case v.AtLeast(Release(0, 0, 5600)):
		return Absent
	}
	return Unseen
}
