package source

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const (
	pageSize = 500
	// maxPages bounds one list: a million objects.
	maxPages = 2000
	// maxPieces bounds how many namespaces are tried one by one.
	maxPieces = 100
)

// liveQuery is one list, or one get.
type liveQuery struct {
	liveAccess
	namespace string // empty: all, or none for a cluster-scoped kind
	name      string // a get
	labels    string
	fields    string
}

// String says what is asked for, in the words of RBAC.
func (q liveQuery) String() string {
	info := q.kind.Info()
	resource := info.Resource
	if info.Group != "" {
		resource += "." + info.Group
	}
	switch {
	case q.namespace != "":
		return fmt.Sprintf("%s %s in %s", q.verb(), resource, q.namespace)
	case info.Namespaced:
		return fmt.Sprintf("%s %s in all namespaces", q.verb(), resource)
	}
	return q.verb() + " " + resource
}

func (q liveQuery) path(version string) string {
	info := q.kind.Info()
	address := groupPath(info.Group, version)
	if q.namespace != "" {
		address += "/namespaces/" + url.PathEscape(q.namespace)
	}
	address += "/" + info.Resource
	if q.name != "" {
		address += "/" + url.PathEscape(q.name)
	}
	return address
}

func groupPath(group, version string) string {
	if group == "" {
		return "/api/" + version
	}
	return "/apis/" + group + "/" + version
}

// ask answers one query and notes how it went. Only what ends the whole load
// comes back as an error.
func (l *liveLoad) ask(ctx context.Context, q liveQuery) error {
	if len(content.IsPathSegmentName(q.name)) > 0 || len(content.IsPathSegmentName(q.namespace)) > 0 {
		return nil // a reference that names nothing the API could hold
	}
	if l.denied(q) {
		return nil
	}
	err := l.look(ctx, q)
	refused := asRefusal(err)
	if refused != nil && refused.forbidden() {
		served, err := l.serves(ctx, q.kind)
		if err != nil {
			return err
		}
		if !served {
			refused = &refusal{code: 404}
		} else if q.namespace == "" && q.kind.Info().Namespaced {
			return l.piecewise(ctx, q, refused)
		}
	}
	if err != nil && refused == nil {
		return err
	}
	l.note(q, refused)
	return nil
}

// read asks in one version after the other until the server knows it.
func (l *liveLoad) read(ctx context.Context, q liveQuery) (err error) {
	for _, version := range q.kind.Info().Versions {
		accept := protobufFirst
		if q.kind.Info().Custom {
			accept = jsonOnly
		}
		err = l.pages(ctx, q.path(version), q.parameters(), accept, func(body []byte) (string, error) {
			page, err := decodePage(l.client.decoder, q.kind, version, body)
			if err != nil {
				return "", err
			}
			for i := range page.items {
				l.take(q, &page.items[i])
			}
			l.report(q, len(page.items))
			return page.next, nil
		})
		if refused := asRefusal(err); refused == nil || !refused.absent() {
			return err
		}
	}
	return err
}

func decodePage(decoder runtime.Decoder, kind inventory.Kind, version string, body []byte) (livePage, error) {
	if kind.Info().Custom {
		return customPage(kind, version, body)
	}
	return builtinPage(decoder, kind, version, body)
}

func (q liveQuery) parameters() url.Values {
	if q.name != "" {
		return nil
	}
	set := url.Values{"limit": {strconv.Itoa(pageSize)}}
	if q.labels != "" {
		set.Set("labelSelector", q.labels)
	}
	if q.fields != "" {
		set.Set("fieldSelector", q.fields)
	}
	return set
}

// pages reads a list to its end. A continue token that has expired starts the
// list again, once; what arrived before stays.
func (l *liveLoad) pages(ctx context.Context, path string, query url.Values, accept string, decode func([]byte) (next string, err error)) error {
	var buf bytes.Buffer
	restarted, token := false, ""
	for range maxPages {
		if token == "" {
			query.Del("continue")
		} else {
			query.Set("continue", token)
		}
		body, err := l.client.get(ctx, path, query, accept, &buf)
		if refused := asRefusal(err); refused != nil && refused.expired() && token != "" && !restarted {
			restarted, token = true, ""
			continue
		}
		if err != nil {
			return err
		}
		next, err := decode(body)
		switch {
		case err != nil:
			return &refusal{reason: err.Error()}
		case next == "":
			return nil
		case next == token:
			return &refusal{reason: "the list repeats a page"}
		}
		token = next
	}
	return &refusal{reason: fmt.Sprintf("the list does not end after %d pages", maxPages)}
}

// served asks discovery, which everybody may, whether a custom kind that may
// not be listed is installed at all. A server that does not tell counts as
// serving it.
func (c *liveClient) served(ctx context.Context, kind inventory.Kind) (bool, error) {
	info := kind.Info()
	if !info.Custom {
		return true, nil
	}
	var buf bytes.Buffer
	for _, version := range info.Versions {
		body, err := c.get(ctx, groupPath(info.Group, version), nil, jsonOnly, &buf)
		if refused := asRefusal(err); refused != nil && refused.absent() {
			continue
		} else if refused != nil {
			return true, nil
		} else if err != nil {
			return false, err
		}
		var group struct {
			Resources []struct {
				Name string `json:"name"`
			} `json:"resources"`
		}
		if json.Unmarshal(body, &group) != nil {
			return true, nil
		}
		for _, resource := range group.Resources {
			if resource.Name == info.Resource {
				return true, nil
			}
		}
	}
	return false, nil
}

// knownNamespaces is the cluster's namespaces, where they may be listed.
type knownNamespaces struct {
	listed bool
	names  []string
	labels map[string]map[string]string
}

// namespaces lists them at most once.
func (l *liveLoad) namespaces(ctx context.Context) (*knownNamespaces, error) {
	l.mu.Lock()
	known := l.spaces
	l.mu.Unlock()
	if known != nil {
		return known, nil
	}
	known, err := l.listSpaces(ctx)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spaces = known
	return known, nil
}

func (l *liveLoad) readNamespaces(ctx context.Context) (*knownNamespaces, error) {
	known := &knownNamespaces{labels: map[string]map[string]string{}}
	query := url.Values{"limit": {strconv.Itoa(pageSize)}}
	err := l.pages(ctx, "/api/v1/namespaces", query, protobufFirst, func(body []byte) (string, error) {
		decoded, _, err := l.client.decoder.Decode(body, nil, nil)
		list, ok := decoded.(*corev1.NamespaceList)
		if err != nil || !ok {
			return "", undecodable(body)
		}
		for i := range list.Items {
			known.names = append(known.names, list.Items[i].Name)
			known.labels[list.Items[i].Name] = list.Items[i].Labels
		}
		return list.Continue, nil
	})
	if err != nil && asRefusal(err) == nil {
		return nil, err
	}
	known.listed = err == nil
	return known, nil
}
