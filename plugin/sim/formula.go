package sim

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/scanner"
)

// Formula is a scalingModifiers formula of KEDA, which has it evaluated by
// github.com/expr-lang/expr. That library doubles what the linker keeps, so this
// reads what of its language is arithmetic on the triggers' numbers: + - * / **,
// comparisons, and, or, not, c ? a : b, and a few functions.
type Formula struct {
	root formulaNode
}

// formulaNode is a part of a formula: a number, or a truth (1 or 0).
type formulaNode struct {
	value func(of map[string]float64) float64
	truth bool
}

var formulaFunctions = map[string]func(of []float64) float64{
	"max":   slices.Max[[]float64],
	"min":   slices.Min[[]float64],
	"abs":   func(of []float64) float64 { return math.Abs(of[0]) },
	"ceil":  func(of []float64) float64 { return math.Ceil(of[0]) },
	"floor": func(of []float64) float64 { return math.Floor(of[0]) },
	"round": func(of []float64) float64 { return math.Round(of[0]) },
	"float": func(of []float64) float64 { return of[0] },
	"int":   func(of []float64) float64 { return math.Trunc(of[0]) },
}

// ParseFormula reads a formula on the numbers of the named triggers; the error
// says what of it is wrong, or is not evaluated here.
func ParseFormula(text string, triggers []string) (formula *Formula, err error) {
	const most = 10_000 // bytes
	if len(text) > most {
		return nil, fmt.Errorf("it is longer than %d bytes", most)
	}
	p := &formulaParser{triggers: triggers}
	p.lexer.Init(strings.NewReader(text))
	p.lexer.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanFloats
	p.lexer.Error = func(*scanner.Scanner, string) {}
	p.next()
	root := p.choice()
	if p.token != "" {
		p.fail("%q is not evaluated here", p.token)
	}
	p.want(root, false)
	if p.err != nil {
		return nil, p.err
	}
	return &Formula{root}, nil
}

// Value is what the formula comes to; a division by zero and the like are errors
// of the metric, as an infinite number is none for the metrics API.
func (f *Formula) Value(of map[string]float64) (float64, error) {
	value := f.root.value(of)
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return 0, errors.New("the formula comes to no number")
	}
	return value, nil
}

// formulaParser descends recursively, with the precedences of expr.
type formulaParser struct {
	lexer    scanner.Scanner
	kind     rune
	token    string // "" at the end
	triggers []string
	err      error // the first
}

func (p *formulaParser) fail(format string, args ...any) {
	p.err = cmp.Or(p.err, fmt.Errorf(format, args...))
	p.kind, p.token = scanner.EOF, "" // nothing further is read
}

func (p *formulaParser) want(n formulaNode, truth bool) {
	switch {
	case n.truth == truth:
	case truth:
		p.fail("a number stands where a condition is due")
	default:
		p.fail("a condition stands where a number is due")
	}
}

func (p *formulaParser) next() {
	if p.err != nil {
		return
	}
	p.kind = p.lexer.Scan()
	p.token = p.lexer.TokenText()
	spelt := map[string]string{"and": "&&", "or": "||", "not": "!"}
	if word, ok := spelt[p.token]; ok {
		p.token, p.kind = word, scanner.String
		return
	}
	for _, pair := range []string{"&&", "||", "==", "!=", "<=", ">=", "**", "??", "?.", ".."} {
		if p.token == pair[:1] && p.lexer.Peek() == rune(pair[1]) {
			p.lexer.Next()
			p.token = pair
			return
		}
	}
}

// took says whether the token is this one, and goes past it.
func (p *formulaParser) took(token string) bool {
	if p.token != token {
		return false
	}
	p.next()
	return true
}

func (p *formulaParser) expect(token string) {
	if !p.took(token) {
		p.fail("%q is missing", token)
	}
}

func (p *formulaParser) choice() formulaNode {
	condition := p.binary(0)
	if !p.took("?") {
		return condition
	}
	p.want(condition, true)
	yes := p.choice()
	p.expect(":")
	no := p.choice()
	p.want(no, yes.truth)
	return formulaNode{truth: yes.truth, value: func(of map[string]float64) float64 {
		if condition.value(of) != 0 {
			return yes.value(of)
		}
		return no.value(of)
	}}
}

