// Package checks judges a Frame: the objects and the signals of one moment.
// A check is a value; [Run] hands each one the frame and collects what it
// reports. Nothing in here touches a cluster, a file or the clock.
package checks

import _ "embed"

// Catalogue is README.md: every check with its reason, an example, what the
// program says about it, and the remedy. It is embedded so that explain works
// offline; embedding needs a variable.
//
//go:embed README.md
var Catalogue string
