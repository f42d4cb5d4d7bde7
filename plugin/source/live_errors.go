package source

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/infscale/kubectl-infscale/checks/inventory"
)

// Unreachable is the error of a load that brought nothing at all: nobody
// answers at the address, the certificate or the credentials are refused, or
// the context ended.
type Unreachable struct {
	Address string // the API server's, without credentials
	Cause   error
}

func (e *Unreachable) Error() string { return e.Address + ": " + e.Cause.Error() }

func (e *Unreachable) Unwrap() error { return e.Cause }

// NotFound is the error of a load for a named object that is not there.
type NotFound struct{ Ref inventory.Ref }

func (e *NotFound) Error() string { return e.Ref.String() + ": not found" }

var (
	errUnauthorized = errors.New("401 Unauthorized: the credentials are refused, or have expired")
	errStalled      = errors.New("the answer stalled")
)

// refusal is why one list or get brought nothing; others may still.
type refusal struct {
	code       int // of the HTTP answer; 0 when there was none
	reason     string
	retryAfter time.Duration // what the server asks for; 0 when it does not
}

func (r *refusal) Error() string { return r.reason }

func (r *refusal) forbidden() bool { return r.code == http.StatusForbidden }
func (r *refusal) absent() bool    { return r.code == http.StatusNotFound }

// expired: the continue token is older than what the server still has.
func (r *refusal) expired() bool { return r.code == http.StatusGone }

// transient says whether the same request may do better soon. A 504 has
// waited long enough already.
func (r *refusal) transient() bool {
	switch r.code {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable:
		return true
	}
	return false
}

// asRefusal returns the refusal in err, and nil when it is something worse.
func asRefusal(err error) *refusal {
	var r *refusal
	errors.As(err, &r)
	return r
}

// explain says what could not be asked for, in the words of RBAC:
// "forbidden: list poddisruptionbudgets.policy in inference".
func (r *refusal) explain(q liveQuery) string {
	word := r.reason
	if r.forbidden() {
		word = "forbidden"
	}
	return fmt.Sprintf("%s: %s", word, q)
}

// maxMessage bounds what of a server's message is repeated.
const maxMessage = 200

// oneLine makes a server's message fit to print: one line, no control
// characters, no novel.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage]) + "…"
	}
	return text
}
