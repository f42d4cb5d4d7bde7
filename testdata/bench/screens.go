package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infscale/kubectl-infscale/testdata/bench/load"
	"github.com/infscale/kubectl-infscale/testdata/bench/measure"
)

// keyEvery is slow enough for an escape key not to be taken for the beginning of
// another one, and changeEvery fast enough for a frame to be always on its way.
const (
	keyEvery    = 80 * time.Millisecond
	changeEvery = 100 * time.Millisecond
)

// pressed goes through the table, a workload's pane and its whole screen, the
// help, and a filter.
var pressed = [...]string{
	"j", "j", "j", "k", "G", "g", "\t", "j", "\t", "\r", "j", "j", "k", "\x1b", "?", "j", "\x1b", "/", "q", "w", "e", "\r", "j", "\x1b", "Q", "N",
}

// use presses keys while workloads change, so that frames come as fast as the
// program takes them.
func use(ctx context.Context, client *load.Client, s load.Size, keys io.Writer) error {
	progress("under keys and changes, %v", usedFor)
	bounded, cancel := context.WithTimeout(ctx, usedFor)
	defer cancel()
	var group errgroup.Group
	group.Go(func() error {
		return each(bounded, changeEvery, func(i int) error { return client.Touch(ctx, s, i) })
	})
	group.Go(func() error {
		return each(bounded, keyEvery, func(i int) error {
			_, err := io.WriteString(keys, pressed[i%len(pressed)])
			return err
		})
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// each does something again and again until the context ends.
func each(ctx context.Context, every time.Duration, do func(i int) error) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-tick.C:
			if err := do(i); err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// screens reads what the program has written of its screens.
func screens(path string) []measure.Row {
	of, err := readTimes(path)
	var rows []measure.Row
	for _, cause := range []string{"key", "frame", "other"} {
		row := measure.Waits(fmt.Sprintf("a screen of it, %s (%d)", cause, len(of[cause])), of[cause], err)
		row.LimitP99(frameMS)
		rows = append(rows, row)
	}
	return rows
}

func readTimes(path string) (map[string][]time.Duration, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	of := map[string][]time.Duration{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		cause, words, _ := strings.Cut(lines.Text(), " ")
		took, err := time.ParseDuration(words + "ms")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		of[cause] = append(of[cause], took)
	}
	return of, nil
}
