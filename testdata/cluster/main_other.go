//go:build !linux

package main

import (
	"fmt"
	"os"
	"runtime"
)

// main only says why there is nothing to do: the bed lives in a network
// namespace, and only Linux has those.
func main() {
	fmt.Fprintf(os.Stderr, "bed: needs a Linux network namespace, which %s does not have\n", runtime.GOOS)
	os.Exit(3)
}
