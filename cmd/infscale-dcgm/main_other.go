//go:build !linux || !cgo

// Command infscale-dcgm reads GPU utilisation and memory from an nv-hostengine.
package main

import (
	"fmt"
	"os"
)

const exitCouldNot = 3

func main() {
	fmt.Fprintln(os.Stderr, "infscale-dcgm: needs Linux and a build with cgo (CGO_ENABLED=1 and a C compiler)")
	os.Exit(exitCouldNot)
}
