package source

import (
	"context"
	"net"
	"net/http"
	"testing"

	"k8s.io/client-go/rest"
)

// pipes is a network of one listener, in memory.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
}

// listen serves the handler until the test ends.
func listen(t *testing.T, handler http.Handler) *pipes {
	p := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	go server.Serve(p)
	t.Cleanup(func() { server.Close() })
	return p
}

func (p *pipes) config() *rest.Config { return &rest.Config{Host: "http://api.test", Dial: p.dial} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.connections <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	close(p.closed)
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
