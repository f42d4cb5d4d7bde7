package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// helm renders a chart with the helm program on PATH, which needs no cluster
// for that. Only local charts and values files are taken: for any other helm
// would contact an address. Findings carry the name "CHART (helm)" and the
// line of the rendering.
func (f Files) helm(ctx context.Context, chart HelmChart) (fileInput, error) {
	in := fileInput{name: chart.Chart + " (helm)", root: chart.Chart, strict: true, closed: true}
	path, values, err := localChart(chart)
	if err != nil {
		return in, err
	}
	program, err := exec.LookPath("helm")
	if err != nil {
		in.problem = fmt.Sprintf("helm is not on PATH; install it (https://helm.sh/docs/intro/install), or render the chart where it is: "+
			"helm template %s | kubectl infscale lint -f -", chart.Chart)
		return in, nil
	}
	args := []string{"template", path}
	for _, file := range values {
		args = append(args, "--values", file)
	}
	if f.Namespace != "" {
		args = append(args, "--namespace", f.Namespace)
	}
	in.text, in.note, in.problem = f.run(ctx, program, args)
	return in, ctx.Err()
}

// localChart checks what helm would otherwise look for on the network. It
// never does for an absolute path.
func localChart(chart HelmChart) (path string, values []string, err error) {
	switch _, err := os.Stat(chart.Chart); {
	case errors.Is(err, os.ErrNotExist) && !isRemote(chart.Chart):
		return "", nil, fmt.Errorf("%s: there is no such chart here; only local charts are read, fetch others with helm pull", chart.Chart)
	case err != nil:
		return "", nil, pathError(chart.Chart, err)
	}
	for _, file := range chart.Values {
		if _, err := os.Stat(file); err != nil {
			return "", nil, pathError(file, err)
		}
		file, err := filepath.Abs(file)
		if err != nil {
			return "", nil, pathError(file, err)
		}
		values = append(values, file)
	}
	path, err = filepath.Abs(chart.Chart)
	return path, values, err
}

// run runs a program to its end and returns what it wrote. The program ends
// with the context.
func (f Files) run(ctx context.Context, program string, args []string) (text []byte, note, problem string) {
	cmd := exec.CommandContext(ctx, program, args...)
	const grace = 2 * time.Second // for children that hold on to the pipes
	cmd.WaitDelay = grace
	out, said := &bounded{left: f.MaxFileBytes}, &bounded{left: maxExcerpt, drop: true}
	cmd.Stdout, cmd.Stderr = out, said
	err := cmd.Run()
	warnings := excerpt(said.kept.String())
	switch {
	case out.full:
		return nil, "", "the rendering " + tooLarge(f.MaxFileBytes)
	case err != nil && warnings != "":
		return nil, "", "cannot be rendered: " + warnings
	case err != nil:
		return nil, "", "cannot be rendered: " + err.Error()
	}
	if warnings != "" {
		note = "helm says: " + warnings
	}
	return out.kept.Bytes(), note, ""
}

// bounded keeps the beginning of what is written to it. Beyond that it fails,
// or drops the rest.
type bounded struct {
	kept bytes.Buffer // no embedding: its ReadFrom would go past Write
	left int64
	drop bool
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	keep := p[:min(int64(len(p)), b.left)]
	b.left -= int64(len(keep))
	b.kept.Write(keep)
	if len(keep) == len(p) || b.drop {
		return len(p), nil
	}
	b.full = true
	return len(keep), io.ErrShortWrite
}

// maxExcerpt bounds what of another program's words is repeated, in bytes.
const maxExcerpt = 2000

// excerpt makes one line of another program's words, cut between characters.
func excerpt(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "�")), " ")
	if len(text) <= maxExcerpt {
		return text
	}
	cut := maxExcerpt
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
