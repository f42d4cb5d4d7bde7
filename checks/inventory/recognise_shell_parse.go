package inventory

// shellParser groups a script's tokens into simple commands and keeps track of
// the blocks around them.
type shellParser struct {
	run     *shellRun
	tokens  []shellToken
	pos     int
	words   []shellWord
	before  string // the operator in front of the command
	pattern bool   // inside a case, where a pattern is due
	makes   bool   // a function's body is due
}

func (p *shellParser) parse() {
	for ; p.pos < len(p.tokens); p.pos++ {
		token := p.tokens[p.pos]
		switch {
		case p.pattern:
			p.skipPattern(token)
		case token.op == "":
			if len(p.words) > 0 || !p.keyword(token.word) {
				p.words = append(p.words, token.word)
			}
		case shellRedirects[token.op]:
			p.pos++ // its target
		default:
			p.operator(token.op)
		}
	}
	p.finish("")
	if len(p.run.blocks) > 0 {
		p.run.incomplete = true
	}
}

func (p *shellParser) operator(op string) {
	switch op {
	case "(":
		switch {
		case p.opAt(p.pos+1) == "(" && len(p.words) == 0:
			p.skipArithmetic()
			p.run.lastTest = true
		case len(p.words) == 1 && p.opAt(p.pos+1) == ")":
			p.words, p.makes = nil, true
			p.pos++
		case len(p.words) == 0:
			p.push("(")
		default:
			p.run.incomplete = true
		}
		return
	case ")":
		p.finish("")
		p.pop("(")
	case ";;", ";&", ";;&":
		p.finish(op)
		p.pattern = true
	default:
		p.finish(op)
	}
	p.before = op
}

func (p *shellParser) opAt(i int) string {
	if i < len(p.tokens) {
		return p.tokens[i].op
	}
	return ""
}

// skipArithmetic moves to the end of (( … )).
func (p *shellParser) skipArithmetic() {
	for p.pos += 2; p.pos < len(p.tokens); p.pos++ {
		if p.tokens[p.pos].op == ")" && p.opAt(p.pos+1) == ")" {
			p.pos++
			return
		}
	}
	p.run.incomplete = true
}

func (p *shellParser) skipPattern(token shellToken) {
	switch {
	case token.op == ")":
		p.pattern = false
	case token.op == "" && token.word.literal() == "esac":
		p.pattern = false
		p.pop("case")
	}
}

// keyword handles a reserved word at the start of a command; false for any
// other word.
func (p *shellParser) keyword(w shellWord) bool {
	switch w.literal() {
	case "if":
		p.push("if")
	case "while", "until":
		p.push("loop")
	case "for", "select":
		p.push("loop")
		p.loopVariable()
	case "case":
		p.push("case")
		for p.pos < len(p.tokens) && p.tokens[p.pos].word.literal() != "in" {
			p.pos++
		}
		p.pattern = true
	case "fi":
		p.pop("if")
	case "done":
		p.pop("loop")
	case "esac":
		p.pop("case")
	case "{":
		kind := "{"
		if p.makes {
			kind, p.makes = "func", false
		}
		p.push(kind)
	case "}":
		p.pop("{")
	case "function":
		p.makes = true
		p.pos++ // its name
		if p.opAt(p.pos+1) == "(" && p.opAt(p.pos+2) == ")" {
			p.pos += 2
		}
	case "then", "else", "elif", "do", "!", "time":
	case "[[":
		for p.pos < len(p.tokens) && p.tokens[p.pos].word.literal() != "]]" {
			p.pos++
		}
		p.run.lastTest = true
	default:
		return false
	}
	return true
}

// loopVariable reads for NAME in words, up to the separator before do.
func (p *shellParser) loopVariable() {
	p.pos++
	if p.opAt(p.pos) == "(" {
		p.skipArithmetic()
		return
	}
	if p.pos < len(p.tokens) {
		name := p.tokens[p.pos].word.literal()
		p.run.set(name, []word{{text: "$" + name}}, false, false)
	}
	for p.pos+1 < len(p.tokens) && p.opAt(p.pos+1) != ";" && p.opAt(p.pos+1) != "\n" {
		p.pos++
	}
}

func (p *shellParser) push(kind string) {
	p.run.blocks = append(p.run.blocks, shellBlock{kind, p.run.commands})
}

// pop closes the innermost block, which must be of the kind; a function closes
// like a group. What stands behind the block (| tee, &) goes for all in it.
func (p *shellParser) pop(kind string) {
	blocks := p.run.blocks
	if len(blocks) == 0 {
		p.run.incomplete = true
		return
	}
	top := blocks[len(blocks)-1]
	if top.kind != kind && !(top.kind == "func" && kind == "{") {
		p.run.incomplete = true
	}
	p.run.blocks = blocks[:len(blocks)-1]
	next := p.pos + 1
	for shellRedirects[p.opAt(next)] {
		next += 2
	}
	if p.run.found.engine != nil && p.run.found.number > top.first {
		p.run.found.how.piped = p.run.found.how.piped || p.opAt(next) == "|" || p.opAt(next) == "|&"
		p.run.found.how.background = p.run.found.how.background || p.opAt(next) == "&"
	}
}

// finish ends the current command.
func (p *shellParser) finish(op string) {
	words := p.words
	p.words = nil
	if len(words) == 0 {
		return
	}
	how := shellCommand{piped: op == "|" || op == "|&" || p.before == "|" || p.before == "|&", background: op == "&"}
	maybe := p.before == "||" || p.before == "&&" && p.run.lastTest
	p.run.simple(words, how, maybe)
}
