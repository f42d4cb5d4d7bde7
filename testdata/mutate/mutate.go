package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// mutantInfo is one way in which a rule was broken.
type mutantInfo struct {
	check string // ID
	place string // file and line
	what  string // "a < b becomes a <= b"
}

// edit puts text at an offset of the source.
type edit struct {
	at   int
	text string
}

// mutator collects what is broken in one file.
type mutator struct {
	check   string
	first   int // number of the file's first mutant
	files   *token.FileSet
	source  []byte
	edits   []edit
	mutants []mutantInfo
}

func mutateFile(path, id string, first int) ([]byte, []mutantInfo, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	m := &mutator{check: id, first: first, files: token.NewFileSet(), source: source}
	file, err := parser.ParseFile(m.files, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	ast.Inspect(file, m.visit)
	return m.text(), m.mutants, nil
}

// visit breaks conditions and functions. Constant expressions and what is
// compared with nil are left alone: to negate the latter is to dereference nil,
// which says nothing about the fixture.
func (m *mutator) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.FuncDecl:
		if n.Body != nil {
			m.returnAtOnce(n.Type, n.Body)
		}
	case *ast.FuncLit:
		m.returnAtOnce(n.Type, n.Body)
	case *ast.GenDecl:
		return n.Tok != token.CONST
	case *ast.BinaryExpr:
		m.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			number := m.add(n, "the ! is dropped")
			m.put(n.OpPos, fmt.Sprintf("(mutant(%d) != ", number))
			m.put(n.End(), ")")
		}
	}
	return true
}

// swapped are the operators that an operator is broken into.
func swapped(op token.Token) []token.Token {
	switch op {
	case token.LSS:
		return []token.Token{token.LEQ, token.GEQ}
	case token.LEQ:
		return []token.Token{token.LSS, token.GTR}
	case token.GTR:
		return []token.Token{token.GEQ, token.LEQ}
	case token.GEQ:
		return []token.Token{token.GTR, token.LSS}
	case token.EQL:
		return []token.Token{token.NEQ}
	case token.NEQ:
		return []token.Token{token.EQL}
	case token.LAND:
		return []token.Token{token.LOR}
	case token.LOR:
		return []token.Token{token.LAND}
	}
	return nil
}

// binary turns a == b into (mutant(7) && a != b || !mutant(7) && (a == b)).
// Inner expressions are broken where the original stands, the last of them.
func (m *mutator) binary(n *ast.BinaryExpr) {
	x, y := m.of(n.X), m.of(n.Y)
	if x == "nil" || y == "nil" {
		return
	}
	var front strings.Builder
	back := ""
	for _, op := range swapped(n.Op) {
		number := m.add(n, fmt.Sprintf("%s %s %s becomes %s", x, n.Op, y, op))
		fmt.Fprintf(&front, "(mutant(%d) && (%s %s %s) || !mutant(%d) && ", number, x, op, y, number)
		back += ")"
	}
	if back != "" {
		m.put(n.Pos(), front.String()+"(")
		m.put(n.End(), ")"+back)
	}
}

func (m *mutator) returnAtOnce(signature *ast.FuncType, body *ast.BlockStmt) {
	if len(body.List) == 0 {
		return
	}
	var zero []string
	if signature.Results != nil {
		for _, field := range signature.Results.List {
			for range max(1, len(field.Names)) {
				zero = append(zero, "*new("+m.of(field.Type)+")")
			}
		}
	}
	number := m.add(body, "the function returns at once")
	m.put(body.Lbrace+1, fmt.Sprintf("if mutant(%d) { return %s };", number, strings.Join(zero, ", ")))
}

func (m *mutator) add(node ast.Node, what string) int {
	at := m.files.Position(node.Pos())
	place := fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
	m.mutants = append(m.mutants, mutantInfo{m.check, place, what})
	return m.first + len(m.mutants) - 1
}

func (m *mutator) of(node ast.Node) string {
	return string(m.source[m.offset(node.Pos()):m.offset(node.End())])
}

func (m *mutator) offset(at token.Pos) int { return m.files.Position(at).Offset }

// put notes an edit. Of several at one place, what opens goes on in the order
// of the walk, from the outside in, and what closes in the reverse order.
func (m *mutator) put(at token.Pos, text string) {
	offset := m.offset(at)
	if strings.HasPrefix(text, ")") {
		for i, e := range m.edits {
			if e.at == offset {
				m.edits = slices.Insert(m.edits, i, edit{offset, text})
				return
			}
		}
	}
	m.edits = append(m.edits, edit{offset, text})
}

func (m *mutator) text() []byte {
	slices.SortStableFunc(m.edits, func(a, b edit) int { return a.at - b.at })
	var out bytes.Buffer
	last := 0
	for _, e := range m.edits {
		out.Write(m.source[last:e.at])
		out.WriteString(e.text)
		last = e.at
	}
	out.Write(m.source[last:])
	return out.Bytes()
}
