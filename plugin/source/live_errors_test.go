package source

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

const (
	deployments = "/apis/apps/v1/deployments"
	budgets     = "/apis/policy/v1/namespaces/inference/poddisruptionbudgets"
	scaled      = "/apis/keda.sh/v1alpha1/scaledobjects"
)

// What one kind refuses is a gap, and does not lose the rest.
func TestLiveGaps(t *testing.T) {
	tests := map[string]struct {
		path     string
		fault    fault
		want     string // gaps
		requests int    // sent for the path
		took     time.Duration
	}{
		"forbidden":                {budgets, fault{code: 403, message: "no"}, `PodDisruptionBudget "inference": forbidden: list poddisruptionbudgets.policy`, 1, 0},
		"forbidden, cluster-wide":  {"/api/v1/nodes", fault{code: 403}, `Node "": forbidden: list nodes`, 1, 0},
		"a name forbidden":         {"/api/v1/persistentvolumes/pv-weights", fault{code: 403}, `PersistentVolume "": forbidden: get persistentvolumes`, 1, 0},
		"an adapter's forbidden":   {"/api/v1/namespaces/monitoring/configmaps", fault{code: 403}, `ConfigMap "monitoring": forbidden: list configmaps`, 1, 0},
		"busy, then well":          {budgets, fault{code: 429, retryAfter: "7", times: 2}, "", 3, 14 * time.Second},
		"busy for ever":            {budgets, fault{code: 429, message: "slow\ndown\x1b[31m"}, `PodDisruptionBudget "inference": 429 Too Many Requests: slow down [31m: list poddisruptionbudgets.policy`, maxTries, 7 * firstWait},
		"busy for too long":        {budgets, fault{code: 429, retryAfter: "3600"}, `PodDisruptionBudget "inference": 429 Too Many Requests: list poddisruptionbudgets.policy`, 1, 0},
		"broken, then well":        {deployments, fault{code: 500, times: 1}, "", 2, firstWait},
		"a conversion webhook":     {scaled, fault{code: 500, message: "conversion webhook failed"}, `ScaledObject "": 500 Internal Server Error: conversion webhook failed: list scaledobjects.keda.sh in all namespaces`, maxTries, 7 * firstWait},
		"an aggregated API":        {scaled, fault{code: 503, message: "the server is currently unable to handle the request"}, `ScaledObject "": 503 Service Unavailable: the server is currently unable to handle the request: list scaledobjects.keda.sh in all namespaces`, maxTries, 7 * firstWait},
		"a gateway's patience":     {scaled, fault{code: 504}, `ScaledObject "": 504 Gateway Timeout: list scaledobjects.keda.sh in all namespaces`, 1, 0},
		"hanging":                  {scaled, fault{hang: true}, `ScaledObject "": no answer within 35s: list scaledobjects.keda.sh in all namespaces`, 1, stallLimit},
		"a broken connection":      {budgets, fault{cut: true, times: 1}, "", 2, 0},
		"credentials renewed":      {budgets, fault{code: 401, times: 1}, "", 2, 0},
		"gone, then well":          {budgets, fault{code: 410, times: 1}, `PodDisruptionBudget "inference": 410 Gone: list poddisruptionbudgets.policy`, 1, 0}, // no token to blame
		"no list":                  {scaled, fault{body: `{"items":"none"}`}, `ScaledObject "": undecodable answer, it begins with "{\"items\":\"none\"}": list scaledobjects.keda.sh in all namespaces`, 1, 0},
		"no protobuf":              {budgets, fault{body: `<html>`}, `PodDisruptionBudget "inference": undecodable answer, it begins with "<html>": list poddisruptionbudgets.policy`, 1, 0},
		"another kind's list":      {budgets, fault{body: `{"apiVersion":"v1","kind":"PodList","items":[{}]}`}, `PodDisruptionBudget "inference": undecodable answer: found a list of v1.Pod: list poddisruptionbudgets.policy`, 1, 0},
		"pages without an end":     {scaled, fault{body: `{"metadata":{"continue":"again"},"items":[]}`}, `ScaledObject "": the list repeats a page: list scaledobjects.keda.sh in all namespaces`, 2, 0},
		"an old server":            {budgets, fault{code: 404}, `PodDisruptionBudget "inference": 404 Not Found: list poddisruptionbudgets.policy`, 1, 0},
		"not installed":            {scaled, fault{code: 404}, "", 1, 0},
		"namespaces not listable":  {"/api/v1/namespaces", fault{code: 403}, "", 1, 0},
		"a version not to be told": {"/version", fault{code: 403}, "", 1, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newAPIServer(t, cluster)
				server.on(test.path, test.fault)
				start := time.Now()
				s := load(t, server.live(), everything())
				if took := time.Since(start); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if diff := cmp.Diff(test.want, gaps(s)); diff != "" {
					t.Error(diff)
				}
				if len(s.Workloads()) != 1 {
					t.Errorf("%d workloads", len(s.Workloads()))
				}
				sent := 0
				for _, r := range server.requests {
					if r.path == test.path {
						sent++
					}
				}
				if sent != test.requests {
					t.Errorf("%d requests, want %d", sent, test.requests)
				}
				if test.want != "" && s.Saw(s.Gaps()[0].Kind, s.Gaps()[0].Namespace) {
					t.Error("the gap counts as seen")
				}
			})
		})
	}
}

