package source

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

func (r Recording) read(ctx context.Context) (*recorded, error) {
	in := r.Stdin
	if r.Path != "-" {
		file, err := os.Open(r.Path)
		if err != nil {
			return nil, pathError(r.Path, err)
		}
		defer file.Close()
		in = file
	}
	if in == nil {
		return nil, errors.New("-: there is no standard input")
	}
	limit := r.MaxBytes
	if limit <= 0 {
		limit = maxRecording
	}
	last, err := lastFrame(ctx, in, limit)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var rec *recorded
	if err == nil {
		rec, err = decodeRecording(last.fields)
	}
	if err != nil {
		return nil, &BadRecording{Path: r.Path, Reason: err.Error()}
	}
	if words := last.words(rec); words != "" && r.Chose != nil {
		r.Chose(r.Path + ": " + words)
	}
	return rec, nil
}

// frameFields is the last whole frame of a recording, as it is written.
type frameFields struct {
	fields map[string]json.RawMessage
	number int  // 1 is the first
	isCut  bool // another one follows, which ends in the middle
}

// words say which frame that is; "" where there is no other.
func (f frameFields) words(rec *recorded) string {
	switch {
	case f.isCut:
		return fmt.Sprintf("is cut off after frame %d, of %s, which is the one that is judged", f.number, rec.At.Format("2006-01-02 15:04:05"))
	case f.number > 1:
		return fmt.Sprintf("%d frames, of which the last is judged, of %s", f.number, rec.At.Format("2006-01-02 15:04:05"))
	}
	return ""
}

// lastFrame reads frames, each of limited size, and keeps the last. Whatever
// wrote a file whose last frame ends in the middle was interrupted.
func lastFrame(ctx context.Context, in io.Reader, limit int64) (frameFields, error) {
	var last frameFields
	buffered := bufio.NewReader(in)
	var plain io.Reader = buffered
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return last, damaged(err)
		}
		plain = unzipped
	}
	bounded := &io.LimitedReader{R: plain}
	decoder := json.NewDecoder(bounded)
	for ctx.Err() == nil {
		bounded.N = limit + 1
		var fields map[string]json.RawMessage
		switch err := decoder.Decode(&fields); {
		case bounded.N <= 0:
			return last, fmt.Errorf("is larger than %d bytes, and was not read", limit)
		case errors.Is(err, io.EOF) && last.number > 0:
			return last, nil
		case errors.Is(err, io.ErrUnexpectedEOF) && last.number > 0:
			last.isCut = true
			return last, nil
		case err != nil && last.number > 0:
			return last, fmt.Errorf("is damaged: what follows frame %d is no frame", last.number)
		case err != nil:
			return last, damaged(err)
		}
		last = frameFields{fields: fields, number: last.number + 1}
	}
	return last, ctx.Err()
}

// decodeRecording reads the version before anything that may depend on it.
func decodeRecording(fields map[string]json.RawMessage) (*recorded, error) {
	var version int
	if json.Unmarshal(fields["version"], &version) != nil || version < 1 || fields["objects"] == nil {
		return nil, errors.New("is no recording of kubectl infscale: it has no version and objects")
	}
	if version > recordingVersion {
		return nil, fmt.Errorf("is a recording of version %d, and only version %d is read; update kubectl infscale", version, recordingVersion)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	rec := new(recorded)
	if err := json.Unmarshal(text, rec); err != nil {
		return nil, fmt.Errorf("is damaged: %w", err)
	}
	return rec, nil
}

func damaged(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("is cut off: it ends in the middle")
	case errors.Is(err, io.EOF):
		return errors.New("is empty")
	case errors.As(err, &syntax):
		return fmt.Errorf("is no recording, or is damaged at byte %d: %s", syntax.Offset, syntax)
	}
	return fmt.Errorf("is damaged: %s", strings.TrimPrefix(err.Error(), "json: "))
}
