package inventory

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// ProbePatience is how long a probe lets a container fail that answered
// before: failureThreshold × the longer of period and timeout.
func ProbePatience(p *corev1.Probe) time.Duration {
	if p == nil {
		return 0
	}
	return ProbeWindow(p) - time.Duration(p.InitialDelaySeconds)*time.Second
}

// ProbeThreshold is the failureThreshold with which the probe's patience is at
// least as long as wanted, its timeout raised to the one given.
func ProbeThreshold(p *corev1.Probe, wanted, timeout time.Duration) int {
	period := time.Duration(orDefault(p.PeriodSeconds, defaultProbePeriod)) * time.Second
	step := max(period, timeout)
	return int((wanted + step - 1) / step)
}

// ProbeAsk is what a probe waits for.
type ProbeAsk uint8

// The questions.
const (
	// AsksNothing: the kernel answers (a TCP port that is open), or a command
	// that does not talk to the server.
	AsksNothing ProbeAsk = iota
	// AsksServer: the server has to answer a request.
	AsksServer
	// AsksTokens: the model has to generate something.
	AsksTokens
)

// askPrograms send requests from an exec probe.
var askPrograms = [...]string{"curl", "wget", "http://", "grpc_health_probe"}

// generating are parts of paths behind which the model runs: SGLang's and
// trtllm-serve's /health_generate (http_server.py, openai_server.py), and the
// inference endpoints themselves.
var generating = [...]string{"/health_generate", "/completions", "/generate"}

// Asks says what the probe waits for.
func (r *Recognition) Asks(p *corev1.Probe) ProbeAsk {
	text := ""
	switch {
	case p == nil:
		return AsksNothing
	case p.HTTPGet != nil:
		text = p.HTTPGet.Path
	case p.Exec != nil:
		text = strings.Join(p.Exec.Command, " ")
		if !containsAny(text, askPrograms[:]) {
			return AsksNothing
		}
	case p.GRPC == nil:
		return AsksNothing
	}
	if containsAny(text, generating[:]) {
		return AsksTokens
	}
	if r.answersApart(text) {
		return AsksNothing
	}
	return AsksServer
}

// answersApart says whether a live endpoint is served beside the engine, so
// that a busy one does not hold it up: NIM's by nginx (reference/api-reference/
// health-live), Dynamo's by the runtime's system server.
func (r *Recognition) answersApart(path string) bool {
	apart := r.Engine.ID == NIM || r.Engine.ID == Dynamo
	return apart && strings.Contains(path, r.Engine.LivePath)
}

func containsAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}
