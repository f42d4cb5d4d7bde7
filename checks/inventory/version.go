package inventory

import (
	"fmt"
	"strings"
)

// Version is a release of an engine. The zero value is unknown.
type Version struct {
	Major, Minor, Patch int
	Known               bool
}

// Release makes a known version.
func Release(major, minor, patch int) Version { return Version{major, minor, patch, true} }

// Less says whether v was released before o; false when either is unknown.
func (v Version) Less(o Version) bool {
	if !v.Known || !o.Known {
		return false
	}
	if v.Major != o.Major {
		return v.Major < o.Major
	}
	if v.Minor != o.Minor {
		return v.Minor < o.Minor
	}
	return v.Patch < o.Patch
}

// AtLeast says whether v is o or newer; false when either is unknown.
func (v Version) AtLeast(o Version) bool { return v.Known && o.Known && !v.Less(o) }

// String writes the version as its project does: "0.18.1", "24.08" for
// NVIDIA's year and month, "b4719" for llama.cpp's builds, "unknown".
func (v Version) String() string {
	switch {
	case !v.Known:
		return "unknown"
	case v.Major == 0 && v.Minor == 0:
		return fmt.Sprintf("b%d", v.Patch)
	case v.Major >= firstYear && v.Patch == 0:
		return fmt.Sprintf("%d.%02d", v.Major, v.Minor)
	}
	return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch)
}

// firstYear tells NVIDIA's year.month releases, which began in 2017, from
// semantic versions: no engine has reached major version 17.
const firstYear = 17

// ParseVersion reads a release from an image tag or from what a server says of
// itself: "v0.11.0", "0.6.3.post1", "v0.9.1-cu128", "24.08-py3". Anything that
// does not start with two numbers, a date, and a development build in between
// two releases are unknown.
func ParseVersion(text string) Version {
	rest := strings.TrimPrefix(text, "v")
	var numbers [3]int
	count := 0
	for count < len(numbers) {
		number, digits := leadingNumber(rest)
		if digits == 0 || digits > 5 {
			break
		}
		numbers[count] = number
		count++
		rest = rest[digits:]
		if count == len(numbers) || len(rest) < 2 || rest[0] != '.' || rest[1] < '0' || rest[1] > '9' {
			break
		}
		rest = rest[1:]
	}
	// 2024.05 is a date.
	if count < 2 || numbers[0] > 99 || !releaseSuffix(rest) {
		return Version{}
	}
	return Release(numbers[0], numbers[1], numbers[2])
}

// releaseSuffix says whether what follows the numbers leaves them true.
func releaseSuffix(rest string) bool {
	if strings.Contains(rest, "dev") || strings.Contains(rest, "nightly") {
		return false
	}
	if rest == "" || strings.ContainsAny(rest[:1], "-+_.") {
		return true
	}
	return strings.HasPrefix(rest, "rc") || strings.HasPrefix(rest, "post")
}

func leadingNumber(text string) (number, digits int) {
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		if digits < 9 {
			number = number*10 + int(text[digits]-'0')
		}
		digits++
	}
	return number, digits
}

// buildVersion reads llama.cpp's tags, which end in the build's number:
// "server-cuda-b4719".
func buildVersion(tag string) Version {
	_, build, found := cutLast(tag, "-b")
	number, digits := leadingNumber(build)
	if !found || digits == 0 || digits != len(build) {
		return Version{}
	}
	return Release(0, 0, number)
}

// namedVersion reads a tag that says whose version it holds, as ROCm's do:
// "rocm6.4.1_vllm_0.9.1_20250702".
func namedVersion(tag, name string) Version {
	_, rest, found := strings.Cut(tag, name)
	if !found {
		return Version{}
	}
	return ParseVersion(strings.TrimLeft(rest, "-_"))
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}
