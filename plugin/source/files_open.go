//go:build unix

package source

import "syscall"

// openFlags spare four system calls for every file: the runtime would switch a
// file to non-blocking mode itself, find that a regular one cannot be polled, and
// switch it back. What is no regular file does not make the open wait, either.
const openFlags = syscall.O_RDONLY | syscall.O_NONBLOCK
