package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"
)

const (
	// stallLimit is how long one answer may make no progress: longer than the
	// API server's own patience with a slow webhook (30 s at most).
	stallLimit = 35 * time.Second
	// maxBody bounds one answer; a page of 500 ConfigMaps of the API server's
	// limit would just exceed it.
	maxBody = 512 << 20
	// maxTries bounds how often one request is sent.
	maxTries = 4
	// firstWait is the pause before the second try; it doubles.
	firstWait = 250 * time.Millisecond
	// maxWait is the longest that a server may ask to wait (Retry-After).
	maxWait = 30 * time.Second

	protobufFirst = "application/vnd.kubernetes.protobuf,application/json"
	jsonOnly      = "application/json"
)

// liveClient sends GETs to one API server, and nothing else.
type liveClient struct {
	base    *url.URL
	http    *http.Client
	decoder runtime.Decoder // of built-in kinds, and of a refusal's Status
}

func newLiveClient(config *rest.Config) (*liveClient, error) {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("credentials for the API server: %w", err)
	}
	base.User = nil
	return &liveClient{base: base, http: client, decoder: liveDecoder()}, nil
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// liveAnswer is what came back for one try.
type liveAnswer struct {
	code       int
	retryAfter time.Duration
	body       []byte
}

// get asks until there is an answer worth having. The body is valid until buf
// is used again. Errors are *refusal (this request brings nothing) and
// *Unreachable (no request would).
func (c *liveClient) get(ctx context.Context, path string, query url.Values, accept string, buf *bytes.Buffer) ([]byte, error) {
	for try := 1; ; try++ {
		answer, err := c.try(ctx, path, query, accept, buf)
		switch {
		case err != nil:
			if err, again := c.failed(ctx, err); !again || try == maxTries {
				return nil, err
			}
		case answer.code == http.StatusOK:
			return answer.body, nil
		case answer.code == http.StatusUnauthorized:
			// A credential plugin renews what was refused for the next request.
			if try > 1 {
				return nil, &Unreachable{Address: c.base.String(), Cause: errUnauthorized}
			}
			continue
		default:
			refused := c.refused(answer)
			if !refused.transient() || try == maxTries || answer.retryAfter > maxWait {
				return nil, refused
			}
		}
		wait := firstWait << (try - 1)
		if answer != nil {
			wait = max(wait, answer.retryAfter)
		}
		if err := pause(ctx, wait); err != nil {
			return nil, c.interrupted(ctx)
		}
	}
}

// try sends one request. An answer that makes no progress for the stall limit
// is given up.
func (c *liveClient) try(ctx context.Context, path string, query url.Values, accept string, buf *bytes.Buffer) (*liveAnswer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(stallLimit, func() { cancel(errStalled) })
	defer timer.Stop()

	address := c.base.JoinPath(path)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, stalled(ctx, err)
	}
	defer response.Body.Close()
	buf.Reset()
	progress := readerFunc(func(p []byte) (int, error) {
		timer.Reset(stallLimit)
		return response.Body.Read(p)
	})
	if _, err := buf.ReadFrom(io.LimitReader(progress, maxBody+1)); err != nil {
		return nil, stalled(ctx, err)
	}
	if buf.Len() > maxBody {
		return &liveAnswer{code: http.StatusRequestEntityTooLarge}, nil
	}
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	return &liveAnswer{code: response.StatusCode, retryAfter: time.Duration(max(seconds, 0)) * time.Second, body: buf.Bytes()}, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// stalled returns the reason for which the client itself ended the request,
// where it did.
func stalled(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
		return cause
	}
	return err
}

// failed sorts an error of the connection: what to return, and whether to try
// again instead.
func (c *liveClient) failed(ctx context.Context, err error) (_ error, again bool) {
	var timeout interface{ Timeout() bool }
	switch {
	case ctx.Err() != nil:
		return c.interrupted(ctx), false
	case errors.Is(err, errStalled):
		return &refusal{reason: fmt.Sprintf("no answer within %v", stallLimit)}, false
	case errors.As(err, &timeout) && timeout.Timeout():
		return &refusal{reason: "no answer in time"}, false
	case utilnet.IsConnectionReset(err), utilnet.IsProbableEOF(err), utilnet.IsHTTP2ConnectionLost(err):
		return c.unreachable(fmt.Errorf("the connection broke off: %w", cause(err))), true
	}
	return c.unreachable(cause(err)), false
}

func (c *liveClient) unreachable(err error) error {
	return &Unreachable{Address: c.base.String(), Cause: err}
}

// cause leaves out what net/http puts around an error: the address again, with
// every parameter.
func cause(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

func (c *liveClient) interrupted(ctx context.Context) error {
	return &Unreachable{Address: c.base.String(), Cause: context.Cause(ctx)}
}

// refused reads why the server did not answer with what was asked for.
func (c *liveClient) refused(answer *liveAnswer) *refusal {
	r := &refusal{code: answer.code, reason: fmt.Sprintf("%d %s", answer.code, http.StatusText(answer.code))}
	object, _, err := c.decoder.Decode(answer.body, nil, nil)
	if status, ok := object.(*metav1.Status); err == nil && ok && status.Message != "" {
		r.reason += ": " + oneLine(status.Message)
	}
	return r
}

// version asks for the server's version: everybody may, so an answer shows that
// the address, the certificate and the credentials are right. It is empty where
// the server does not tell.
func (c *liveClient) version(ctx context.Context) (string, error) {
	var buf bytes.Buffer
	body, err := c.get(ctx, "/version", nil, jsonOnly, &buf)
	if refused := asRefusal(err); refused != nil {
		if refused.forbidden() {
			return "", nil
		}
		return "", c.unreachable(fmt.Errorf("GET /version: %w", refused))
	}
	if err != nil {
		return "", err
	}
	var version struct {
		GitVersion string `json:"gitVersion"`
	}
	if err := json.Unmarshal(body, &version); err != nil || version.GitVersion == "" {
		return "", c.unreachable(errors.New("GET /version: not the answer of a Kubernetes API server"))
	}
	// v1.37.2-gke.100 and v1.37.2+k3s1 are builds of 1.37.2.
	number := strings.TrimPrefix(version.GitVersion, "v")
	if end := strings.IndexAny(number, "-+"); end >= 0 {
		number = number[:end]
	}
	return number, nil
}
