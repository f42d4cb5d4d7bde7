package inventory

import "strconv"

// Count writes a number with its noun: "1 replica", "2 replicas".
func Count(n int32, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(int(n)) + " " + noun + "s"
}
