package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"k8s.io/client-go/rest"
)

// maxAnswer bounds one answer, in bytes: a busy engine's page is about 200 kB,
// a Prometheus's answer to one query of one fleet less.
const maxAnswer = 16 << 20

// APIServer reaches what stands behind an API server: its own APIs, and pods
// and Services through its proxies. It only sends GETs: a
// port-forward, which some servers want to be asked for by a POST, changes nothing.
type APIServer struct {
	base   *url.URL
	http   *http.Client
	config *rest.Config
	// forwards is set once a port-forward has reached what the proxy had not.
	forwards atomic.Bool
	// unopened counts, by namespace, the port-forwards in a row that could not be
	// opened: a *atomic.Int32 each.
	unopened sync.Map
}

// NewAPIServer makes a client of the API server that the configuration names. Its
// transport is to [StayOn] that.
func NewAPIServer(config *rest.Config) (*APIServer, error) {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("credentials for the API server: %w", err)
	}
	base.User = nil
	return &APIServer{base: base, http: client, config: config}, nil
}

// Get returns the body of a good answer. The error says in one line what was
// wrong with any other.
func (a *APIServer) Get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL(path, query), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json, text/plain;version=0.0.4, */*;q=0.1")
	return answer(a.http, request)
}

// URL is the address of a path of the API server.
func (a *APIServer) URL(path string, query url.Values) string {
	u := a.base.JoinPath(path)
	u.RawQuery = query.Encode()
	return u.String()
}

// Client sends requests with the API server's credentials.
func (a *APIServer) Client() *http.Client { return a.http }

// answer sends a request and reads at most maxAnswer bytes.
func answer(client *http.Client, request *http.Request) ([]byte, error) {
	response, err := client.Do(request)
	if err != nil {
		return nil, plain(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, refused(response, body)
	case err != nil:
		return nil, plain(err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	}
	return body, nil
}

// refused words an answer that is none: the API server's own Status where there
// is one, as the proxies have when a pod does not answer.
func refused(response *http.Response, body []byte) error {
	if words, ok := statusOf(response, body); ok {
		return words
	}
	return fmt.Errorf("answers %d %s", response.StatusCode, http.StatusText(response.StatusCode))
}

// statusOf reads the API server's own words.
func statusOf(response *http.Response, body []byte) (words error, ok bool) {
	var status struct{ Kind, Message, Reason string }
	if json.Unmarshal(body, &status) != nil || status.Kind != "Status" || status.Message == "" {
		return nil, false
	}
	text := firstLine(status.Message)
	switch {
	case response.StatusCode == http.StatusForbidden:
		return unreached{fmt.Errorf("forbidden: %s", text)}, true
	case response.StatusCode >= http.StatusInternalServerError && !strings.Contains(text, "connection refused") && !strings.Contains(text, "no endpoints"):
		return unreached{errors.New(text)}, true
	}
	return errors.New(text), true
}

// plain drops the address, which the gap's source says, and the chain of
// wrappers from a transport error.
func plain(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var network *net.OpError
	var proxy unreached
	switch {
	case errors.As(err, &proxy):
		return proxy
	case errors.Is(err, context.DeadlineExceeded):
		return silence{}
	case errors.As(err, &network) && network.Err != nil:
		return errors.New(firstLine(network.Err.Error()))
	}
	return errors.New(firstLine(err.Error()))
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
