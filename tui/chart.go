package tui

import (
	"math"
	"strings"
)

// sparkline draws one cell a value, from 0 to top; a top of 0 is the largest
// value. What is not a number is a space.
func sparkline(values []float64, top float64, g *glyphs) string {
	if top <= 0 {
		top = largest(values)
	}
	var b strings.Builder
	for _, v := range values {
		b.WriteString(cell(v, 0, top, g))
	}
	return b.String()
}

func largest(values []float64) float64 {
	top := 0.0
	for _, v := range values {
		if v > top {
			top = v
		}
	}
	return top
}

// cell draws the part of a value that lies between two levels. A value at zero
// has the lowest bar in the lowest cell, so that it can be told from a missing
// one.
func cell(v, from, to float64, g *glyphs) string {
	steps := len(g.bars) - 1
	switch {
	case math.IsNaN(v):
		return g.bars[0]
	case to <= from || v <= from && from == 0:
		return g.bars[1]
	case v <= from:
		return g.bars[0]
	}
	n := int(math.Round((v - from) / (to - from) * float64(steps)))
	return g.bars[min(max(n, 1), steps)]
}

// area draws values as so many rows, the highest first.
func area(values []float64, top float64, rows int, s style, g *glyphs) []line {
	lines := make([]line, rows)
	for row := range lines {
		from := top * float64(rows-1-row) / float64(rows)
		to := top * float64(rows-row) / float64(rows)
		var b strings.Builder
		for _, v := range values {
			b.WriteString(cell(v, from, to, g))
		}
		lines[row] = text(s, b.String())
	}
	return lines
}

// replicaArea draws the ready replicas as filled cells and those that are
// wanted beside them as shaded ones. Each row stands for the same number.
func replicaArea(ready, wanted []float64, top float64, rows int, g *glyphs) []line {
	lines := make([]line, rows)
	full := g.bars[len(g.bars)-1]
	for row := range lines {
		from := top * float64(rows-1-row) / float64(rows)
		to := top * float64(rows-row) / float64(rows)
		for i := range ready {
			middle := (from + to) / 2
			switch {
			case ready[i] >= middle && ready[i] > 0:
				lines[row].extend(serve, full)
			case wanted[i] >= middle && wanted[i] > 0:
				lines[row].extend(gap, g.shade)
			default:
				lines[row].extend(plain, " ")
			}
		}
	}
	return lines
}

// extend adds to the last span where the style is the same.
func (l *line) extend(s style, words string) {
	if n := len(l.spans); n > 0 && l.spans[n-1].style == s {
		l.spans[n-1].text += words
		return
	}
	l.add(s, words)
}

// roundTop is the next round number that a chart's scale can end with.
func roundTop(v float64) float64 {
	if v <= 1 {
		return 1
	}
	magnitude := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range [...]float64{1, 2, 4, 5, 8, 10} {
		if v <= step*magnitude {
			return step * magnitude
		}
	}
	return v
}
