package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Prometheus asks a server that speaks Prometheus' HTTP API.
type Prometheus struct {
	// Name says which one in reports: its address, or its Service.
	Name string
	// ProxyPath is its path at the API server; empty where it is reached directly.
	ProxyPath string
	base      *url.URL
	http      *http.Client
	past      pastStarts
}

// NewPrometheus makes a client of the server at an address. The client carries
// the credentials; nil is the default one.
func NewPrometheus(name, address string, client *http.Client) (*Prometheus, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport
	if client != nil && client.Transport != nil {
		transport = client.Transport
	}
	return &Prometheus{Name: name, base: base, http: &http.Client{Transport: StayOn(base, transport)}}, nil
}

// query asks for one expression, now. An answer is there also where the error is
// that it is a partial one.
func (p *Prometheus) query(ctx context.Context, expr string, a *answered) error {
	return p.queryAt(ctx, expr, time.Time{}, a)
}

// queryAt is query at another time than now.
func (p *Prometheus) queryAt(ctx context.Context, expr string, at time.Time, a *answered) error {
	question := url.Values{"query": {expr}}
	if !at.IsZero() {
		question.Set("time", at.UTC().Format(time.RFC3339))
	}
	warnings, err := p.ask(ctx, "query", question, a.read)
	switch {
	case err != nil:
		return err
	case a.shape == "":
		return errors.New("no Prometheus answers there: the answer has no result")
	case len(warnings) > 0:
		return partial(strings.Join(warnings, "; "))
	}
	return nil
}

// partial is an answer that the server itself calls incomplete.
type partial string

func (p partial) Error() string { return "a partial answer: " + firstLine(string(p)) }

// ask sends a question, as a GET since an API server's proxy asks for another
// right for a POST, and reads the answer as it comes: that about a large fleet is
// megabytes. data reads what was asked for.
func (p *Prometheus) ask(ctx context.Context, endpoint string, query url.Values, data func(*reader) error) (warnings []string, err error) {
	address := p.base.JoinPath("api/v1", endpoint)
	all := address.Query() // what the address itself wants
	for key, values := range query {
		all[key] = values
	}
	address.RawQuery = all.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, plain(err)
	}
	response, err := p.http.Do(request)
	if err != nil {
		return nil, plain(err)
	}
	defer response.Body.Close()
	code := response.StatusCode
	refuses := code == http.StatusBadRequest || code == http.StatusUnprocessableEntity // and says why
	if code/100 != 2 && !refuses {
		return nil, fmt.Errorf("answers %d", code)
	}
	body := &limited{Reader: response.Body, left: maxAnswer}
	said := envelope{data: data}
	err = said.read(newReader(body))
	switch _, rest := io.Copy(io.Discard, body); { // one that is too long is that, whatever it holds
	case rest != nil:
		return nil, plain(rest)
	case err != nil && refuses:
		return nil, fmt.Errorf("answers %d", code)
	case err != nil:
		return nil, fmt.Errorf("no Prometheus answers there: %s", strings.TrimPrefix(firstLine(err.Error()), "jsontext: "))
	case said.status == "error" || refuses && said.status != "success":
		return nil, errors.New(firstLine(cmp.Or(said.failure, fmt.Sprintf("answers %d", code))))
	case refuses:
		return nil, errors.New("no Prometheus answers there: it refuses, and calls that a success")
	}
	return said.warnings, nil
}

// limited gives up on an answer that is far too large. What went wrong once goes
// wrong again.
type limited struct {
	io.Reader
	left int
	err  error
}

func (l *limited) Read(b []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.Reader.Read(b)
	if l.left -= n; l.left < 0 {
		n, err = 0, fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	}
	l.err = err
	return n, err
}

// WithToken returns a client that sends a bearer token and keeps the rest.
func WithToken(client *http.Client, token string) *http.Client {
	if token == "" {
		return client
	}
	base := http.DefaultTransport
	if client != nil && client.Transport != nil {
		base = client.Transport
	}
	return &http.Client{Transport: bearer{base, token}}
}

type bearer struct {
	http.RoundTripper
	token string
}

func (b bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+b.token)
	return b.RoundTripper.RoundTrip(request)
}

// Address checks what a user or a manifest calls a Prometheus.
func Address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("not an address")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("an address begins with http:// or https://, found %q", text)
	}
	return u, nil
}
