package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/rest"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// NewCluster makes the functions that write through an API server. The
// configuration's transport is to follow no redirect to another one.
func NewCluster(config *rest.Config) (Cluster, error) {
	client, err := restClient(config)
	if err != nil {
		return Cluster{}, err
	}
	return Cluster{
		Get: func(ctx context.Context, of Target) (Content, error) {
			result, err := send(ctx, client.Get(), of, of.Name, false)
			return result.Object, err
		},
		Patch: func(ctx context.Context, of Target, with Patch, dryRun bool) (Result, error) {
			request := client.Verb(http.MethodPatch).SetHeader("Content-Type", string(with.Type)).Body(with.Body).Param("fieldManager", Manager)
			if with.Type == ServerSideApply {
				request.Param("force", "true") // Preview has said from whom
			}
			return send(ctx, request, of, of.Name, dryRun)
		},
		Create: func(ctx context.Context, of Target, object Content, dryRun bool) (Result, error) {
			body, err := json.Marshal(object)
			if err != nil {
				return Result{}, err
			}
			request := client.Post().SetHeader("Content-Type", runtime.ContentTypeJSON).Body(body).Param("fieldManager", Manager)
			return send(ctx, request, of, "", dryRun)
		},
		Delete: func(ctx context.Context, of Target, uid string, dryRun bool) (Result, error) {
			body, err := json.Marshal(map[string]any{
				"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": map[string]any{"uid": uid},
			})
			if err != nil {
				return Result{}, err
			}
			return send(ctx, client.Delete().SetHeader("Content-Type", runtime.ContentTypeJSON).Body(body), of, of.Name, dryRun)
		},
	}, nil
}

// restClient speaks JSON to whatever path it is told, and decodes nothing but a
// refusal's Status.
func restClient(config *rest.Config) (*rest.RESTClient, error) {
	config = rest.CopyConfig(config)
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.ContentType, config.AcceptContentTypes = runtime.ContentTypeJSON, runtime.ContentTypeJSON
	config.WarningHandler = rest.NoWarnings{} // they come with each answer, and are shown
	if config.Timeout == 0 {
		config.Timeout = writeLimit
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("credentials for the API server: %w", err)
	}
	return rest.UnversionedRESTClientForConfigAndClient(config, client)
}

// send addresses the request to the object, or to its collection.
func send(ctx context.Context, request *rest.Request, of Target, name string, dryRun bool) (Result, error) {
	path, err := resourcePath(of)
	if err != nil {
		return Result{}, err
	}
	if name != "" {
		path += "/" + url.PathEscape(name)
	}
	if dryRun {
		request.Param("dryRun", metav1.DryRunAll)
	}
	answer := request.AbsPath(path).Do(ctx)
	result := Result{}
	for _, warning := range answer.Warnings() {
		result.Warnings = append(result.Warnings, warning.Text)
	}
	body, err := answer.Raw()
	if err != nil {
		return result, refusedBy(of.Ref, answer.Error(), dryRun)
	}
	if err := utiljson.Unmarshal(body, &result.Object); err != nil {
		return result, fmt.Errorf("%s: undecodable answer: %w", of.Ref, err)
	}
	return result, nil
}

func resourcePath(of Target) (string, error) {
	kind, known := inventory.KindOf(of.APIVersion, of.Kind)
	if !known {
		return "", fmt.Errorf("%s: no kind %s in %s", of.Ref, of.Kind, of.APIVersion)
	}
	path := "/apis/" + of.APIVersion
	if !strings.Contains(of.APIVersion, "/") {
		path = "/api/" + of.APIVersion
	}
	if kind.Info().Namespaced {
		path += "/namespaces/" + url.PathEscape(of.Namespace)
	}
	return path + "/" + kind.Info().Resource, nil
}

// refusedBy tells a refusal, in the server's own words, from a server that did
// not answer, or that failed: then a write may have come to be all the same, as
// where etcd, or a proxy on the way, took too long.
func refusedBy(ref inventory.Ref, err error, dryRun bool) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return fmt.Errorf("%s: %w", ref, err)
	}
	details := status.Status()
	if !dryRun && details.Code >= http.StatusInternalServerError && !strings.Contains(details.Message, uncalled) {
		return fmt.Errorf("%s: %w", ref, err)
	}
	refused := &Refused{
		Ref: ref, Reason: details.Message,
		Conflict: apierrors.IsConflict(err) || apierrors.IsInvalid(err) && strings.HasPrefix(details.Message, inapplicable),
		NotFound: apierrors.IsNotFound(err),
	}
	refused.Undecided = undecided(int(details.Code), details.Message)
	return refused
}

// inapplicable begins the answer to a JSON patch that cannot be carried out: a
// value that it tests is another one by now.
const inapplicable = "the server rejected our request due to an error in our request"

// uncalled is in the answer where an admission webhook could not be asked:
// nothing is written then.
const uncalled = "failed calling webhook"

// undecided: a webhook that takes no dry runs, or that could not be asked.
// Neither says anything about the object.
func undecided(code int, message string) bool {
	lower := strings.ToLower(message)
	return strings.Contains(lower, "dry run") || strings.Contains(lower, "dry-run") ||
		strings.Contains(lower, uncalled) || code >= http.StatusInternalServerError || code == http.StatusTooManyRequests
}
