package source

import (
	"maps"
	"slices"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// liveLeads are what arriving objects point to; a later step follows them.
type liveLeads struct {
	adapters map[string]bool   // namespaces that the metrics APIs are served from
	volumes  map[string]bool   // persistent volumes of mounted claims
	waiting  map[string]bool   // namespaces with pods that wait for a node
	accounts map[liveName]bool // service accounts of CronJobs
	roles    map[string]bool   // cluster roles that those are bound to
}

func newLeads() liveLeads {
	return liveLeads{
		adapters: map[string]bool{}, volumes: map[string]bool{}, waiting: map[string]bool{},
		accounts: map[liveName]bool{}, roles: map[string]bool{},
	}
}

// queries are what a step asks, in a fixed order.
func (l *liveLoad) queries(at liveStep) []liveQuery {
	var all []liveQuery
	for _, row := range l.rows {
		if row.step == at {
			all = append(all, l.expand(row)...)
		}
	}
	if at == stepAround {
		all = append(all, l.neighbours()...)
	}
	return all
}

// expand turns a row into its lists and gets.
func (l *liveLoad) expand(row liveAccess) []liveQuery {
	var all []liveQuery
	in := func(namespaces []string) {
		for _, namespace := range namespaces {
			all = append(all, liveQuery{liveAccess: row, namespace: namespace, labels: row.selector})
		}
	}
	switch row.reach {
	case inAsked:
		if len(l.asked) == 0 {
			in([]string{""})
		}
		in(l.asked)
	case inCluster:
		if row.kind != inventory.ClusterRoleBinding || len(l.leads.accounts) > 0 {
			in([]string{""})
		}
	case byKnownName:
		for _, name := range row.names {
			all = append(all, liveQuery{liveAccess: row, name: name})
		}
	case besideWorkloads:
		if row.kind == inventory.Event {
			return l.events(row)
		}
		in(l.fleet.namespaces)
	case ofWorkloads:
		return l.selected(row)
	case byMention:
		return l.mentioned(row)
	case besideAdapter:
		in(slices.Sorted(maps.Keys(l.leads.adapters)))
	case besideSchedules:
		spaces := map[string]bool{}
		for account := range l.leads.accounts {
			spaces[account.namespace] = true
		}
		in(slices.Sorted(maps.Keys(spaces)))
	}
	return all
}

// neighbours lists again, in the namespaces that turned out to hold inference
// workloads, the kinds of which others were dropped there: a budget's or a
// monitor's selector may be theirs.
func (l *liveLoad) neighbours() []liveQuery {
	var all []liveQuery
	for _, row := range l.rows {
		for _, namespace := range l.fleet.namespaces {
			if row.step == stepWorkloads && l.dropped[livePlace{row.kind, namespace}] {
				all = append(all, liveQuery{liveAccess: row, namespace: namespace, labels: row.selector})
			}
		}
	}
	return all
}

// events asks for Warnings, for the Normal ones that tell what the HPAs did and
// how a pod was started and killed, and, where a pod waits for a node, for the
// word of the node autoscaler that one is coming.
func (l *liveLoad) events(row liveAccess) []liveQuery {
	var all []liveQuery
	for _, namespace := range l.fleet.namespaces {
		all = append(all, liveQuery{liveAccess: row, namespace: namespace, fields: warnings})
		reasons := normalReasons()
		if !l.leads.waiting[namespace] {
			reasons = reasons[:len(reasons)-reasonsOfWaiting]
		}
		for _, reason := range reasons {
			all = append(all, liveQuery{liveAccess: row, namespace: namespace, fields: normal + reason})
		}
	}
	return all
}

// Selectors of events.
const (
	warnings = "type=Warning"
	normal   = "type=Normal,reason="
)

// reasonsOfWaiting is how many of the normal reasons, the last, matter only
// where a pod waits.
const reasonsOfWaiting = 2

func normalReasons() []string {
	return []string{"SuccessfulRescale", "Pulling", "Pulled", "Killing", "TriggeredScaleUp", "Nominated"}
}

func (l *liveLoad) selected(row liveAccess) []liveQuery {
	var all []liveQuery
	for _, s := range l.fleet.selections {
		if row.kind == inventory.Pod || s.deployment {
			all = append(all, liveQuery{liveAccess: row, namespace: s.namespace, labels: s.labels})
		}
	}
	return all
}

func (l *liveLoad) mentioned(row liveAccess) []liveQuery {
	var all []liveQuery
	switch row.kind {
	case inventory.ConfigMap:
		for _, at := range l.fleet.configMaps {
			all = append(all, liveQuery{liveAccess: row, namespace: at.namespace, name: at.name})
		}
	case inventory.PersistentVolume:
		for _, name := range slices.Sorted(maps.Keys(l.leads.volumes)) {
			all = append(all, liveQuery{liveAccess: row, name: name})
		}
	case inventory.ClusterRole:
		for _, name := range slices.Sorted(maps.Keys(l.leads.roles)) {
			all = append(all, liveQuery{liveAccess: row, name: name})
		}
	}
	return all
}