// formulaOperator works on numbers or truths, and yields one or the other.
type formulaOperator struct {
	on, yields bool // truths
	apply      func(a, b float64) float64
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// formulaOperators by how firmly they bind, the loosest first.
var formulaOperators = []map[string]formulaOperator{
	{"||": {true, true, func(a, b float64) float64 { return truth(a+b > 0) }}},
	{"&&": {true, true, func(a, b float64) float64 { return a * b }}},
	{
		"==": {false, true, func(a, b float64) float64 { return truth(a == b) }},
		"!=": {false, true, func(a, b float64) float64 { return truth(a != b) }},
		"<":  {false, true, func(a, b float64) float64 { return truth(a < b) }},
		">":  {false, true, func(a, b float64) float64 { return truth(a > b) }},
		"<=": {false, true, func(a, b float64) float64 { return truth(a <= b) }},
		">=": {false, true, func(a, b float64) float64 { return truth(a >= b) }},
	},
	{
		"+": {apply: func(a, b float64) float64 { return a + b }},
		"-": {apply: func(a, b float64) float64 { return a - b }},
	},
	{
		"*": {apply: func(a, b float64) float64 { return a * b }},
		"/": {apply: func(a, b float64) float64 { return a / b }},
	},
}

func (p *formulaParser) binary(level int) formulaNode {
	if level == len(formulaOperators) {
		return p.unary()
	}
	left := p.binary(level + 1)
	for {
		operator, ok := formulaOperators[level][p.token]
		if !ok {
			return left
		}
		p.next()
		a, b := left, p.binary(level+1)
		p.want(a, operator.on)
		p.want(b, operator.on)
		left = formulaNode{truth: operator.yields, value: func(of map[string]float64) float64 { return operator.apply(a.value(of), b.value(of)) }}
	}
}

func (p *formulaParser) unary() formulaNode {
	switch {
	case p.took("!"):
		n := p.unary()
		p.want(n, true)
		return formulaNode{truth: true, value: func(of map[string]float64) float64 { return 1 - n.value(of) }}
	case p.took("-"):
		n := p.unary()
		p.want(n, false)
		return formulaNode{value: func(of map[string]float64) float64 { return -n.value(of) }}
	case p.took("+"):
		return p.unary()
	}
	base := p.primary()
	if !p.took("**") && !p.took("^") {
		return base
	}
	exponent := p.unary()
	p.want(base, false)
	p.want(exponent, false)
	return formulaNode{value: func(of map[string]float64) float64 { return math.Pow(base.value(of), exponent.value(of)) }}
}

func (p *formulaParser) primary() formulaNode {
	kind, token := p.kind, p.token
	p.next()
	switch kind {
	case '(':
		n := p.choice()
		p.expect(")")
		return n
	case scanner.Int, scanner.Float:
		number, err := strconv.ParseFloat(strings.ReplaceAll(token, "_", ""), 64)
		if err != nil {
			p.fail("%q is no number", token)
		}
		return formulaNode{value: func(map[string]float64) float64 { return number }}
	case scanner.Ident:
		if p.took("(") {
			return p.call(token)
		}
		if !slices.Contains(p.triggers, token) {
			p.fail("%q is the name of no trigger", token)
		}
		return formulaNode{value: func(of map[string]float64) float64 { return of[token] }}
	case scanner.EOF:
		p.fail("it ends too early")
	}
	p.fail("%q is not evaluated here", token)
	return formulaNode{value: func(map[string]float64) float64 { return 0 }}
}

// call reads the arguments of a function, of which only max and min take several.
func (p *formulaParser) call(name string) formulaNode {
	function := formulaFunctions[name]
	if function == nil {
		p.fail("the function %q is not evaluated here", name)
	}
	var arguments []formulaNode
	for p.err == nil {
		n := p.choice()
		p.want(n, false)
		arguments = append(arguments, n)
		if !p.took(",") {
			break
		}
	}
	p.expect(")")
	if len(arguments) != 1 && name != "max" && name != "min" {
		p.fail("%s takes one number", name)
	}
	return formulaNode{value: func(of map[string]float64) float64 {
		values := make([]float64, len(arguments))
		for i, argument := range arguments {
			values[i] = argument.value(of)
		}
		return function(values)
	}}
}
