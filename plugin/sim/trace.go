package sim

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Trace is a recording of real requests, by the second.
type Trace struct {
	// seconds hold what arrived in each second since the first request.
	seconds []arrival
	// Requests is how many there are.
	Requests int
}

// arrival is a number of requests with their tokens.
type arrival struct{ requests, prompt, output float64 }

func (a *arrival) add(b arrival) {
	a.requests += b.requests
	a.prompt += b.prompt
	a.output += b.output
}

// longestTrace bounds what is read: a month of seconds.
const longestTrace = 31 * 24 * 3600

// ReadTrace reads lines of TIMESTAMP,ContextTokens,GeneratedTokens under that
// heading, in the order of their times. Errors name the line.
func ReadTrace(r io.Reader) (*Trace, error) {
	lines := bufio.NewScanner(r)
	const heading = "TIMESTAMP,ContextTokens,GeneratedTokens"
	if !lines.Scan() || strings.TrimSpace(lines.Text()) != heading {
		return nil, fmt.Errorf("line 1: a trace begins with %s", heading)
	}
	t := &Trace{}
	var first, last time.Time
	for n := 2; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		at, one, err := traceLine(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if t.Requests == 0 {
			first, last = at, at
		}
		if at.Before(last) {
			return nil, fmt.Errorf("line %d: %s comes before the line above", n, at.Format(time.DateTime))
		}
		last = at
		second := int(at.Sub(first) / time.Second)
		if second >= longestTrace {
			return nil, fmt.Errorf("line %d: %s is more than a month after the first line", n, at.Format(time.DateTime))
		}
		for len(t.seconds) <= second {
			t.seconds = append(t.seconds, arrival{})
		}
		t.seconds[second].add(one)
		t.Requests++
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if t.Requests == 0 {
		return nil, fmt.Errorf("holds no request")
	}
	return t, nil
}

func traceLine(text string) (at time.Time, one arrival, err error) {
	fields := strings.Split(text, ",")
	if len(fields) != 3 {
		return at, one, fmt.Errorf("%d fields, want 3", len(fields))
	}
	if at, err = time.Parse("2006-01-02 15:04:05.9999999", fields[0]); err != nil {
		return at, one, fmt.Errorf("%q is no time such as 2023-11-16 18:17:03.9799600", fields[0])
	}
	tokens := [2]float64{}
	for i, field := range fields[1:] {
		tokens[i], err = strconv.ParseFloat(field, 64)
		if err != nil || tokens[i] < 0 || tokens[i] > 1e9 {
			return at, one, fmt.Errorf("%q is no number of tokens", field)
		}
	}
	return at, arrival{1, tokens[0], tokens[1]}, nil
}

// Length is the time from the first request to the last.
func (t *Trace) Length() time.Duration { return time.Duration(len(t.seconds)) * time.Second }

// mean is a request as they are on average.
func (t *Trace) mean() Requests {
	var all arrival
	for _, second := range t.seconds {
		all.add(second)
	}
	return Requests{Prompt: all.prompt / all.requests, Output: all.output / all.requests}
}

// between is what arrives from one moment to another, counted from the first
// request; over and over.
func (t *Trace) between(from, to time.Duration) arrival {
	var all arrival
	for s := int(from / time.Second); s < int(to/time.Second); s++ {
		if s >= 0 {
			all.add(t.seconds[s%len(t.seconds)])
		}
	}
	return all
}

// OpenTraces reads the files of requests that the scenario names, once each.
func (s *Scenario) OpenTraces(open func(name string) (io.ReadCloser, error)) error {
	read := map[string]*Trace{}
	for i := range s.Workloads {
		l := &s.Workloads[i].Load
		if l.Trace == "" {
			continue
		}
		if read[l.Trace] == nil {
			file, err := open(l.Trace)
			if err != nil {
				return err
			}
			trace, err := ReadTrace(file)
			file.Close()
			if err != nil {
				return fmt.Errorf("%s: %w", l.Trace, err)
			}
			read[l.Trace] = trace
		}
		l.trace = read[l.Trace]
	}
	return nil
}
