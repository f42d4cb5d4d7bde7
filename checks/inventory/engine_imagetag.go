package inventory

import "strings"

// movingWords are in the tags of images that are built anew under the same name,
// though a number is in them too: latest-cu129, v0.18.1-dev.
var movingWords = wordSet("latest nightly main master dev devel develop edge head canary snapshot staging unstable current")

// shortestBuild is how many digits a tag's date or abbreviated commit has at the
// least.
const shortestBuild = 7

// MovingTag says whether an image reference may be another image tomorrow: it
// has no digest, and no tag or one that names neither a release nor a build. A
// placeholder may become anything.
func MovingTag(reference string) (tag string, moving bool) {
	if placeholder(reference) || strings.Contains(reference, "@") {
		return "", false
	}
	last := reference[strings.LastIndexByte(reference, '/')+1:]
	_, tag, tagged := strings.Cut(last, ":")
	if !tagged {
		return "latest", last != ""
	}
	if !strings.ContainsAny(tag, "0123456789") {
		return tag, true
	}
	return tag, hasWord(strings.ToLower(tag), movingWords) && !namesBuild(tag)
}

// namesBuild says whether a tag holds a commit or a day, as vLLM's
// nightly-<commit> and SGLang's nightly-dev-<date>-<commit> do: each is pushed
// once.
func namesBuild(tag string) bool {
	digits := 0
	for _, word := range strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return strings.ContainsRune("-_.", r) }) {
		if len(word) >= shortestBuild && strings.Trim(word, "0123456789abcdef") == "" && strings.ContainsAny(word, "0123456789") {
			return true
		}
		if !allDigits(word) {
			digits = 0
			continue
		}
		if digits += len(word); digits > shortestBuild { // 2026-01-31
			return true
		}
	}
	return false
}
