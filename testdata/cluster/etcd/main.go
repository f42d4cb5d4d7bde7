// Command etcd is the etcd server, built from its module so that the version
// is pinned by go.mod and nothing but a Go toolchain is needed.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
