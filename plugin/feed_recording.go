package plugin

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/infscale/kubectl-infscale/checks"
	"github.com/infscale/kubectl-infscale/plugin/source"
	"github.com/infscale/kubectl-infscale/tui"
)

// recordedFrames is a file of recordings, one after the other: what `record`
// writes is one, what watch writes are many. Only where each of them is is kept.
type recordedFrames struct {
	path string
	file *os.File // plain, never compressed
	at   []extent
	cut  bool // it was compressed, and ends in the middle
}

// cutOff is said of a file whose writer was interrupted in its first frame.
const cutOff = "is cut off: it ends in the middle"

// extent is where a recording lies in the file.
type extent struct{ from, to int64 }

// openFrames looks for the frames of a file. A compressed one is unpacked to a
// file that is gone when it is closed. A last frame that is cut off is left out:
// whatever wrote it was interrupted.
func openFrames(path string) (*recordedFrames, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, couldNot(err)
	}
	f := &recordedFrames{path: path, file: file}
	err = f.unpack()
	if err == nil {
		err = f.index()
	}
	if err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func (f *recordedFrames) close() { f.file.Close() }

// unpack replaces a compressed file by a plain one without a name.
func (f *recordedFrames) unpack() error {
	magic := make([]byte, 2)
	n, err := f.file.ReadAt(magic, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return f.bad("%v", err)
	}
	if n < 2 || string(magic) != "\x1f\x8b" {
		return nil
	}
	packed, err := gzip.NewReader(bufio.NewReader(f.file))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return f.bad(cutOff)
	}
	if err != nil {
		return f.bad("is damaged: %v", err)
	}
	plain, err := os.CreateTemp("", "infscale-frames-")
	if err != nil {
		return err
	}
	os.Remove(plain.Name())
	_, err = io.Copy(plain, io.LimitReader(packed, maxUnpacked))
	f.file.Close()
	f.file, f.cut = plain, errors.Is(err, io.ErrUnexpectedEOF)
	if err != nil && !f.cut {
		return f.bad("is damaged: %v", err)
	}
	return nil
}

// maxUnpacked bounds what a compressed file may become: a night of frames of a
// large cluster takes a tenth.
const maxUnpacked = 16 << 30 // bytes

// index finds where each frame begins and ends.
func (f *recordedFrames) index() error {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return f.bad("%v", err)
	}
	decoder := json.NewDecoder(bufio.NewReaderSize(f.file, 1<<20))
	for {
		var one json.RawMessage
		err := decoder.Decode(&one)
		end := decoder.InputOffset()
		switch {
		case errors.Is(err, io.EOF) && len(f.at) == 0 && !f.cut:
			return f.bad("is empty")
		case errors.Is(err, io.EOF) && len(f.at) == 0:
			return f.bad(cutOff)
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && len(f.at) > 0:
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return f.bad(cutOff)
		case err != nil:
			return f.bad("frame %d is no recording, or is damaged: %v", len(f.at)+1, err)
		}
		f.at = append(f.at, extent{end - int64(len(one)), end})
	}
}

func (f *recordedFrames) bad(format string, args ...any) error {
	return couldNot(&source.BadRecording{Path: f.path, Reason: fmt.Sprintf(format, args...)})
}

// frame reads one of them. What could not be decoded in it is an
// *source.Incomplete beside the frame.
func (f *recordedFrames) frame(ctx context.Context, index int) (checks.Frame, error) {
	at := f.at[index]
	text := make([]byte, at.to-at.from)
	if _, err := f.file.ReadAt(text, at.from); err != nil {
		return checks.Frame{}, f.bad("%v", err)
	}
	frame, err := source.Recording{Path: "-", Stdin: bytes.NewReader(text)}.Load(ctx, checks.Needs{})
	var bad *source.BadRecording
	if errors.As(err, &bad) {
		return checks.Frame{}, f.bad("frame %d %s", index+1, bad.Reason)
	}
	return frame, err
}

// recording is the file for the screen.
func (f *recordedFrames) recording() *tui.Recording {
	return &tui.Recording{Len: len(f.at), At: func(ctx context.Context, index int) (checks.Frame, error) {
		frame, err := f.frame(ctx, index)
		return frame, unlessPartial(err)
	}}
}

// unlessPartial drops the error of a frame that can be judged all the same.
func unlessPartial(err error) error {
	var partial *source.Incomplete
	if errors.As(err, &partial) {
		return nil
	}
	return err
}

// newRecorder opens a file to write frames to, for its owner alone. One of the
// same name is not overwritten.
func newRecorder(path string, build Build) (tui.Recorder, error) {
	const ownerOnly = 0o600
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, ownerOnly)
	if err != nil {
		return tui.Recorder{}, fileError(path, err)
	}
	packed := gzip.NewWriter(file)
	return tui.Recorder{
		Path: path,
		Write: func(frame checks.Frame) error {
			if err := source.Write(packed, frame, build.Version); err != nil {
				return err
			}
			return packed.Flush() // what was seen is there, whatever happens next
		},
		Close: func() error { return errors.Join(packed.Close(), file.Close()) },
	}, nil
}
