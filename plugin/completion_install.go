package plugin

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// What kubectl runs for completions of "kubectl infscale": a program of this name
// on the PATH.
const (
	bridgeName = "kubectl_complete-infscale"
	bridgeUnix = `#!/bin/sh
# What kubectl asks for completions of "kubectl infscale": put it on the PATH.
exec kubectl-infscale __complete "$@"
`
	bridgeWindows = "@kubectl-infscale __complete %*\r\n"
)

func newCompletionInstall(streams Streams, build Build) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "install [SHELL]",
		Short: "Writes completion to the place where the shell looks for it",
		Long: `Writes two files, both your own, and says which: the completion script of the shell
(by default that of $SHELL), and kubectl_complete-infscale, which kubectl runs for
completions of "kubectl infscale". No start-up file of a shell is changed: what one
has to say is printed. Run again, it renews the files; delete them to undo it.`,
		Example: `  kubectl infscale completion install
  kubectl infscale completion install zsh --dry-run`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: shells(),
		RunE: func(_ *cobra.Command, args []string) error {
			i := installation{streams: streams, dryRun: dryRun, windows: runtime.GOOS == "windows"}
			var err error
			if len(args) > 0 {
				i.shell = args[0]
			} else if i.shell, err = loginShell(streams.Env, i.windows); err != nil {
				return err
			}
			script, err := completionScript(i.shell, streams, build)
			if err != nil {
				return err
			}
			return i.run(script)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "say what would be written, and write nothing")
	return cmd
}

// installation writes completion for one shell.
type installation struct {
	streams Streams
	shell   string
	home    string
	dryRun  bool
	windows bool
}

func (i *installation) run(script []byte) error {
	if i.home = i.streams.Env("HOME"); i.home == "" {
		var err error
		if i.home, err = os.UserHomeDir(); err != nil {
			return couldNot(fmt.Errorf("no place for completion: %w", err))
		}
	}
	path := i.scriptPath()
	const plainFile, program = 0o644, 0o755
	if err := i.write(path, script, plainFile); err != nil {
		return err
	}
	name, bridge := bridgeName, bridgeUnix
	if i.windows {
		name, bridge = bridgeName+".cmd", bridgeWindows
	}
	folder := i.bridgeFolder()
	if err := i.write(filepath.Join(folder, name), []byte(bridge), program); err != nil {
		return err
	}
	if !slices.Contains(filepath.SplitList(i.streams.Env("PATH")), folder) {
		note(i.streams.Err, folder+" is not on the PATH: kubectl does not find "+name+" there")
	}
	fmt.Fprintln(i.streams.Out, cleanLines(i.next(path)))
	return nil
}

// under is a folder of the user's by the XDG rules: what the variable names, or
// the default beneath the home.
func (i *installation) under(variable string, beneathHome ...string) string {
	if base := i.streams.Env(variable); filepath.IsAbs(base) {
		return base
	}
	return filepath.Join(append([]string{i.home}, beneathHome...)...)
}

// scriptPath is where the shell looks for completion of the program, or where it
// can be told to.
func (i *installation) scriptPath() string {
	data := i.under("XDG_DATA_HOME", ".local", "share")
	switch i.shell {
	case bash:
		dir := i.under("BASH_COMPLETION_USER_DIR", ".local", "share", "bash-completion")
		if i.streams.Env("BASH_COMPLETION_USER_DIR") == "" {
			dir = filepath.Join(data, "bash-completion")
		}
		return filepath.Join(dir, "completions", programName)
	case zsh:
		return filepath.Join(data, "zsh", "site-functions", "_"+programName)
	case fish:
		return filepath.Join(i.under("XDG_CONFIG_HOME", ".config"), "fish", "completions", programName+".fish")
	}
	return filepath.Join(data, programName, "completion.ps1")
}

// bridgeFolder is the folder in which the program was found, where that is the
// user's own, and ~/.local/bin else.
func (i *installation) bridgeFolder() string {
	if found, err := exec.LookPath(programName); err == nil {
		folder := filepath.Dir(found)
		if rel, err := filepath.Rel(i.home, folder); err == nil && filepath.IsLocal(rel) && filepath.IsAbs(folder) {
			return folder
		}
	}
	return filepath.Join(i.home, ".local", "bin")
}

// write brings a file up to date and says so.
func (i *installation) write(path string, text []byte, mode os.FileMode) error {
	did := "wrote"
	old, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(old, text):
		did = "up to date:"
	case i.dryRun:
		did = "would write"
	default:
		const folders = 0o755
		if err := os.MkdirAll(filepath.Dir(path), folders); err != nil {
			return fileError(path, err)
		}
		if err := writeFile(path, text); err != nil {
			return err
		}
	}
	if !i.dryRun {
		if err := os.Chmod(path, mode); err != nil {
			return fileError(path, err)
		}
	}
	fmt.Fprintf(i.streams.Out, "%s %s\n", did, cleanLines(path))
	return nil
}

// next is what is left for the user to do.
func (i *installation) next(path string) string {
	switch i.shell {
	case bash:
		return `A new shell completes kubectl-infscale where the package bash-completion is installed,
and "kubectl infscale" where ~/.bashrc says:  source <(kubectl completion bash)`
	case zsh:
		return `~/.zshrc has to say, before it calls compinit:
  fpath=(` + shellQuote(filepath.Dir(path)) + ` $fpath)
A new shell then completes kubectl-infscale, and "kubectl infscale" where it also says:
  source <(kubectl completion zsh)`
	case fish:
		return `A new shell completes kubectl-infscale, and "kubectl infscale" where
~/.config/fish/config.fish says:  kubectl completion fish | source`
	}
	return `$PROFILE has to say:
  . '` + strings.ReplaceAll(path, "'", "''") + `'
A new shell then completes kubectl-infscale, and "kubectl infscale" where it also says:
  kubectl completion powershell | Out-String | Invoke-Expression`
}

// shellQuote quotes a word for a POSIX shell, where it must be.
func shellQuote(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._:-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
