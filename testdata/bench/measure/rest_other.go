//go:build unix && !linux

package measure

import (
	"context"
	"errors"
	"time"
)

// Rest is what a program took that ran on a screen while nothing happened.
type Rest struct {
	Time, CPU   time.Duration
	Peak, Drawn int64
}

// Share is the part of one processor that it took.
func (r Rest) Share() float64 { return 0 }

// AtRest needs Linux's /proc.
func (c Command) AtRest(context.Context, time.Duration, time.Duration, func()) (Rest, error) {
	return Rest{}, errors.New("a program at rest is watched on Linux alone")
}
