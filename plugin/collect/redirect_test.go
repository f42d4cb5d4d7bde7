package collect

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks/signals"
)

// TestRedirects: credentials stay with the server that they are for, whatever a
// pod or a Prometheus answers. A redirect within it, as of /metrics to /metrics/,
// is followed.
func TestRedirects(t *testing.T) {
	stolen := func(t *testing.T) *httptest.Server {
		elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			t.Errorf("another server was asked for %s, with the credentials %q", r.URL, r.Header.Get("Authorization"))
			w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`))
		}))
		t.Cleanup(elsewhere.Close)
		return elsewhere
	}
	const page = "# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting 3\n"
	t.Run("of a pod", func(t *testing.T) {
		elsewhere := stolen(t)
		const pods = "/api/v1/namespaces/inference/pods/"
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case pods + "vllm-1-a:8000/proxy/metrics":
				http.Redirect(w, r, r.URL.Path+"/", http.StatusTemporaryRedirect)
			case pods + "vllm-1-a:8000/proxy/metrics/":
				w.Write([]byte(page))
			default:
				http.Redirect(w, r, elsewhere.URL, http.StatusFound)
			}
		}))
		t.Cleanup(server.Close)
		set := (&Scraper{API: guarded(t, server.URL)}).Collect(t.Context(), snapshot(t, fleetYAML))
		wantValue(t, set, signals.QueueDepth, ref("Pod", "vllm-1-a"), "", 3)
		wantGap(t, set, "scrape pod/vllm-1-b", "redirects to", "another server")
	})
	t.Run("of a Prometheus", func(t *testing.T) {
		elsewhere := stolen(t)
		server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
		t.Cleanup(server.Close)
		p, err := NewPrometheus(server.URL, server.URL, WithToken(nil, "secret"))
		if err != nil {
			t.Fatal(err)
		}
		wantGap(t, p.Collect(t.Context(), snapshot(t, fleetYAML)), "redirects to", "another server")
	})
	t.Run("of a port-forward", func(t *testing.T) {
		elsewhere := stolen(t)
		for _, code := range []int{http.StatusFound, http.StatusTemporaryRedirect} {
			server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, code))
			t.Cleanup(server.Close)
			_, err := guarded(t, server.URL).openForward("inference", "vllm-1-a", 8000)
			if err == nil || !strings.Contains(err.Error(), "which is another server and is not asked") {
				t.Errorf("%d: %v", code, err)
			}
		}
	})
}

// guarded is an API server that is asked with a token, and with the guard that
// every context gets.
func guarded(t *testing.T, address string) *APIServer {
	t.Helper()
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	config := &rest.Config{Host: address, BearerToken: "secret"}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return StayOn(base, next) })
	api, err := NewAPIServer(config)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// TestStayOn: a server is its scheme, host and port; by https in the place of http
// it is the same one.
func TestStayOn(t *testing.T) {
	for _, c := range []struct {
		server, asked string
		goes          bool
	}{
		{"https://api:6443/k8s/c-1", "https://api:6443/elsewhere", true},
		{"https://api:6443", "https://api:8443/", false},
		{"https://api:6443", "https://other:6443/", false},
		{"https://api:6443", "http://api:6443/", false},
		{"http://api", "https://api/", true},
		{"http://api", "https://api.evil/", false},
	} {
		server, err := url.Parse(c.server)
		if err != nil {
			t.Fatal(err)
		}
		went := false
		stay := StayOn(server, roundTrip(func(*http.Request) (*http.Response, error) {
			went = true
			return nil, errors.New("nobody there")
		}))
		_, err = stay.RoundTrip(httptest.NewRequest(http.MethodGet, c.asked, nil))
		if went != c.goes || err == nil {
			t.Errorf("%s from %s: %v", c.asked, c.server, err)
		}
	}
}
