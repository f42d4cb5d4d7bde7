//go:build linux

package main

import "testing"

func TestLoadOf(t *testing.T) {
	for _, c := range []struct {
		words    []string
		i, share int
		want     string
	}{
		{[]string{"queue=15", "kv=0.4"}, 0, 0, "kv=0.4&queue=15"},
		{[]string{"queue=7"}, 0, 3, "queue=3"},
		{[]string{"queue=7"}, 1, 3, "queue=2"},
		{[]string{"queue=7"}, 2, 3, "queue=2"},
	} {
		query, err := loadOf(c.words, c.i, c.share)
		if err != nil || query.Encode() != c.want {
			t.Errorf("%v for pod %d of %d: %s, %v; want %s", c.words, c.i, c.share, query.Encode(), err, c.want)
		}
	}
	for _, words := range [][]string{{"queue"}, {"kv=0.4"}} {
		if _, err := loadOf(words, 0, 2); err == nil {
			t.Errorf("%v can be spread over two pods", words)
		}
	}
}
