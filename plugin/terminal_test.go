package plugin

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// terminal is a program in a terminal: what it writes is on a screen, and what
// is pressed reaches it.
type terminal struct {
	cmd  *exec.Cmd
	pty  *os.File
	gone chan struct{} // closed when the program has ended
	err  error         // of the program, once it has ended

	mu      sync.Mutex
	screen  *vt.Emulator
	changed chan struct{} // closed when something was written
}

// startTerminal runs a command in a terminal of that size.
func startTerminal(cmd *exec.Cmd, width, height int) (*terminal, error) {
	size := &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}
	file, err := pty.StartWithSize(cmd, size)
	if err != nil {
		return nil, err
	}
	t := &terminal{cmd: cmd, pty: file, gone: make(chan struct{}), screen: vt.NewEmulator(width, height), changed: make(chan struct{})}
	go io.Copy(file, t.screen) // the terminal's answers to the program's questions
	go t.draw()
	return t, nil
}

// draw takes in what the program writes, until it ends.
func (t *terminal) draw() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := t.pty.Read(buffer)
		t.mu.Lock()
		t.screen.Write(buffer[:n])
		close(t.changed)
		t.changed = make(chan struct{})
		t.mu.Unlock()
		if err != nil {
			break
		}
	}
	t.err = t.cmd.Wait()
	close(t.gone)
}

// text is what is on the screen, and whether that is the alternate one.
func (t *terminal) text() (text string, alternate bool, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.String(), t.screen.IsAltScreen(), t.changed
}

// await waits until the screen matches a pattern, or with not until it does not
// match any more. The answer is the screen, and whether that came to be.
func (t *terminal) await(pattern *regexp.Regexp, not bool) (string, bool) {
	const patience = 45 * time.Second
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		text, _, changed := t.text()
		if pattern.MatchString(text) != not {
			return text, true
		}
		select {
		case <-changed:
		case <-t.gone:
			text, _, _ := t.text()
			return text, pattern.MatchString(text) != not
		case <-deadline.C:
			return text, false
		}
	}
}

// press types keys: letters as they are, and the names in brackets.
func (t *terminal) press(keys string) {
	names := strings.NewReplacer(
		"<enter>", "\r", "<esc>", "\x1b", "<tab>", "\t", "<up>", "\x1b[A", "<down>", "\x1b[B", "<ctrl-c>", "\x03", "<space>", " ",
	)
	io.WriteString(t.pty, names.Replace(keys))
}

// resize makes the terminal another size.
func (t *terminal) resize(width, height int) {
	t.mu.Lock()
	t.screen.Resize(width, height)
	t.mu.Unlock()
	pty.Setsize(t.pty, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
}

// end waits for the program's end, and ends it after a while.
func (t *terminal) end() error {
	const patience = 10 * time.Second
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-t.gone:
	case <-timer.C:
		t.cmd.Process.Kill()
		<-t.gone
	}
	t.pty.Close()
	t.screen.Close()
	return t.err
}

// watchTerminal runs the program's watch in a terminal.
func watchTerminal(t *testing.T, width, height int, env []string, args ...string) *terminal {
	t.Helper()
	return programTerminal(t, width, height, env, append([]string{"watch"}, args...)...)
}

// programTerminal runs the program in a terminal, with an environment of its own.
func programTerminal(t *testing.T, width, height int, env []string, args ...string) *terminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := t.TempDir() + "/kubectl-infscale" // the name tells the test binary what to be
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(link, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + cmd.Dir, "TMPDIR=" + cmd.Dir}, env...)
	term, err := startTerminal(cmd, width, height)
	if err != nil {
		t.Skip(err) // no pseudo-terminals on this system
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		term.end()
	})
	return term
}

func (t *terminal) expect(test *testing.T, pattern string) string {
	test.Helper()
	text, ok := t.await(regexp.MustCompile(pattern), false)
	if !ok {
		test.Fatalf("the screen never matched %q; at last it was\n%s", pattern, text)
	}
	return text
}

func (t *terminal) expectGone(test *testing.T, pattern string) {
	test.Helper()
	if text, ok := t.await(regexp.MustCompile(pattern), true); !ok {
		test.Fatalf("the screen always matched %q; at last it was\n%s", pattern, text)
	}
}

// terminalCommands are for transcripts: one terminal at a time.
//
//	terminal 100x30 kubectl infscale watch   runs a command in a terminal
//	press f                                  types keys
//	screen PATTERN                           waits until the screen matches
//	! screen PATTERN                         waits until it does not any more
//	leave                                    waits for the command's end
func terminalCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"terminal": scriptTerminal,
		"press": func(ts *testscript.TestScript, _ bool, args []string) {
			scriptTerminalOf(ts).press(strings.Join(args, " "))
		},
		"screen": func(ts *testscript.TestScript, neg bool, args []string) {
			pattern, err := regexp.Compile("(?m)" + args[0])
			ts.Check(err)
			if text, ok := scriptTerminalOf(ts).await(pattern, neg); !ok {
				ts.Fatalf("waited in vain for the screen; at last it was\n%s", text)
			}
		},
		"leave": func(ts *testscript.TestScript, _ bool, _ []string) {
			ts.Check(scriptTerminalOf(ts).end())
		},
	}
}

// terminalKey is where a script's environment keeps its terminal.
type terminalKey struct{}

func scriptTerminalOf(ts *testscript.TestScript) *terminal {
	term, ok := ts.Value(terminalKey{}).(**terminal)
	if !ok || *term == nil {
		ts.Fatalf("no terminal was started")
	}
	return *term
}

func scriptTerminal(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: terminal WIDTHxHEIGHT COMMAND…")
	}
	var width, height int
	if _, err := fmt.Sscanf(args[0], "%dx%d", &width, &height); err != nil {
		ts.Fatalf("%s: %v", args[0], err)
	}
	cmd := exec.Command("sh", append([]string{"-c", `exec "$@"`, "sh"}, args[1:]...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{"TERM=xterm-256color", "LANG=C.UTF-8"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "KUBECONFIG", "KUBECACHEDIR", bedVariable} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	term, err := startTerminal(cmd, width, height)
	ts.Check(err)
	*ts.Value(terminalKey{}).(**terminal) = term
	ts.Defer(func() {
		cmd.Process.Kill()
		term.end()
	})
}
