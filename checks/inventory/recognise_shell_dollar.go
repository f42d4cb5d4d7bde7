package inventory

import "strings"

// dollar reads an expansion at l.pos, which is at a dollar or a backquote.
func (l *shellLexer) dollar(quoted bool) shellWord {
	rest := l.text[l.pos:]
	unknown := shellWord{{kind: partUnknown, quoted: quoted}}
	if rest[0] == '`' {
		l.pos++
		l.skipGroup('`')
		return unknown
	}
	if len(rest) == 1 {
		l.pos++
		return shellWord{{text: "$", quoted: quoted}}
	}
	switch c := rest[1]; {
	case c == '(':
		l.pos += 2
		l.skipGroup(')')
		return unknown
	case c == '{':
		l.pos += 2
		from := l.pos
		l.skipGroup('}')
		part := bracedPart(strings.TrimSuffix(l.text[from:l.pos], "}"))
		part.quoted = quoted
		return shellWord{part}
	case c == '@' || c == '*':
		l.pos += 2
		return shellWord{{kind: partAll, quoted: quoted}}
	case c == '\'' && !quoted:
		l.pos++
		return shellWord{{text: unescape(l.single()), quoted: true}}
	case c == '"' && !quoted:
		l.pos += 2
		return l.double()
	case c >= '0' && c <= '9' || strings.IndexByte("#?$!-", c) >= 0:
		l.pos += 2
		return shellWord{{kind: partName, text: string(c), quoted: quoted}}
	case !isName(string(c)):
		l.pos++
		return shellWord{{text: "$", quoted: quoted}}
	}
	end := 2
	for end < len(rest) && isName(rest[1:end+1]) {
		end++
	}
	l.pos += end
	return shellWord{{kind: partName, text: rest[1:end], quoted: quoted}}
}

func unescape(text string) string {
	return strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\'`, "'", `\"`, `"`, `\\`, `\`).Replace(text)
}

// bracedPart reads what stands between ${ and }. Of the operators only those
// that give a default are followed.
func bracedPart(text string) shellPart {
	end := 0
	for end < len(text) && (isName(text[:end+1]) || allDigits(text[:end+1])) {
		end++
	}
	name, rest := text[:end], text[end:]
	if name == "" && (text == "@" || text == "*") {
		return shellPart{kind: partAll}
	}
	part := shellPart{kind: partName, text: name}
	switch {
	case name == "":
		part.kind = partUnknown
	case rest == "":
	case rest == "[@]" || rest == "[*]":
		part.kind = partElement
	case strings.HasPrefix(strings.TrimPrefix(rest, ":"), "-"), strings.HasPrefix(strings.TrimPrefix(rest, ":"), "="):
		rest = strings.TrimPrefix(rest, ":")
		part.assigns = rest[0] == '='
		part.instead, part.hasInstead = strings.Trim(rest[1:], `"'`), true
		if strings.ContainsAny(part.instead, "$`") {
			part.hasInstead = false
		}
	case strings.HasPrefix(strings.TrimPrefix(rest, ":"), "?"):
	default:
		part.kind = partUnknown
	}
	return part
}

// skipGroup moves behind the closing character of a group whose opening one
// was read; quotes and groups inside it are followed.
func (l *shellLexer) skipGroup(end byte) {
	for l.pos < len(l.text) {
		c := l.text[l.pos]
		l.pos++
		switch {
		case c == end:
			return
		case c == '\\':
			l.pos++
		case c == '\'' && end != '}':
			l.pos--
			l.single()
		case c == '"':
			l.double()
		case c == '(' && end == ')':
			l.skipGroup(')')
		case c == '{' && end == '}':
			l.skipGroup('}')
		case c == '`' && end != '`':
			l.skipGroup('`')
		}
	}
	l.broken = true
	l.pos = min(l.pos, len(l.text))
}
