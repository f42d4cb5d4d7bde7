package plugin

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// link passes connections on to an API server, until it is cut.
type link struct {
	to       string
	listener net.Listener

	mu    sync.Mutex
	isCut bool
	open  []net.Conn
}

func newLink(t *testing.T, host string) *link {
	t.Helper()
	to, err := url.Parse(host)
	if err != nil {
		t.Fatal(err)
	}
	l := &link{to: to.Host}
	if l.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.listener.Close() })
	go func() {
		for {
			here, err := l.listener.Accept()
			if err != nil {
				return
			}
			go l.pass(here)
		}
	}()
	return l
}

func (l *link) address() string { return "https://" + l.listener.Addr().String() }

func (l *link) pass(here net.Conn) {
	defer here.Close()
	there, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer there.Close()
	l.mu.Lock()
	l.open = append(l.open, here, there)
	isCut := l.isCut
	l.mu.Unlock()
	if isCut {
		return
	}
	go func() {
		_, _ = io.Copy(there, here) // the end of either is the end of both
		there.Close()
	}()
	_, _ = io.Copy(here, there)
}

func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = true
	for _, connection := range l.open {
		connection.Close()
	}
	l.open = nil
}

func (l *link) join() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = false
}
