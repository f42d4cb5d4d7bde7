package source

import (
	"context"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"

	"k8s.io/client-go/rest"
)

// pipes is a network of one listener, in memory.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}

	mu        sync.Mutex
	unplugged bool
	open      []net.Conn
}

// unplug breaks every connection, and refuses new ones until plug.
func (p *pipes) unplug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unplugged = true
	for _, connection := range p.open {
		connection.Close()
	}
	p.open = nil
}

func (p *pipes) plug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unplugged = false
}

// connected notes a connection; false while there is no network.
func (p *pipes) connected(connection net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open = append(p.open, connection)
	return !p.unplugged
}

// listen serves the handler until the test ends.
func listen(t testing.TB, handler http.Handler) *pipes {
	p := &pipes{connections: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handler}
	go server.Serve(p)
	t.Cleanup(func() { server.Close() })
	return p
}

func (p *pipes) config() *rest.Config { return &rest.Config{Host: "http://api.test", Dial: p.dial} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	if !p.connected(ours) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
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
