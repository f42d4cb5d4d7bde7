package source

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maxStatus bounds what is read of a refusal.
const maxStatus = 64 << 10

// open sends a request whose answer does not end; the caller closes its body.
// Errors are *refusal, and what the connection has to say.
func (c *liveClient) open(ctx context.Context, path string, query url.Values, header http.Header) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(stallLimit, func() { cancel(errStalled) }) // until the answer begins
	response, err := c.send(ctx, path, query, header)
	timer.Stop()
	if err != nil {
		err = stalled(ctx, cause(err))
		cancel(nil)
		return nil, err
	}
	response.Body = &openBody{response.Body, cancel}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxStatus)) // half a refusal is one, too
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	refused := c.refused(&liveAnswer{code: response.StatusCode, body: body})
	refused.retryAfter = min(time.Duration(max(seconds, 0))*time.Second, maxWait)
	return nil, refused
}

func (c *liveClient) send(ctx context.Context, path string, query url.Values, header http.Header) (*http.Response, error) {
	address := c.base.JoinPath(path)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header = header
	return c.http.Do(request)
}

// lives asks for the version of a server that says of itself that it is ready:
// while it starts it denies that custom kinds are there.
func (c *liveClient) lives(ctx context.Context) (version string, err error) {
	response, err := c.open(ctx, "/readyz", nil, http.Header{"Accept": {"*/*"}})
	if err == nil {
		response.Body.Close()
	} else if refused := asRefusal(err); refused == nil {
		return "", c.unreachable(err)
	} else if refused.transient() {
		return "", c.unreachable(errors.New("the API server is not ready: " + refused.reason))
	}
	return c.version(ctx)
}

// openBody ends the request when it is closed.
type openBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
}

func (b *openBody) Close() error {
	b.cancel(nil)
	return b.ReadCloser.Close()
}

// statusError is the refusal as client-go's reflector wants to read it: it knows
// an expired resource version by code and reason.
func (r *refusal) statusError() error {
	status := metav1.Status{Status: metav1.StatusFailure, Code: int32(r.code), Message: r.reason}
	if r.expired() {
		status.Reason = metav1.StatusReasonExpired
	}
	return &apierrors.StatusError{ErrStatus: status}
}

// watchTarget is what one watch is about. Frames ask for it by queries.
type watchTarget struct {
	place  livePlace
	spaces bool // the namespaces themselves, which are no kind that checks read
	name   string
	labels string
}

// targetOf says which watch answers a query. Those about events share one for
// each namespace: the API server reads all of a namespace's from etcd for each
// of them, whatever the selector.
func targetOf(q liveQuery) watchTarget {
	return watchTarget{place: livePlace{q.kind, q.namespace}, name: q.name, labels: q.labels}
}

func (t watchTarget) custom() bool { return !t.spaces && t.place.kind.Info().Custom }

func (t watchTarget) versions() []string {
	if t.spaces {
		return []string{"v1"}
	}
	return t.place.kind.Info().Versions
}

func (t watchTarget) path(version string) string {
	if t.spaces {
		return "/api/v1/namespaces"
	}
	return liveQuery{liveAccess: liveAccess{kind: t.place.kind}, namespace: t.place.namespace}.path(version)
}

func (t watchTarget) accept() string {
	if t.custom() {
		return jsonOnly
	}
	return protobufFirst
}

// header is that of a request for a stream. One about a few objects is not to be
// compressed: there are hundreds of them in a large fleet, and what unpacks a stream
// holds 40 kB for as long as that is open.
func (t watchTarget) header() http.Header {
	header := http.Header{"Accept": {t.accept()}}
	if t.name != "" || t.labels != "" {
		header.Set("Accept-Encoding", "identity")
	}
	return header
}

// String says what is watched, in the words of RBAC.
func (t watchTarget) String() string {
	if t.spaces {
		return "watch namespaces"
	}
	row := liveAccess{kind: t.place.kind}
	return "watch" + liveQuery{liveAccess: row, namespace: t.place.namespace}.String()[len(row.verb()):]
}

// parameters spells the options of a list or a watch.
func (t watchTarget) parameters(o metav1.ListOptions, watching bool) url.Values {
	set := url.Values{}
	text := func(key, value string) {
		if value != "" {
			set.Set(key, value)
		}
	}
	text("labelSelector", t.labels)
	if t.name != "" {
		set.Set("fieldSelector", "metadata.name="+t.name)
	}
	text("resourceVersion", o.ResourceVersion)
	text("resourceVersionMatch", string(o.ResourceVersionMatch))
	if !watching {
		text("continue", o.Continue)
		if o.Limit > 0 {
			set.Set("limit", strconv.FormatInt(o.Limit, 10))
		}
		return set
	}
	set.Set("watch", "true")
	set.Set("allowWatchBookmarks", "true")
	if o.SendInitialEvents != nil {
		set.Set("sendInitialEvents", strconv.FormatBool(*o.SendInitialEvents))
	}
	if o.TimeoutSeconds != nil {
		set.Set("timeoutSeconds", strconv.FormatInt(*o.TimeoutSeconds, 10))
	}
	return set
}
