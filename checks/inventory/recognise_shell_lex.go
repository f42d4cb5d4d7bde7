package inventory

import "strings"

// A shell script is read just far enough to find an engine's command line in
// it. What stands here is the grammar's surface: words and operators. What it
// cannot follow it says so (shellLexer.broken), and the caller takes the
// command line for incomplete.

// shellToken is an operator, or a word when op is empty.
type shellToken struct {
	op   string
	word shellWord
}

// shellWord is a word before expansion.
type shellWord []shellPart

type shellPartKind uint8

const (
	partText    shellPartKind = iota
	partName                  // $NAME, ${NAME}, ${NAME:-text}, $1
	partAll                   // $@ and $*
	partList                  // NAME=( … ): the words of an array
	partElement               // ${NAME[@]}
	partUnknown               // $( … ), $(( … )), ${NAME%…}: not evaluated
)

type shellPart struct {
	kind   shellPartKind
	text   string // the text, or the variable's name
	quoted bool
	// instead is the text of ${NAME:-text}, taken when hasInstead and the
	// variable is not set; assigns marks ${NAME:=text}.
	instead    string
	hasInstead bool
	assigns    bool
	list       []shellWord
}

// literal returns the text of a word without quotes and expansions, which is
// what keywords and assignments are made of.
func (w shellWord) literal() string {
	if len(w) == 1 && w[0].kind == partText && !w[0].quoted {
		return w[0].text
	}
	return ""
}

type shellLexer struct {
	text     string
	pos      int
	tokens   []shellToken
	heredocs []string
	broken   bool
}

// shellOperators, the longest first. Redirections stand in shellRedirects too.
var shellOperators = [...]string{"<<<", "&>>", "<<-", ";;&", ";;", ";&", "&&", "||", "|&", "&>", "<<", ">>", ">&", "<&", ">|", "<>", ";", "&", "|", "(", ")", "<", ">", "\n"}

var shellRedirects = map[string]bool{"<<<": true, "&>>": true, "&>": true, ">>": true, ">&": true, "<&": true, ">|": true, "<>": true, "<": true, ">": true}

// lexShell splits a script into tokens.
func lexShell(text string) (tokens []shellToken, ok bool) {
	l := &shellLexer{text: text}
	for l.skipBlanks(); l.pos < len(l.text); l.skipBlanks() {
		l.next()
	}
	return l.tokens, !l.broken
}

func (l *shellLexer) skipBlanks() {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == ' ' || c == '\t' || c == '\r':
			l.pos++
		case c == '\\' && strings.HasPrefix(l.text[l.pos:], "\\\n"):
			l.pos += 2
		case c == '#':
			if end := strings.IndexByte(l.text[l.pos:], '\n'); end >= 0 {
				l.pos += end
			} else {
				l.pos = len(l.text)
			}
		default:
			return
		}
	}
}

func (l *shellLexer) next() {
	rest := l.text[l.pos:]
	if strings.HasPrefix(rest, "<(") || strings.HasPrefix(rest, ">(") {
		l.pos += 2
		l.skipGroup(')')
		l.tokens = append(l.tokens, shellToken{word: shellWord{{kind: partUnknown, quoted: true}}})
		return
	}
	for _, op := range shellOperators {
		if strings.HasPrefix(rest, op) {
			l.pos += len(op)
			l.operator(op)
			return
		}
	}
	word := l.word()
	// 2>&1: the digits belong to the redirection.
	if l.pos < len(l.text) && (l.text[l.pos] == '>' || l.text[l.pos] == '<') && allDigits(word.literal()) {
		return
	}
	l.tokens = append(l.tokens, shellToken{word: word})
}

func allDigits(text string) bool {
	_, digits := leadingNumber(text)
	return digits > 0 && digits == len(text)
}

func (l *shellLexer) operator(op string) {
	switch op {
	case "<<", "<<-":
		l.skipBlanks()
		var end strings.Builder
		for _, part := range l.word() {
			end.WriteString(part.text)
		}
		l.heredocs = append(l.heredocs, end.String())
		return
	case "\n":
		for _, end := range l.heredocs {
			l.skipHeredoc(end)
		}
		l.heredocs = nil
	}
	l.tokens = append(l.tokens, shellToken{op: op})
}

func (l *shellLexer) skipHeredoc(end string) {
	for l.pos < len(l.text) {
		line, rest, _ := strings.Cut(l.text[l.pos:], "\n")
		l.pos = len(l.text) - len(rest)
		if strings.TrimSpace(line) == end {
			return
		}
	}
}

// word reads one word, which may be empty ("").
func (l *shellLexer) word() shellWord {
	word := shellWord{}
	var plain strings.Builder
	flush := func(quoted bool) {
		if plain.Len() > 0 || quoted {
			word = append(word, shellPart{text: plain.String(), quoted: quoted})
			plain.Reset()
		}
	}
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; c {
		case ' ', '\t', '\r', '\n', ';', '&', '|', '<', '>', ')':
			flush(false)
			return word
		case '(':
			if text := plain.String(); len(word) == 0 && strings.HasSuffix(text, "=") {
				flush(false)
				l.pos++
				return append(word, shellPart{kind: partList, list: l.list()})
			}
			flush(false)
			return word
		case '\\':
			l.pos++
			if l.pos < len(l.text) {
				if l.text[l.pos] != '\n' {
					flush(false)
					plain.WriteByte(l.text[l.pos])
					flush(true)
				}
				l.pos++
			}
		case '\'':
			flush(false)
			plain.WriteString(l.single())
			flush(true)
		case '"':
			flush(false)
			l.pos++
			word = append(word, l.double()...)
		case '$', '`':
			flush(false)
			word = append(word, l.dollar(false)...)
		default:
			plain.WriteByte(c)
			l.pos++
		}
	}
	flush(false)
	return word
}

// list reads the words of an array up to its closing parenthesis.
func (l *shellLexer) list() []shellWord {
	var words []shellWord
	for {
		l.skipBlanks()
		if l.pos >= len(l.text) {
			l.broken = true
			return words
		}
		switch l.text[l.pos] {
		case ')':
			l.pos++
			return words
		case '\n':
			l.pos++
		case '(', ';', '&', '|', '<', '>':
			l.broken = true
			l.pos++
		default:
			words = append(words, l.word())
		}
	}
}

func (l *shellLexer) single() string {
	end := strings.IndexByte(l.text[l.pos+1:], '\'')
	if end < 0 {
		l.broken = true
		end = len(l.text) - l.pos - 1
	}
	text := l.text[l.pos+1 : l.pos+1+end]
	l.pos = min(len(l.text), l.pos+end+2)
	return text
}

// double reads up to the closing quote; l.pos is behind the opening one.
func (l *shellLexer) double() shellWord {
	word := shellWord{}
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			word = append(word, shellPart{text: plain.String(), quoted: true})
			plain.Reset()
		}
	}
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; c {
		case '"':
			l.pos++
			if flush(); len(word) == 0 {
				word = append(word, shellPart{quoted: true})
			}
			return word
		case '\\':
			l.pos++
			if l.pos < len(l.text) {
				next := l.text[l.pos]
				if !strings.ContainsRune("$`\"\\\n", rune(next)) {
					plain.WriteByte('\\')
				}
				if next != '\n' {
					plain.WriteByte(next)
				}
				l.pos++
			}
		case '$', '`':
			flush()
			word = append(word, l.dollar(true)...)
		default:
			plain.WriteByte(c)
			l.pos++
		}
	}
	l.broken = true
	flush()
	return word
}
