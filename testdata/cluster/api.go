//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// api is the driver's own client of the API server. The server reads YAML
// itself, so the manifests are sent as they are.
type api struct {
	http *http.Client
}

// newAPI makes a client that trusts the bed's authority and calls as p.
func newAPI(ca *authority, p pair) (*api, error) {
	cert, err := tls.X509KeyPair(p.cert, p.key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	return &api{&http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{cert}},
	}}}, nil
}

// do sends a request and returns the body of a 2xx answer.
func (a *api) do(ctx context.Context, method, url, contentType, accept string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("Accept", accept)
	response, err := a.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, url, response.Status, lastLines(string(text), 5))
	}
	return text, nil
}

// reach asks for a URL and only wants a good answer.
func (a *api) reach(ctx context.Context, url string) error {
	_, err := a.do(ctx, http.MethodGet, url, "", "*/*", nil)
	return err
}

// get decodes an object or a list.
func (a *api) get(ctx context.Context, path, accept string, into any) error {
	text, err := a.do(ctx, http.MethodGet, apiURL+path, "", accept, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// createAll creates every document of a manifest in one collection, filled in
// by pairs of old and new text.
func (a *api) createAll(ctx context.Context, path, file string, fill ...string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for document := range strings.SplitSeq(strings.NewReplacer(fill...).Replace(string(text)), "\n---\n") {
		_, err := a.do(ctx, http.MethodPost, apiURL+path, "application/yaml", "application/json", []byte(document))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// nodesReady tells what is still missing: nodes that are not ready, or that the
// node controller still keeps pods away from.
func (a *api) nodesReady(ctx context.Context) error {
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Spec     struct{ Taints []struct{ Key string } }
			Status   struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	if err := a.get(ctx, "/api/v1/nodes", "application/json", &list); err != nil {
		return err
	}
	for _, node := range list.Items {
		ready := false
		for _, condition := range node.Status.Conditions {
			ready = ready || condition.Type == "Ready" && condition.Status == "True"
		}
		for _, taint := range node.Spec.Taints {
			ready = ready && !strings.HasPrefix(taint.Key, "node.kubernetes.io/")
		}
		if !ready {
			return fmt.Errorf("node %s is not ready", node.Metadata.Name)
		}
	}
	return nil
}

// definitionsServed tells which definition the discovery does not show yet.
// kubectl goes by the discovery, which follows the definitions with a delay.
func (a *api) definitionsServed(ctx context.Context) error {
	var definitions struct {
		Items []struct {
			Spec struct {
				Group string
				Names struct{ Plural string }
			}
		}
	}
	if err := a.get(ctx, definitionsPath, "application/json", &definitions); err != nil {
		return err
	}
	var discovery struct {
		Items []struct {
			Metadata struct{ Name string }
			Versions []struct {
				Resources []struct{ Resource string }
			}
		}
	}
	const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
	if err := a.get(ctx, "/apis", accept, &discovery); err != nil {
		return err
	}
	served := map[string]bool{}
	for _, group := range discovery.Items {
		for _, version := range group.Versions {
			for _, resource := range version.Resources {
				served[resource.Resource+"."+group.Metadata.Name] = true
			}
		}
	}
	for _, definition := range definitions.Items {
		if name := definition.Spec.Names.Plural + "." + definition.Spec.Group; !served[name] {
			return fmt.Errorf("%s is not served", name)
		}
	}
	return nil
}
