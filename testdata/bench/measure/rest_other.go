//go:build unix && !linux

package measure

import (
	"context"
	"errors"
	"io"
	"time"
)

// Rest is what a program took that ran on a screen while nothing happened.
type Rest struct {
	Time, CPU   time.Duration
	Peak, Drawn int64
}

// Share is the part of one processor that it took.
func (r Rest) Share() float64 { return 0 }

// Watching says how to look at a program on a screen.
type Watching struct {
	Settle, For time.Duration
	Before      func()
	After       func(keys io.Writer) error
}

// AtRest needs Linux's /proc.
func (c Command) AtRest(context.Context, Watching) (Rest, error) {
	return Rest{}, errors.New("a program at rest is watched on Linux alone")
}
