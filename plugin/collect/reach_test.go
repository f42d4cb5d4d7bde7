package collect

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestReaching: by the proxy as long as it works; what the proxy fails at for
// reasons of its own is looked for by port-forward, and only from the start.
func TestReaching(t *testing.T) {
	good := func(*http.Request) (*http.Response, error) { return httptest.NewRecorder().Result(), nil }
	for name, c := range map[string]struct {
		failure error
		proven  bool
		looked  bool // for a pod behind the Service
	}{
		"works":                {nil, false, false},
		"forbidden":            {unreached{errors.New("forbidden: services/proxy")}, false, true},
		"in time no more":      {silence{}, false, true},
		"nobody listens":       {errors.New("connection refused"), false, false},
		"it has worked before": {unreached{errors.New("bad gateway")}, true, false},
	} {
		looked := false
		api := apiServer(t, map[string]http.HandlerFunc{"/api/v1/namespaces/monitoring/services": func(w http.ResponseWriter, _ *http.Request) {
			looked = true
			fmt.Fprint(w, `{"kind":"ServiceList","items":[]}`)
		}})
		r := &reaching{api: api, service: candidate{namespace: "monitoring", name: "prometheus", port: 9090}, proven: c.proven}
		r.proxy = roundTrip(func(request *http.Request) (*http.Response, error) {
			if c.failure != nil {
				return nil, c.failure
			}
			return good(request)
		})
		_, err := r.RoundTrip(httptest.NewRequest(http.MethodGet, api.URL("/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query", nil), nil))
		if !errors.Is(err, c.failure) || looked != c.looked {
			t.Errorf("%s: %v, looked for a pod: %v", name, err, looked)
		}
	}
}

// TestForwardsInVain: where no port-forward can be opened, few are tried, and by
// namespace; one that opens makes up for those before.
func TestForwardsInVain(t *testing.T) {
	tried := map[string]int{}
	paths := map[string]http.HandlerFunc{}
	pod := func(namespace string, i int) string {
		return fmt.Sprintf("/api/v1/namespaces/%s/pods/p%d", namespace, i)
	}
	const pods = 45
	for _, namespace := range []string{"a", "b"} {
		for i := range pods {
			paths[pod(namespace, i)+":8000/proxy/metrics"] = func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusServiceUnavailable)
				fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"ServiceUnavailable","code":503,"message":"error trying to reach service: network is unreachable"}`)
			}
			paths[pod(namespace, i)+"/portforward"] = func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet { // a POST is the older way to ask the same
					tried[namespace]++
				}
				http.Error(w, "no kubelet", http.StatusInternalServerError)
			}
		}
	}
	api := apiServer(t, paths)
	for _, namespace := range []string{"a", "b"} {
		for i := range pods {
			if _, err := api.fromPod(t.Context(), namespace, fmt.Sprintf("p%d", i), target{port: 8000, path: "/metrics"}, time.Minute); err == nil || !strings.Contains(err.Error(), "unreachable") {
				t.Errorf("pod %d of %s: %v", i, namespace, err)
			}
		}
		if few := tried[namespace]; few < 6 || few > 8 {
			t.Errorf("%d port-forwards were tried in namespace %s", few, namespace)
		}
	}
	api.unopenedIn("a").Store(0)
	if api.forwardInVain("a") || !api.forwardInVain("b") {
		t.Error("one that opened does not count, or counts in another namespace")
	}
}

// TestReachingASilentProxy gives up on it after proxyPatience.
func TestReachingASilentProxy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reaching{proxy: roundTrip(func(request *http.Request) (*http.Response, error) {
			<-request.Context().Done()
			return nil, request.Context().Err()
		})}
		start := time.Now()
		_, err := r.first(httptest.NewRequest(http.MethodGet, "/", nil), false)
		if took := time.Since(start); err != (silence{}) || took != proxyPatience {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// TestReachingDirectly: the pod gets the path that stands behind the proxy's.
func TestReachingDirectly(t *testing.T) {
	for proxied, want := range map[string]string{
		"https://api/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query?query=up": "http://prometheus.monitoring/api/v1/query?query=up",
		"https://api/k8s/c-1/api/v1/namespaces/proxy/services/proxy:9090/proxy/prometheus/api/v1/query": "http://proxy.proxy/prometheus/api/v1/query",
	} {
		service := candidate{namespace: "monitoring", name: "prometheus", port: 9090, scheme: "http"}
		if strings.Contains(want, "proxy.proxy") {
			service.namespace, service.name = "proxy", "proxy"
		}
		r := &reaching{service: service}
		if got := r.direct(httptest.NewRequest(http.MethodGet, proxied, nil)).URL.String(); got != want {
			t.Errorf("%s leads to %s, want %s", proxied, got, want)
		}
	}
}

func TestBehind(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: 9091}}}}}}
	for name, c := range map[string]struct {
		to   intstr.IntOrString
		want int32
	}{
		"a number": {intstr.FromInt32(9092), 9092},
		"a name":   {intstr.FromString("web"), 9091},
		"no such":  {intstr.FromString("api"), 0},
		"its own":  {intstr.IntOrString{}, 80},
	} {
		service := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80, TargetPort: c.to}}}}
		if got, _ := behind(service, 80, pod); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
