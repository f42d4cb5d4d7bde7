package plugin

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/infscale/kubectl-infscale/plugin/render"
)

// output is one -o: a format, and a file or "" for standard output.
type output struct{ format, file string }

// parseOutputs reads the -o flags, or what errors call by another name. Where all of them go to files, the text
// report goes to standard output as well, so that a person sees it.
func parseOutputs(flag string, words []string) ([]output, error) {
	var all []output
	toStdout := 0
	for _, word := range words {
		format, file, named := strings.Cut(word, "=")
		if !slices.Contains(render.Formats(), format) {
			return nil, usageError("%s: no format is called %q%s", flag, format, suggestion(format, render.Formats()))
		}
		if named && file == "" {
			return nil, usageError("%s %s: a file name is missing behind the =", flag, word)
		}
		if file == "-" {
			file = ""
		}
		if file == "" {
			toStdout++
		}
		all = append(all, output{format, file})
	}
	if toStdout > 1 {
		return nil, usageError("%s: only one format goes to standard output; write the others as FORMAT=FILE", flag)
	}
	if toStdout == 0 {
		all = append(all, output{format: "text"})
	}
	return all, nil
}

// write renders the reports to every output.
func (o options) write(looks []look, base render.Options, streams Streams) error {
	for _, out := range o.outputs {
		if out.file == "" {
			if err := render.WriteParts(streams.Out, out.format, parts(looks), base); err != nil {
				return err
			}
			continue
		}
		plain := base
		plain.Color, plain.Width, plain.ASCII = false, 0, o.ascii // a file is the same wherever it is written
		var text bytes.Buffer
		if err := render.WriteParts(&text, out.format, parts(looks), plain); err != nil {
			return err
		}
		if err := writeFile(out.file, text.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// colorful honours NO_COLOR with any non-empty value, as no-color.org asks.
func colorful(streams Streams) bool {
	return streams.Terminal && streams.Env("NO_COLOR") == "" && streams.Env("TERM") != "dumb"
}

// asciiOnly says whether the terminal's locale cannot show more than ASCII.
func asciiOnly(streams Streams) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := streams.Env(name); locale != "" {
			upper := strings.ToUpper(locale)
			return !strings.Contains(upper, "UTF-8") && !strings.Contains(upper, "UTF8")
		}
	}
	return false
}

// cleanLines takes control characters out of a message that may quote a
// cluster or a file, line by line.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = render.Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// note prints one line beside the report.
func note(w io.Writer, text string) { io.WriteString(w, "note: "+cleanLines(text)+"\n") }
