package sim

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Load is how many requests arrive. The parts add up.
type Load struct {
	Constant float64  `yaml:"constant"` // requests per second
	Diurnal  *Diurnal `yaml:"diurnal"`
	Bursts   []Burst  `yaml:"bursts"`
	Series   *Series  `yaml:"series"`
	// Trace is a file of real requests: TIMESTAMP,ContextTokens,GeneratedTokens.
	// It begins with the run, and again from the front when it ends.
	Trace string `yaml:"trace"`
	// Speed multiplies everything; 1 unless set.
	Speed float64 `yaml:"speed"`

	trace *Trace
}

// Diurnal is a day's wave between two rates; the higher one is at Peak.
type Diurnal struct {
	Low  float64 `yaml:"low"`
	High float64 `yaml:"high"`
	Peak Clock   `yaml:"peak"`
}

// Burst adds Rate from At on: it rises, holds and falls. Every repeats it.
type Burst struct {
	At    Clock    `yaml:"at"`
	Rate  float64  `yaml:"rate"`
	Rise  Duration `yaml:"rise"`
	Hold  Duration `yaml:"hold"`
	Fall  Duration `yaml:"fall"`
	Every Duration `yaml:"every"` // 24h unless set
}

// Series replays rates, one for each step, from the start of the run; over and
// over.
type Series struct {
	Every Duration  `yaml:"every"`
	Rates []float64 `yaml:"rates"`
}

// Clock is a time of day, "12:30", in UTC.
type Clock time.Duration

// UnmarshalText reads "15:04".
func (c *Clock) UnmarshalText(text []byte) error {
	parsed, err := time.Parse("15:04", string(text))
	if err != nil {
		return fmt.Errorf("%q is no time of day such as 12:30", text)
	}
	*c = Clock(parsed.Sub(parsed.Truncate(day)))
	return nil
}

const day = 24 * time.Hour

func (l *Load) validate() error {
	rates := []float64{l.Constant, l.Speed}
	if l.Diurnal != nil {
		rates = append(rates, l.Diurnal.Low, l.Diurnal.High)
	}
	for _, b := range l.Bursts {
		rates = append(rates, b.Rate)
	}
	if l.Series != nil {
		if l.Series.Every <= 0 || len(l.Series.Rates) == 0 {
			return errors.New("series: needs every and rates")
		}
		rates = append(rates, l.Series.Rates...)
	}
	for _, r := range rates {
		if r < 0 || math.IsNaN(r) || math.IsInf(r, 0) {
			return fmt.Errorf("rate: %v is no number of requests per second", r)
		}
	}
	return nil
}

// empty says whether nothing ever arrives.
func (l *Load) empty() bool {
	return l.Constant == 0 && l.Diurnal == nil && len(l.Bursts) == 0 && l.Series == nil && l.Trace == ""
}

func (l *Load) speed() float64 {
	if l.Speed == 0 {
		return 1
	}
	return l.Speed
}

// rate is the arrivals per second at a moment, the trace left out; since is the
// time since the run began.
func (l *Load) rate(at time.Time, since time.Duration) float64 {
	clock := at.Sub(at.Truncate(day))
	sum := l.Constant
	if d := l.Diurnal; d != nil {
		phase := 2 * math.Pi * (clock - time.Duration(d.Peak)).Hours() / 24
		sum += d.Low + (d.High-d.Low)*(1+math.Cos(phase))/2
	}
	for i := range l.Bursts {
		sum += l.Bursts[i].rate(clock)
	}
	if s := l.Series; s != nil {
		step := int(since / time.Duration(s.Every))
		if since < 0 {
			step = 0
		}
		sum += s.Rates[step%len(s.Rates)]
	}
	return sum * l.speed()
}

func (b *Burst) rate(clock time.Duration) float64 {
	every := b.Every.or(day)
	t := (clock - time.Duration(b.At)) % every
	if t < 0 {
		t += every
	}
	rise, hold, fall := time.Duration(b.Rise), time.Duration(b.Hold), time.Duration(b.Fall)
	switch {
	case t < rise:
		return b.Rate * float64(t) / float64(rise)
	case t < rise+hold:
		return b.Rate
	case t < rise+hold+fall:
		return b.Rate * float64(rise+hold+fall-t) / float64(fall)
	}
	return 0
}
