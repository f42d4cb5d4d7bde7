package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	corev1 "k8s.io/api/core/v1"

	"github.com/infscale/kubectl-infscale/plugin/collect"
)

// heldNumbers are what the engine double measures on every pod of a selector,
// from a moment on; pods that come later have them, too.
type heldNumbers struct {
	At       time.Time
	Selector string
	Port     string
	// Numbers by the double's names: queue, running, kv, gpu.
	Numbers map[string]float64
	// Total is of all pods together, instead of each: the oldest measures it.
	Total bool
	// page is served instead, word for word.
	page []byte
}

// holder keeps the numbers of a proof on its pods.
type holder struct {
	api       *collect.APIServer
	namespace string
	cancel    context.CancelFunc
	done      chan struct{}

	mu   sync.Mutex
	held []heldNumbers
	// sending is held while pods are told, so that what was in force does not
	// come after what is.
	sending sync.Mutex
}

func newHolder(api *collect.APIServer, namespace string) *holder {
	ctx, cancel := context.WithCancel(context.Background())
	h := &holder{api: api, namespace: namespace, cancel: cancel, done: make(chan struct{})}
	go h.run(ctx)
	return h
}

func (h *holder) stop() {
	h.cancel()
	<-h.done
}

// all are the numbers that were held so far, in their order.
func (h *holder) all() []heldNumbers {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.held)
}

// inForce is the latest of each selector and port.
func (h *holder) inForce() []heldNumbers {
	latest := map[string]heldNumbers{}
	for _, one := range h.all() {
		latest[one.Selector+" "+one.Port] = one
	}
	var all []heldNumbers
	for _, one := range latest {
		all = append(all, one)
	}
	return all
}

func (h *holder) run(ctx context.Context) {
	defer close(h.done)
	for {
		h.tellAll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// tellAll gives all pods the numbers that are in force.
func (h *holder) tellAll(ctx context.Context) {
	h.sending.Lock()
	defer h.sending.Unlock()
	for _, one := range h.inForce() {
		h.put(ctx, one)
	}
}

// put gives the pods that run their numbers; one that cannot be reached gets
// them the next time.
func (h *holder) put(ctx context.Context, one heldNumbers) {
	body, err := h.api.Get(ctx, "/api/v1/namespaces/"+h.namespace+"/pods", url.Values{"labelSelector": {one.Selector}})
	var pods corev1.PodList
	if err != nil || json.Unmarshal(body, &pods) != nil {
		return
	}
	slices.SortStableFunc(pods.Items, func(a, b corev1.Pod) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	var addresses []string
	for i := range pods.Items {
		// The address of one that goes is soon another's.
		if status := pods.Items[i].Status; status.Phase == corev1.PodRunning && status.PodIP != "" && pods.Items[i].DeletionTimestamp == nil {
			addresses = append(addresses, status.PodIP)
		}
	}
	for i, address := range addresses {
		server := "http://" + address + ":" + one.Port
		if one.page != nil {
			tell(ctx, http.MethodPut, server+"/metrics", one.page)
			continue
		}
		tell(ctx, http.MethodDelete, server+"/metrics", nil) // a page of before
		tell(ctx, http.MethodPut, server+"/numbers?"+one.share(i).Encode(), nil)
	}
}

func tell(ctx context.Context, method, address string, body []byte) {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return
	}
	if answer, err := http.DefaultClient.Do(request); err == nil {
		answer.Body.Close()
	}
}

// share is what pod i measures, the oldest being the first. Of a total that is all
// of it: spread over the pods, it would be read too high or too low for a moment
// whenever one more takes its share.
func (one heldNumbers) share(i int) url.Values {
	values := url.Values{}
	for name, number := range one.Numbers {
		if one.Total && i > 0 {
			number = 0
		}
		values.Set(name, strconv.FormatFloat(number, 'g', -1, 64))
	}
	return values
}

// cmdHold sets what the engine double measures from now on: hold SELECTOR
// [--total] [--port PORT] NUMBER=VALUE…, or page=FILE.
func cmdHold(ts *testscript.TestScript, args []string) {
	one, err := parseHold(ts, args)
	ts.Check(err)
	h := proverOf(ts).holder
	h.mu.Lock()
	h.held = append(h.held, one)
	h.mu.Unlock()
	h.tellAll(proverOf(ts).bed.Context())
	proverOf(ts).renew(ts)
}

func parseHold(ts *testscript.TestScript, args []string) (heldNumbers, error) {
	one := heldNumbers{At: time.Now(), Port: "8000", Numbers: map[string]float64{}}
	if len(args) < 2 {
		return one, fmt.Errorf("usage: hold SELECTOR [--total] [--port PORT] NUMBER=VALUE… or page=FILE")
	}
	one.Selector = args[0]
	for rest := args[1:]; len(rest) > 0; rest = rest[1:] {
		word := rest[0]
		name, value, assigned := strings.Cut(word, "=")
		switch {
		case word == "--total":
			one.Total = true
		case word == "--port" && len(rest) > 1:
			one.Port, rest = rest[1], rest[1:]
		case name == "page" && assigned:
			page, err := os.ReadFile(ts.MkAbs(value))
			if err != nil {
				return one, err
			}
			one.page = append([]byte{}, page...)
		case assigned:
			number, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return one, err
			}
			one.Numbers[name] = number
		default:
			return one, fmt.Errorf("hold: %q is no NUMBER=VALUE", word)
		}
	}
	return one, nil
}
