//go:build !unix

package source

import "syscall"

const openFlags = syscall.O_RDONLY
