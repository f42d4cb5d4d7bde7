package collect

import (
	"fmt"
	"net/http"
	"net/url"
)

// StayOn is a transport that goes to one server and no other, wherever that one
// redirects to: credentials go with each request, and what answers may be a pod
// that anybody has made. The same host by https in the place of http is the same
// server.
func StayOn(server *url.URL, next http.RoundTripper) http.RoundTripper {
	return &staying{server, next}
}

type staying struct {
	server *url.URL
	next   http.RoundTripper
}

// RoundTrip also refuses the GET that net/http makes of a redirected write: its
// answer would look like that to the write.
func (s *staying) RoundTrip(request *http.Request) (*http.Response, error) {
	from, to := s.server, request.URL
	safer := from.Scheme == "http" && to.Scheme == "https" && from.Hostname() == to.Hostname()
	if !safer && (from.Scheme != to.Scheme || from.Host != to.Host) {
		return nil, fmt.Errorf("redirects to %s, which is another server and is not asked", to.Host)
	}
	if first := request.Response; first != nil && first.Request != nil && first.Request.Method != request.Method {
		return nil, fmt.Errorf("redirects a %s, which would arrive as a %s", first.Request.Method, request.Method)
	}
	return s.next.RoundTrip(request)
}

// WrappedRoundTripper lets client-go close the connections behind it.
func (s *staying) WrappedRoundTripper() http.RoundTripper { return s.next }
