package plugin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestCredentialsInAnAddress: a Prometheus gets the credentials that stand in its
// address, and nobody else reads them: every number names its source.
func TestCredentialsInAnAddress(t *testing.T) {
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		asked = user == "me" && password == "secret" && r.URL.Query().Get("key") == "secret"
		w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`))
	}))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	n := &numberFlags{prometheus: "http://me:secret@" + host + "/prom?key=secret"}
	p, err := n.client(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Answers(t.Context()); err != nil || !asked {
		t.Errorf("asked with the credentials: %v, %v", asked, err)
	}
	if want := "http://" + host + "/prom"; p.Name != want {
		t.Errorf("it is called %s, want %s", p.Name, want)
	}
}

// A Prometheus that hangs leaves time for those who answer.
func TestMostOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		part, done := mostOf(whole)
		defer done()
		if <-part.Done(); whole.Err() != nil {
			t.Error("nothing is left")
		}
		if end, _ := whole.Deadline(); time.Until(end) != 5*time.Second {
			t.Errorf("%s are left of 15s", time.Until(end))
		}
		unlimited, done := mostOf(context.Background())
		defer done()
		if _, limited := unlimited.Deadline(); limited {
			t.Error("a limit out of nothing")
		}
	})
}
