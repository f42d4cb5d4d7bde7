package collect

import (
	"bytes"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// reader reads JSON as it comes, and keeps nothing of it but what is asked for.
type reader struct {
	*jsontext.Decoder
	names map[string]string // texts that were read before
}

func newReader(in io.Reader) *reader {
	// As lenient as encoding/json is: what one server writes twice is its own affair.
	decoder := jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return &reader{decoder, map[string]string{}}
}

// object reads one, member by member.
func (r *reader) object(member func(name string) error) error {
	if err := r.expect('{'); err != nil {
		return err
	}
	for r.PeekKind() != '}' {
		name, err := r.text()
		if err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
	return r.expect('}')
}

// text reads a string. The same few come again and again, and are kept once.
func (r *reader) text() (string, error) {
	raw, err := r.ReadValue()
	if err != nil {
		return "", err
	}
	if raw.Kind() != '"' {
		return "", fmt.Errorf("%s is no text", raw.Kind())
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') >= 0 {
		if inner, err = jsontext.AppendUnquote(nil, raw); err != nil {
			return "", err
		}
	}
	if known, ok := r.names[string(inner)]; ok {
		return known, nil
	}
	fresh := string(inner)
	r.names[fresh] = fresh
	return fresh, nil
}

// expect reads a bracket.
func (r *reader) expect(kind jsontext.Kind) error {
	token, err := r.ReadToken()
	if err == nil && token.Kind() != kind {
		err = fmt.Errorf("%s instead of %s", token.Kind(), kind)
	}
	return err
}

// list reads one, element by element.
func (r *reader) list(element func() error) error {
	if err := r.expect('['); err != nil {
		return err
	}
	for r.PeekKind() != ']' {
		if err := element(); err != nil {
			return err
		}
	}
	return r.expect(']')
}
