package sim

import (
	"math"
	"time"
)

// replica is the engine in one pod: a queue and a batch under continuous
// batching. Requests are amounts, not individuals, so that a step may be as long
// as a scrape: within it the batch approaches its balance exponentially.
type replica struct {
	waiting, running arrival // requests, with their prompt and output tokens
	waits, first     float64 // seconds that the last request to arrive will wait, in all until its first token

	served, gaveUp            float64
	promptTokens, genTokens   float64 // counters
	ttft, e2e                 latencies
	gpuUtil, gpuMem, kvTokens float64
}

// pace is a Serving with the defaults filled in.
type pace struct {
	maxRunning, kvTokens, prefill, decode, perToken float64
}

// Defaults: a 70B model in 8-bit weights on one 80 GB GPU, in round numbers.
const (
	defaultMaxRunning = 128
	defaultKVTokens   = 120_000
	defaultPrefill    = 8_000
	defaultDecode     = 1_600
	defaultPerToken   = 30 * time.Millisecond
	defaultPrompt     = 800
	defaultOutput     = 200
	defaultTTFT       = 5 * time.Second
)

func (s Serving) pace() pace {
	pick := func(value, standard float64) float64 {
		if value <= 0 {
			return standard
		}
		return value
	}
	return pace{
		maxRunning: pick(s.MaxRunning, defaultMaxRunning), kvTokens: pick(s.KVTokens, defaultKVTokens),
		prefill: pick(s.Prefill, defaultPrefill), decode: pick(s.Decode, defaultDecode),
		perToken: s.PerToken.or(defaultPerToken).Seconds(),
	}
}

// slots is how many requests of a size run at a time: by the flag, and by what
// fits into the KV cache, each with its prompt and half of its output on average.
func (p *pace) slots(prompt, output float64) float64 {
	return max(1, min(p.maxRunning, p.kvTokens/max(1, prompt+output/2)))
}

// through is how many requests per second leave a batch.
func (p *pace) through(batch, prompt, output float64) float64 {
	decode := min(batch/p.perToken, p.decode)
	if decode <= 0 {
		return 0
	}
	return 1 / (prompt/p.prefill + output/decode)
}

// Capacity is the requests per second that a replica sustains.
func (s Serving) Capacity(r Requests) float64 {
	p, prompt, output := s.pace(), r.prompt(), r.output()
	return p.through(p.slots(prompt, output), prompt, output)
}

func (r Requests) prompt() float64 {
	if r.Prompt <= 0 {
		return defaultPrompt
	}
	return r.Prompt
}

func (r Requests) output() float64 {
	if r.Output <= 0 {
		return defaultOutput
	}
	return r.Output
}

// sizes are the mean tokens of the requests inside, or of those that come.
func (r *replica) sizes(coming arrival) (prompt, output float64) {
	all := r.running
	all.add(r.waiting)
	all.add(coming)
	if all.requests < 1e-9 {
		return 0, 0
	}
	return all.prompt / all.requests, all.output / all.requests
}

// take removes a number of requests, in proportion to their tokens.
func (a *arrival) take(requests float64) arrival {
	if a.requests <= 0 {
		return arrival{}
	}
	share := min(1, requests/a.requests)
	out := arrival{a.requests * share, a.prompt * share, a.output * share}
	if share == 1 {
		*a = arrival{}
		return out
	}
	a.requests -= out.requests
	a.prompt -= out.prompt
	a.output -= out.output
	return out
}

// serve lets time pass with requests coming. A client waits for so long as the
// patience in seconds says; 0 is for ever.
func (r *replica) serve(p *pace, coming arrival, seconds, patience float64) {
	prompt, output := r.sizes(coming)
	if prompt+output == 0 {
		r.gpuUtil, r.kvTokens, r.waits = 0, 0, 0
		return
	}
	slots, before := p.slots(prompt, output), r.running.requests
	r.waiting.add(coming)
	left := r.left(p, before, coming.requests, slots, prompt, output, seconds)
	running := min(left, slots)
	r.running.add(r.waiting.take(max(0, r.waiting.requests-(left-running))))
	done := r.running.take(max(0, r.running.requests-running))
	batch := max(r.running.requests, before, 1)
	r.waits = r.waiting.requests / p.through(batch, prompt, output)
	if patience > 0 && r.waits > patience {
		r.gaveUp += r.waiting.take(r.waiting.requests * (1 - patience/r.waits)).requests
		r.waits = patience
	}
	r.note(p, batch, coming.requests, done, prompt, output)
	r.gpuUtil = 100 * min(1, (before+r.running.requests+done.requests)/2)
}

// left is how many requests are still inside after the time has passed.
func (r *replica) left(p *pace, batch, coming, slots, prompt, output, seconds float64) float64 {
	inside := batch + r.waiting.requests
	if old := r.waiting.requests - coming; old <= 0 {
		size := max(batch, 1)
		stay := size / p.through(size, prompt, output)
		balance := coming / seconds * stay
		if after := balance + (batch-balance)*math.Exp(-seconds/stay); after <= slots {
			return after
		}
	}
	return max(0, inside-p.through(min(slots, inside), prompt, output)*seconds)
}

// note counts what left, and the times that those who came must expect.
func (r *replica) note(p *pace, batch, coming float64, done arrival, prompt, output float64) {
	r.served += done.requests
	r.promptTokens += done.prompt
	r.genTokens += done.output
	step := max(p.perToken, batch/p.decode)
	r.first = r.waits + prompt/p.prefill*(1+batch/p.maxRunning) + step
	r.ttft.spread(r.first, coming)
	r.e2e.spread(r.first+output*step, done.requests)
	r.kvTokens = r.running.requests * (prompt + output/2)
}
