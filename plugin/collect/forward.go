package collect

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// forwarded is a client whose connections all lead to one port of a pod, as kubectl
// port-forward does it but without a port on this machine. Who may not use the API
// server's proxies may often do this, and it reaches pods where only kubelets can
// be reached from the API server.
func (a *APIServer) forwarded(namespace, pod string, port int32) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return a.forward(ctx, namespace, pod, port) }
	return &http.Client{Transport: &http.Transport{
		DialContext: dial,
		// The API server's proxy does not verify a pod's certificate either; no
		// credentials go there.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
}

// forward opens one connection. Dialling cannot be interrupted: when the context
// ends first, whatever comes of it is closed.
func (a *APIServer) forward(ctx context.Context, namespace, pod string, port int32) (net.Conn, error) {
	type dialled struct {
		conn *forwardedConn
		err  error
	}
	done := make(chan dialled, 1)
	go func() {
		conn, err := a.openForward(namespace, pod, port)
		done <- dialled{conn, err}
	}()
	select {
	case got := <-done:
		if got.err != nil {
			return nil, got.err
		}
		return got.conn, nil
	case <-ctx.Done():
		go func() {
			if got := <-done; got.err == nil {
				got.conn.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

func (a *APIServer) openForward(namespace, pod string, port int32) (*forwardedConn, error) {
	dialer, err := a.forwardDialer(fmt.Sprintf("/api/v1/namespaces/%s/pods/%s/portforward", url.PathEscape(namespace), url.PathEscape(pod)))
	if err != nil {
		return nil, err
	}
	connection, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		a.unopenedIn(namespace).Add(1)
		return nil, err
	}
	a.unopenedIn(namespace).Store(0)
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(int(port)))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	failure, err := connection.CreateStream(headers)
	if err != nil {
		connection.Close()
		return nil, err
	}
	failure.Close() // nothing is written to it
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := connection.CreateStream(headers)
	if err != nil {
		connection.Close()
		return nil, err
	}
	return &forwardedConn{Stream: data, failure: failure, connection: connection}, nil
}

func (a *APIServer) unopenedIn(namespace string) *atomic.Int32 {
	count, _ := a.unopened.LoadOrStore(namespace, new(atomic.Int32))
	return count.(*atomic.Int32)
}

// forwardInVain says whether port-forwards to a namespace's pods fail one like the
// other, for want of a right or of a way to the kubelets: one in twenty is tried
// then, in case that this has changed.
func (a *APIServer) forwardInVain(namespace string) bool {
	const few, seldom = 5, 20
	count := a.unopenedIn(namespace)
	return count.Load() >= few && count.Add(1)%seldom != 0
}

// forwardDialer speaks WebSocket, and SPDY to API servers before 1.31.
func (a *APIServer) forwardDialer(path string) (httpstream.Dialer, error) {
	at, err := url.Parse(a.URL(path, nil))
	if err != nil {
		return nil, err
	}
	transport, upgrader, err := spdy.RoundTripperFor(a.config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	tunnel, err := portforward.NewSPDYOverWebsocketDialerForStreaming(at, a.config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(tunnel, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

// forwardedConn is one stream of bytes to a pod. Deadlines do nothing: its reader is
// an HTTP client, which closes it when its time is up.
type forwardedConn struct {
	httpstream.Stream
	failure    io.Reader
	connection httpstream.Connection
}

// Read says what the kubelet said where the stream ends because of that.
func (c *forwardedConn) Read(b []byte) (int, error) {
	n, err := c.Stream.Read(b)
	if n == 0 && err == io.EOF {
		if words, _ := io.ReadAll(io.LimitReader(c.failure, maxWords)); len(words) > 0 {
			return 0, fmt.Errorf("%s", firstLine(string(words)))
		}
	}
	return n, err
}

func (c *forwardedConn) Close() error {
	return c.connection.Close()
}

func (c *forwardedConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *forwardedConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *forwardedConn) SetDeadline(time.Time) error      { return nil }
func (c *forwardedConn) SetReadDeadline(time.Time) error  { return nil }
func (c *forwardedConn) SetWriteDeadline(time.Time) error { return nil }
