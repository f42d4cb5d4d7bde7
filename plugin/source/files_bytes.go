package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// stdinInput reads standard input to its end.
func stdinInput(ctx context.Context, f Files) fileInput {
	in := fileInput{name: stdinName, root: stdinName, strict: true}
	stdin := func() (io.ReadCloser, error) { return io.NopCloser(f.Stdin), nil }
	in.text, in.problem = readStream(ctx, stdin, f.MaxFileBytes)
	return in
}

// pipeInput reads a named pipe or a device, as in -f <(helm template …).
func pipeInput(ctx context.Context, in fileInput, limit int64) fileInput {
	pipe := func() (io.ReadCloser, error) { return os.Open(in.name) }
	in.text, in.problem = readStream(ctx, pipe, limit)
	in.onDisk = false
	return in
}

// readStream reads to the end, the limit or the context's end, whichever is
// first. What never returns, be it the opening of a pipe that nobody writes to, is
// left behind: nothing else can end it but the process.
func readStream(ctx context.Context, open func() (io.ReadCloser, error), limit int64) (text []byte, problem string) {
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		from, err := open()
		if err != nil {
			answers <- answer{err: err}
			return
		}
		defer from.Close()
		text, err := io.ReadAll(io.LimitReader(from, limit+1))
		answers <- answer{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, "cannot be read: " + ctx.Err().Error()
	case got := <-answers:
		switch {
		case got.err != nil:
			return nil, reasonOf(got.err)
		case int64(len(got.text)) > limit:
			return nil, tooLarge(limit)
		}
		return got.text, ""
	}
}

func tooLarge(limit int64) string {
	return fmt.Sprintf("is larger than %d bytes, and was not read", limit)
}

var errTooLarge = errors.New("too large")

// readInto reads a whole file into buffer, which grows as needed and is
// returned for the next file.
func readInto(buffer []byte, path string, limit int64) (grown, text []byte, err error) {
	file, err := os.OpenFile(path, openFlags, 0)
	if err != nil {
		return buffer, nil, err
	}
	defer file.Close()
	for n := 0; ; {
		if n == len(buffer) {
			const first = 64 << 10 // bytes; most manifests fit
			buffer = append(buffer, make([]byte, max(first, n))...)
		}
		got, err := file.Read(buffer[n:])
		n += got
		switch {
		case int64(n) > limit:
			return buffer, nil, errTooLarge
		case errors.Is(err, io.EOF):
			return buffer, buffer[:n], nil
		case err != nil:
			return buffer, nil, err
		}
	}
}

// readPart reads a part of a file that was read before, or says that it is not
// there any more.
func readPart(file *os.File, buffer []byte, at filePart) ([]byte, error) {
	if cap(buffer) < at.length {
		buffer = make([]byte, at.length)
	}
	buffer = buffer[:at.length]
	if _, err := file.ReadAt(buffer, int64(at.offset)); err != nil {
		return buffer, err
	}
	return buffer, nil
}

// holdsSeriesQuery says whether a text may hold rules of prometheus-adapter.
// It looks for the word's rarest letter, at many times the speed of looking
// for the word.
func holdsSeriesQuery(text []byte) bool {
	const word, rare = "seriesQuery", len("series")
	for at := 0; ; at++ {
		i := bytes.IndexByte(text[at:], word[rare])
		if i < 0 {
			return false
		}
		at += i
		if at >= rare && bytes.HasPrefix(text[at-rare:], []byte(word)) {
			return true
		}
	}
}
