package fix

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write replaces the files by their edited texts. Each is whole at any moment,
// whatever interrupts the write: the new text goes to a temporary file beside
// it, is forced to the disk and takes the old one's place by a rename. A link
// stays a link, to the changed file; the file's mode is kept.
//
// Nothing is replaced before every new text is on the disk, and nothing at all
// when somebody changed one of the files since it was read.
func Write(ctx context.Context, files []*FileEdit) error {
	var staged []stagedFile
	defer func() {
		for _, s := range staged {
			os.Remove(s.temporary) // gone already where the rename went well
		}
	}()
	for _, e := range files {
		s, err := stage(e)
		if err != nil {
			return err
		}
		staged = append(staged, s)
	}
	for _, s := range staged {
		if err := s.untouched(); err != nil {
			return err
		}
	}
	for _, s := range staged {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.commit(); err != nil {
			return err
		}
	}
	return nil
}

type stagedFile struct {
	edit      *FileEdit
	real      string // behind all links
	temporary string
}

func stage(e *FileEdit) (stagedFile, error) {
	real, mode := e.Name, fs.FileMode(0o644)
	if !e.New {
		var err error
		if real, err = filepath.EvalSymlinks(e.Name); err != nil {
			return stagedFile{}, err
		}
		info, err := os.Stat(real)
		if err != nil {
			return stagedFile{}, err
		}
		mode = info.Mode().Perm()
	}
	s := stagedFile{edit: e, real: real}
	file, err := os.CreateTemp(filepath.Dir(real), ".infscale-*.tmp")
	if err != nil {
		return s, err
	}
	s.temporary = file.Name()
	_, err = file.Write(e.After)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(s.temporary)
	}
	return s, err
}

// untouched says whether the file is still the one that was edited.
func (s stagedFile) untouched() error {
	now, err := os.ReadFile(s.real)
	switch {
	case s.edit.New && err == nil:
		return fmt.Errorf("%s was made by somebody else meanwhile", s.edit.Name)
	case s.edit.New && errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !bytes.Equal(now, s.edit.Before):
		return fmt.Errorf("%s was changed by somebody else meanwhile", s.edit.Name)
	}
	return nil
}

func (s stagedFile) commit() error {
	if err := os.Rename(s.temporary, s.real); err != nil {
		return err
	}
	directory, err := os.Open(filepath.Dir(s.real))
	if err != nil {
		return nil // the rename stands; that it is on the disk is for the system to see to
	}
	defer directory.Close()
	directory.Sync()
	return nil
}
