//go:build linux

package main

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// forgetEnded lets the engine double forget what it measured on pods that are
// gone, as long as the bed runs: their addresses are given to other pods.
func (b *bed) forgetEnded() {
	const often = 100 * time.Millisecond // shorter than any pod's start
	known := map[string]string{}
	for range time.Tick(often) {
		running, err := b.podsByAddress()
		if err != nil {
			continue
		}
		for address, uid := range known {
			if running[address] != uid {
				b.forget(address)
			}
		}
		known = running
	}
}

func (b *bed) podsByAddress() (map[string]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var list struct {
		Items []struct {
			Metadata struct{ UID string }
			Status   struct{ PodIP string }
		}
	}
	if err := b.api.get(ctx, "/api/v1/pods?resourceVersion=0", "application/json", &list); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, pod := range list.Items {
		// Real pods have addresses elsewhere, and servers that end with them.
		if strings.HasPrefix(pod.Status.PodIP, "10.244.") {
			all[pod.Status.PodIP] = pod.Metadata.UID
		}
	}
	return all, nil
}

// forget needs no answer: an address that nobody serves remembers nothing.
func (b *bed) forget(address string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, port := range []string{"8000", "30000", "3000", "9400"} {
		_, _ = b.api.do(ctx, http.MethodDelete, "http://"+address+":"+port+"/numbers", "", "*/*", nil)
	}
}
