package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/infscale/kubectl-infscale/checks"
)

func (m *Model) askFilter() cmd {
	m.prompt, m.typed = filterPrompt, m.filter
	return nil
}

func (m *Model) askCommand() cmd {
	m.prompt, m.typed = commandPrompt, ""
	return nil
}

// longestTyped bounds a prompt: more is a paste gone wrong.
const longestTyped = 200

// typeText puts text into the prompt.
func (m *Model) typeText(words string) {
	if m.prompt == noPrompt {
		return
	}
	words = clean(words, false)
	if len(m.typed)+len(words) <= longestTyped {
		m.typed += words
	}
	m.filterTyped()
}

func (m *Model) filterTyped() {
	if m.prompt == filterPrompt {
		m.filter = m.typed
		if m.row() == nil {
			m.selectFirst(false)
		}
		m.keepInView()
	}
}

func (m *Model) promptKey(msg tea.KeyPressMsg) cmd {
	switch msg.String() {
	case "esc":
		if m.prompt == filterPrompt {
			m.filter = ""
		}
		m.prompt = noPrompt
		m.keepInView()
	case "enter":
		was := m.prompt
		m.prompt = noPrompt
		if was == commandPrompt {
			return m.run(m.typed)
		}
	case "backspace":
		if m.typed == "" {
			m.prompt = noPrompt
			return nil
		}
		runes := []rune(m.typed)
		m.typed = string(runes[:len(runes)-1])
		m.filterTyped()
	case "ctrl+u", "ctrl+w":
		m.typed = ""
		m.filterTyped()
	case "tab":
		m.complete()
	default:
		m.typeText(msg.Text)
	}
	return nil
}

// choices are what a command's argument may be.
func (m *Model) choices(verb string) []string {
	switch verb {
	case "ns", "namespace":
		return append([]string{"all"}, m.namespaces()...)
	case "ctx", "context":
		return m.o.Contexts
	case "sort":
		var all []string
		for _, c := range sortable {
			all = append(all, c.id)
		}
		return all
	case "palette":
		return []string{string(PaletteDefault), string(PaletteColorBlind), string(PaletteMono)}
	case "explain":
		var all []string
		if w := m.row(); w != nil {
			for _, f := range w.Findings {
				all = append(all, f.Check.ID)
			}
		}
		return all
	}
	return nil
}

// complete fills in the first choice that begins with what was typed.
func (m *Model) complete() {
	verb, rest, found := strings.Cut(m.typed, " ")
	if !found || m.prompt != commandPrompt {
		return
	}
	for _, choice := range m.choices(verb) {
		if strings.HasPrefix(choice, rest) {
			m.typed = verb + " " + clean(choice, false)
			return
		}
	}
}

// run does what was typed behind the colon.
func (m *Model) run(typed string) cmd {
	verb, rest, _ := strings.Cut(strings.TrimSpace(typed), " ")
	rest = strings.TrimSpace(rest)
	switch verb {
	case "":
		return nil
	case "q", "quit", "q!":
		return m.quit()
	case "help":
		return m.help()
	case "ns", "namespace":
		return m.runNamespace(rest)
	case "ctx", "context":
		return m.runContext(rest)
	case "sort":
		return m.runSort(rest)
	case "filter":
		m.filter = rest
		if m.row() == nil {
			m.selectFirst(false)
		}
		m.keepInView()
		return nil
	case "palette":
		return m.runPalette(rest)
	case "explain":
		return m.runExplain(rest)
	}
	m.complain(fmt.Sprintf("no command is called %q; ? lists them", verb))
	return nil
}

func (m *Model) runNamespace(name string) cmd {
	if name == "" || name == "all" {
		return m.allNamespaces()
	}
	if !slices.Contains(m.namespaces(), name) {
		m.complain(fmt.Sprintf("no inference workload is seen in namespace %q", name))
		return nil
	}
	m.inNamespace(name)
	return nil
}

func (m *Model) runSort(id string) cmd {
	for _, c := range sortable {
		if c.id == id {
			m.sortBy(id)
			return nil
		}
	}
	m.complain(fmt.Sprintf("no column is called %q: %s", id, strings.Join(m.choices("sort"), ", ")))
	return nil
}

func (m *Model) runPalette(name string) cmd {
	if !slices.Contains(Palettes(), Palette(name)) {
		m.complain(fmt.Sprintf("no palette is called %q: %s", name, strings.Join(m.choices("palette"), ", ")))
		return nil
	}
	m.o.Palette = Palette(name)
	m.look = lookOf(m.o.Palette, m.dark)
	return nil
}

func (m *Model) runExplain(id string) cmd {
	if id == "" {
		return m.explain()
	}
	if check := m.find(id); check != nil {
		m.check, m.about = check, nil
		m.put(explainView)
		return nil
	}
	m.complain(fmt.Sprintf("no check is called %q", id))
	return nil
}

func (m *Model) find(id string) *checks.Check {
	for _, check := range m.o.Checks {
		if check.ID == id {
			return check
		}
	}
	return nil
}
