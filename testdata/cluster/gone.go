//go:build linux

package main

import (
	"context"
	"net"
	"net/http"
	"time"
)

// silenceGone ends what the engine double serves for pods that are gone, as long
// as the bed runs: Prometheus asks at their addresses for some seconds more.
func (b *bed) silenceGone() {
	const often = 500 * time.Millisecond // a scrape comes every two seconds
	known := map[string]bool{}
	for range time.Tick(often) {
		present, err := b.podAddresses()
		if err != nil {
			continue
		}
		for address := range known {
			if !present[address] {
				b.silence(address)
			}
		}
		known = present
	}
}

// podAddresses are those of the fake pods. Real ones have servers that end with
// them.
func (b *bed) podAddresses() (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var list struct {
		Items []struct {
			Status struct{ PodIP string }
		}
	}
	if err := b.api.get(ctx, "/api/v1/pods?resourceVersion=0", "application/json", &list); err != nil {
		return nil, err
	}
	_, fake, err := net.ParseCIDR(podCIDR)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, pod := range list.Items {
		if fake.Contains(net.ParseIP(pod.Status.PodIP)) {
			all[pod.Status.PodIP] = true
		}
	}
	return all, nil
}

// silence needs no answer: what nobody serves is silent.
func (b *bed) silence(address string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, port := range []string{"8000", "30000", "3000", "9400"} {
		_, _ = b.api.do(ctx, http.MethodPut, "http://"+address+":"+port+"/metrics", "", "*/*", nil)
	}
}
