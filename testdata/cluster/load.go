//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// verbLoad sets what the engine double measures on the running pods that a
// selector chooses.
func verbLoad(args []string) error {
	fs := newFlags("load")
	namespace := fs.String("n", "default", "namespace of the pods")
	selector := fs.String("l", "", "label selector of the pods")
	port := fs.Int("port", 8000, "8000: vLLM, 30000: SGLang, 3000: TGI, 9400: DCGM")
	total := fs.Bool("total", false, "spread the numbers over the pods, instead of giving them to each")
	if err := parse(fs, args, -1); err != nil {
		return err
	}
	method, body, err := pageOf(fs.Args())
	if err != nil {
		return err
	}
	data, err := currentData()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	admin, err := adminAPI(data)
	if err != nil {
		return err
	}
	pods, err := admin.runningPods(ctx, *namespace, *selector)
	if err != nil {
		return err
	}
	if len(pods) == 0 {
		return errors.New("load: no such pod is running")
	}
	for i, address := range pods {
		server := "http://" + address + ":" + strconv.Itoa(*port)
		if method != "" {
			if _, err := admin.do(ctx, method, server+"/metrics", "", "*/*", body); err != nil {
				return err
			}
			continue
		}
		share := 0
		if *total {
			share = len(pods)
		}
		query, err := loadOf(fs.Args(), i, share)
		if err != nil {
			return err
		}
		target := server + "/numbers?" + query.Encode()
		if _, err := admin.do(ctx, http.MethodPut, target, "", "*/*", nil); err != nil {
			return err
		}
	}
	return nil
}

// pageOf reads the word page=FILE, which makes pods serve the file as /metrics
// word for word (a 404 if it is empty), or page=, which ends that. Other words
// give no method.
func pageOf(words []string) (method string, body []byte, err error) {
	file, found := strings.CutPrefix(words[0], "page=")
	switch {
	case !found:
		return "", nil, nil
	case len(words) > 1:
		return "", nil, &usageErr{"load: page= stands alone"}
	case file == "":
		return http.MethodDelete, nil, nil
	}
	body, err = os.ReadFile(file)
	return http.MethodPut, body, err
}

// loadOf reads NUMBER=VALUE words; with a share it is pod i's part of whole
// numbers.
func loadOf(words []string, i, share int) (url.Values, error) {
	query := url.Values{}
	for _, word := range words {
		name, value, found := strings.Cut(word, "=")
		if !found {
			return nil, &usageErr{"load: NUMBER=VALUE expected, found " + word}
		}
		if share > 0 {
			whole, err := strconv.Atoi(value)
			if err != nil {
				return nil, &usageErr{"load: only whole numbers can be spread, found " + word}
			}
			part := whole / share
			if i < whole%share {
				part++
			}
			value = strconv.Itoa(part)
		}
		query.Set(name, value)
	}
	return query, nil
}

// adminAPI signs the administrator in anew.
func adminAPI(data string) (*api, error) {
	ca, err := loadAuthority(filepath.Join(data, "pki"), "ca")
	if err != nil {
		return nil, err
	}
	p, err := ca.client(time.Now(), "admin", "system:masters")
	if err != nil {
		return nil, err
	}
	return newAPI(ca, p)
}

// runningPods are the addresses of the pods that run, in the order of names.
func (a *api) runningPods(ctx context.Context, namespace, selector string) ([]string, error) {
	var list struct {
		Items []struct {
			Status struct{ Phase, PodIP string }
		}
	}
	path := fmt.Sprintf("/api/v1/namespaces/%s/pods?labelSelector=%s", url.PathEscape(namespace), url.QueryEscape(selector))
	if err := a.get(ctx, path, "application/json", &list); err != nil {
		return nil, err
	}
	var addresses []string
	for _, pod := range list.Items {
		if pod.Status.Phase == "Running" && pod.Status.PodIP != "" {
			addresses = append(addresses, pod.Status.PodIP)
		}
	}
	return addresses, nil
}
