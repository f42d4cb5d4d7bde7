package inventory

import "strings"

// movingWords are in the tags of images that are built anew under the same name.
var movingWords = wordSet("latest nightly main master dev devel develop edge head canary snapshot staging unstable current")

// MovingTag says whether an image reference may be another image tomorrow: it
// has no digest, and no tag or one that names no release. A placeholder may
// become anything.
func MovingTag(reference string) (tag string, moving bool) {
	if placeholder(reference) || strings.Contains(reference, "@") {
		return "", false
	}
	last := reference[strings.LastIndexByte(reference, '/')+1:]
	_, tag, tagged := strings.Cut(last, ":")
	if !tagged {
		return "latest", last != ""
	}
	return tag, hasWord(strings.ToLower(tag), movingWords)
}