func TestLiveStartsAnExpiredListAgainOnce(t *testing.T) {
	for name, test := range map[string]struct {
		times int
		want  string
	}{
		"once":    {1, ""},
		"forever": {0, `Deployment "": 410 Gone: list deployments.apps in all namespaces`},
	} {
		t.Run(name, func(t *testing.T) {
			server := newAPIServer(t, cluster)
			for _, o := range crowd(600) {
				server.apply(o)
			}
			server.on(deployments, fault{code: 410, page: 2, times: test.times})
			s := load(t, server.live(), everything())
			if diff := cmp.Diff(test.want, gaps(s)); diff != "" {
				t.Error(diff)
			}
			if len(s.Workloads()) != 1 || len(s.List(inventory.Deployment)) != 2 {
				t.Errorf("%d workloads", len(s.Workloads()))
			}
		})
	}
}

func crowd(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web` + grouped(i) + `, namespace: crowd}}`
	}
	return all
}

// A server that always has another page is left alone after a while.
func TestLiveBoundsEndlessLists(t *testing.T) {
	pages := 0
	endless := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		w.Write([]byte(`{"metadata":{"continue":"` + strings.Repeat("x", pages%7+1) + `"},"items":[]}`))
	}))
	run, err := (&Live{Config: endless.config()}).begin(everything())
	if err != nil {
		t.Fatal(err)
	}
	err = run.read(t.Context(), liveQuery{liveAccess: liveAccess{kind: inventory.ScaledObject}})
	if err == nil || err.Error() != "the list does not end after 2000 pages" || pages != maxPages {
		t.Errorf("after %d pages: %v", pages, err)
	}
}

// No frame comes of a server that cannot be spoken to.
func TestLiveUnreachable(t *testing.T) {
	tests := map[string]struct {
		path  string
		fault fault
		want  string
	}{
		"expired":           {"/version", fault{code: 401}, "401 Unauthorized: the credentials are refused, or have expired"},
		"expired half-way":  {budgets, fault{code: 401}, "401 Unauthorized: the credentials are refused, or have expired"},
		"a login page":      {"/version", fault{body: "<html>"}, "GET /version: not the answer of a Kubernetes API server"},
		"some other server": {"/version", fault{code: 404}, "GET /version: 404 Not Found"},
		"hanging":           {"/version", fault{hang: true}, "GET /version: no answer within 35s"},
		"breaking off":      {deployments, fault{cut: true}, "the connection broke off: EOF"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newAPIServer(t, cluster)
				server.on(test.path, test.fault)
				frame, err := server.live().Load(t.Context(), everything())
				var unreachable *Unreachable
				if !errors.As(err, &unreachable) || err.Error() != "http://api.test: "+test.want || frame.Objects != nil {
					t.Errorf("error %v, want %q", err, test.want)
				}
			})
		})
	}
}

func TestLiveCannotConnect(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of our refusal
	secure.StartTLS()
	t.Cleanup(secure.Close)
	for name, test := range map[string]struct{ host, want string }{
		"nobody there": {strings.Replace(closed.URL, "http://", "http://user:password@", 1), "connect: connection refused"},
		"a strange CA": {secure.URL, "tls: failed to verify certificate: x509: certificate signed by unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := (&Live{Config: &rest.Config{Host: test.host}}).Load(t.Context(), everything())
			var unreachable *Unreachable
			if !errors.As(err, &unreachable) || !strings.HasSuffix(err.Error(), test.want) || strings.Contains(err.Error(), "password") || !strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("error %v, want one that ends in %q", err, test.want)
			}
		})
	}
}

// Everything that hangs is no cluster without workloads.
func TestLiveHangsAfterItsVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/version" {
				w.Write([]byte(`{"gitVersion":"v1.37.2"}`))
				return
			}
			<-r.Context().Done()
		}))
		_, err := (&Live{Config: hanging.config()}).Load(t.Context(), everything())
		if err == nil || !strings.Contains(err.Error(), "no list was answered: no answer within 35s: list ") {
			t.Errorf("error %v", err)
		}
	})
}

// The caller's own timeout for a request is a gap as well.
func TestLiveRequestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := newAPIServer(t, cluster)
		server.on(scaled, fault{hang: true})
		live := server.live()
		live.Config.Timeout = 5 * time.Second
		if diff := cmp.Diff(`ScaledObject "": no answer in time: list scaledobjects.keda.sh in all namespaces`, gaps(load(t, live, everything()))); diff != "" {
			t.Error(diff)
		}
	})
}

// A context that ends stops the load at once, whatever it was doing.
func TestLiveInterrupted(t *testing.T) {
	for name, f := range map[string]fault{"while hanging": {hang: true}, "while waiting": {code: 429, retryAfter: "20"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := newAPIServer(t, cluster)
				server.on(scaled, f)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				start := time.Now()
				_, err := server.live().Load(ctx, everything())
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		})
	}
}
