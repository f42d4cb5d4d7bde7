package collect

import (
	"net/http"
	"net/http/httptest"
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
		api, err := NewAPIServer(&rest.Config{Host: server.URL, BearerToken: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		set := (&Scraper{API: api}).Collect(t.Context(), snapshot(t, fleetYAML))
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
}
