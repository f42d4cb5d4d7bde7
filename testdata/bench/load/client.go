// Package load fills a cluster with objects for doctor to be measured on, and
// reads them back the cheapest way there is.
package load

import (
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Client speaks protobuf to the API groups that the load is made of.
type Client struct{ core, apps, autoscaling, policy rest.Interface }

// FromKubeconfig connects to the cluster that $KUBECONFIG names and to no
// other: the default file in the home folder may name one that somebody needs.
func FromKubeconfig() (*Client, error) {
	path := os.Getenv("KUBECONFIG")
	if path == "" {
		return nil, fmt.Errorf("KUBECONFIG is not set")
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return nil, err
	}
	return newClient(config)
}

func newClient(config *rest.Config) (*Client, error) {
	config = rest.CopyConfig(config)
	config.QPS = -1 // the server's own limits are enough
	config.UserAgent = "infscale-bench"
	config.ContentType = runtime.ContentTypeProtobuf
	config.AcceptContentTypes = runtime.ContentTypeProtobuf
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	shared, err := rest.HTTPClientFor(config) // one connection for all groups
	if err != nil {
		return nil, err
	}
	var c Client
	for _, g := range []struct {
		of  *rest.Interface
		api string
		gv  schema.GroupVersion
	}{
		{&c.core, "/api", schema.GroupVersion{Version: "v1"}},
		{&c.apps, "/apis", schema.GroupVersion{Group: "apps", Version: "v1"}},
		{&c.autoscaling, "/apis", schema.GroupVersion{Group: "autoscaling", Version: "v2"}},
		{&c.policy, "/apis", schema.GroupVersion{Group: "policy", Version: "v1"}},
	} {
		of := rest.CopyConfig(config)
		of.APIPath, of.GroupVersion = g.api, &g.gv
		if *g.of, err = rest.RESTClientForConfigAndClient(of, shared); err != nil {
			return nil, err
		}
	}
	return &c, nil
}
