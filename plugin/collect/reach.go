package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// proxyPatience is how long the API server's proxy may take to reach something for
// the first time: where a firewall stands between the two, it would wait for
// longer than anybody here.
const proxyPatience = 5 * time.Second

// unreached is what an API server says when its proxy may not be used, or cannot
// reach what is asked for.
type unreached struct{ error }

// silence is an answer that did not come in time.
type silence struct{}

func (silence) Error() string { return "no answer in time" }

// forwardMayHelp says whether the failure is of the proxy, and not of what it leads
// to: a port that nobody listens on is that for a kubelet too.
func forwardMayHelp(err error) bool {
	var proxy unreached
	return errors.As(err, &proxy) || errors.As(err, new(silence)) || errors.Is(err, context.DeadlineExceeded)
}

// fromPod asks a pod, through the API server's proxy or else by port-forward. Each
// way has its own time.
func (a *APIServer) fromPod(ctx context.Context, namespace, pod string, at target, patience time.Duration) ([]byte, error) {
	proxied := func() ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return a.Get(ctx, fmt.Sprintf("/api/v1/namespaces/%s/pods/%s/proxy%s", url.PathEscape(namespace), url.PathEscape(fmt.Sprintf("%s:%d", pod, at.port)), at.path), nil)
	}
	forwarded := func() ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		client := a.forwarded(namespace, pod, at.port)
		defer client.CloseIdleConnections()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s.%s:%d%s", pod, namespace, at.port, at.path), nil)
		if err != nil {
			return nil, err
		}
		return answer(client, request)
	}
	if a.forwards.Load() {
		if body, err := forwarded(); err == nil {
			return body, nil
		}
	}
	body, err := proxied()
	if err == nil || !forwardMayHelp(err) || a.forwards.Load() || a.forwardInVain(namespace) {
		return body, err
	}
	if body, failed := forwarded(); failed == nil {
		a.forwards.Store(true)
		return body, nil
	}
	return nil, err
}

// reaching sends requests for a Service through the API server's proxy, and where
// that fails from the start by port-forward to a pod behind the Service.
type reaching struct {
	api     *APIServer
	service candidate
	proxy   http.RoundTripper

	mu      sync.Mutex
	proven  bool              // the proxy has reached it
	forward http.RoundTripper // nil where it is not used
}

// RoundTrip returns the proxy's failure where no way leads there.
func (r *reaching) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	proven, forward := r.proven, r.forward
	r.mu.Unlock()
	if forward != nil {
		response, err := forward.RoundTrip(r.direct(request))
		if err == nil {
			return response, nil
		}
		r.settle(false, nil) // the pod may be gone
	}
	response, err := r.first(request, proven)
	if err == nil {
		r.settle(true, nil)
		return response, nil
	}
	if proven || !forwardMayHelp(err) {
		return nil, err
	}
	forward, failed := r.open(request.Context())
	if failed != nil {
		return nil, err
	}
	if response, failed = forward.RoundTrip(r.direct(request)); failed != nil {
		return nil, err
	}
	r.settle(false, forward)
	return response, nil
}

func (r *reaching) settle(proven bool, forward http.RoundTripper) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.proven, r.forward = proven, forward
}

// first bounds the wait for a proxy that has not reached the Service before.
func (r *reaching) first(request *http.Request, proven bool) (*http.Response, error) {
	if proven {
		return r.proxy.RoundTrip(request)
	}
	ctx, cancel := context.WithCancel(request.Context())
	late := time.AfterFunc(proxyPatience, cancel)
	response, err := r.proxy.RoundTrip(request.WithContext(ctx))
	switch {
	case err == nil && late.Stop():
		response.Body = &releasing{response.Body, cancel}
		return response, nil
	case err == nil:
		response.Body.Close()
		err = silence{}
	case !late.Stop() && request.Context().Err() == nil:
		err = silence{}
	}
	cancel()
	return nil, err
}

// releasing ends the request's context with its body.
type releasing struct {
	io.ReadCloser
	release context.CancelFunc
}

func (r *releasing) Close() error {
	defer r.release()
	return r.ReadCloser.Close()
}

// direct is the request as the pod itself gets it.
func (r *reaching) direct(request *http.Request) *http.Request {
	at := *request.URL
	_, rest, _ := strings.Cut(at.Path, fmt.Sprintf(":%d/proxy", r.service.port))
	at.Scheme, at.Host, at.Path, at.RawPath = r.service.scheme, r.service.name+"."+r.service.namespace, rest, ""
	clone := request.Clone(request.Context())
	clone.URL, clone.Host = &at, at.Host
	return clone
}

// open finds a running pod behind the Service.
func (r *reaching) open(ctx context.Context) (http.RoundTripper, error) {
	namespace := "/api/v1/namespaces/" + url.PathEscape(r.service.namespace)
	// Listed and not got: the role that doctor prints lets Services be listed.
	var services corev1.ServiceList
	if err := r.api.read(ctx, namespace+"/services", url.Values{"fieldSelector": {"metadata.name=" + r.service.name}}, &services); err != nil {
		return nil, err
	}
	if len(services.Items) != 1 || len(services.Items[0].Spec.Selector) == 0 {
		return nil, errors.New("there is no such Service, or it has no selector")
	}
	service := &services.Items[0]
	var pods corev1.PodList
	selector := labels.SelectorFromSet(service.Spec.Selector).String()
	if err := r.api.read(ctx, namespace+"/pods", url.Values{"labelSelector": {selector}}, &pods); err != nil {
		return nil, err
	}
	for i := range pods.Items {
		pod := &pods.Items[i]
		if port, ok := behind(service, r.service.port, pod); ok && pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
			return r.api.forwarded(pod.Namespace, pod.Name, port).Transport, nil
		}
	}
	return nil, errors.New("no running pod is behind the Service")
}

func (a *APIServer) read(ctx context.Context, path string, query url.Values, into any) error {
	body, err := a.Get(ctx, path, query)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// behind is the pod's port that a Service's port leads to.
func behind(service *corev1.Service, port int32, pod *corev1.Pod) (int32, bool) {
	for _, p := range service.Spec.Ports {
		switch {
		case p.Port != port:
		case p.TargetPort.Type == intstr.String:
			for _, c := range pod.Spec.Containers {
				for _, named := range c.Ports {
					if named.Name == p.TargetPort.StrVal {
						return named.ContainerPort, true
					}
				}
			}
		case p.TargetPort.IntVal != 0:
			return p.TargetPort.IntVal, true
		default:
			return port, true
		}
	}
	return 0, false
}
