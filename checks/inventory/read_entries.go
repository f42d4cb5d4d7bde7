package inventory

import "go.yaml.in/yaml/v3"

// entry is one key of a mapping that counts.
type entry struct {
	key, value *yaml.Node
	merged     bool // it comes from a merge key
}

// entries lists a mapping's entries as YAML means them: its own keys win over
// those of merge keys, an earlier merge source over a later one, and of a key
// that is written twice the last one counts, as for kubectl.
func (d *decoder) entries(node *yaml.Node, path Path) []entry {
	all := make([]entry, 0, len(node.Content)/2)
	merges := false
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Tag == "!!merge" {
			merges = true
			continue
		}
		all = append(all, entry{key: key, value: node.Content[i+1]})
	}
	all = d.lastOfEach(all, path)
	if !merges {
		return all
	}
	seen := make(map[string]bool, len(all))
	for _, e := range all {
		seen[e.key.Value] = true
	}
	return d.merge(all, node, seen, 0)
}

// lastOfEach drops the keys that are written again further down.
func (d *decoder) lastOfEach(all []entry, path Path) []entry {
	const few = 16 // up to here comparing all pairs is faster than a map
	var at map[string]int
	if len(all) > few {
		at = make(map[string]int, len(all))
	}
	kept := all[:0]
	for _, e := range all {
		first := -1
		if at != nil {
			if i, ok := at[e.key.Value]; ok {
				first = i
			}
			at[e.key.Value] = len(kept)
		} else {
			for i := range kept {
				if kept[i].key.Value == e.key.Value {
					first = i
					break
				}
			}
		}
		if first < 0 {
			kept = append(kept, e)
			continue
		}
		d.fail(e.key, path.Join(e.key.Value), "is written twice, first in line %d; the last one counts", kept[first].key.Line)
		if at != nil {
			at[e.key.Value] = first
		}
		kept[first] = e
	}
	return kept
}

// merge appends the entries behind the mapping's merge keys.
func (d *decoder) merge(all []entry, node *yaml.Node, seen map[string]bool, depth int) []entry {
	d.inAlias++
	defer func() { d.inAlias-- }()
	if depth == maxMergeDepth || !d.spend(node, nil) {
		return all
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Tag != "!!merge" {
			continue
		}
		for _, from := range mergeSources(node.Content[i+1]) {
			for j := 0; j+1 < len(from.Content); j += 2 {
				key := from.Content[j]
				if key.Tag != "!!merge" && d.spend(key, nil) && !seen[key.Value] {
					seen[key.Value] = true
					all = append(all, entry{key: key, value: from.Content[j+1], merged: true})
				}
			}
			all = d.merge(all, from, seen, depth+1)
		}
	}
	return all
}
