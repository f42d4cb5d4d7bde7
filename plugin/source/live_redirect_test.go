package source

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"k8s.io/client-go/rest"
)

// TestRedirectedAway: whatever stands before an API server, the credentials go to
// nobody else, and the error names who was meant to get them.
func TestRedirectedAway(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another server was asked for %s, with the credentials %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	gateway := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/login", http.StatusFound))
	t.Cleanup(gateway.Close)
	live := &Live{Config: &rest.Config{Host: gateway.URL, BearerToken: "secret"}}
	_, err := live.Load(t.Context(), everyKind())
	if want := "redirects to " + strings.TrimPrefix(elsewhere.URL, "http://"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}
