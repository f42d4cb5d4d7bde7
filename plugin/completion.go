package plugin

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// programName is the file that kubectl looks for, and what completion scripts
// complete.
const programName = "kubectl-infscale"

// The shells that completion is written for.
const (
	bash       = "bash"
	zsh        = "zsh"
	fish       = "fish"
	powershell = "powershell"
)

func shells() []string { return []string{bash, zsh, fish, powershell} }

func newCompletion(streams Streams, build Build) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Prints or installs completion for a shell",
		Long: `Prints the completion script of kubectl-infscale for a shell; completion install
puts it where the shell looks for it, and with it what kubectl needs to complete
"kubectl infscale".`,
		Example: `  # where the shell finds it, for kubectl too
  kubectl infscale completion install

  # to put it somewhere yourself
  kubectl infscale completion zsh > "${fpath[1]}/_kubectl-infscale"`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: shells(),
		RunE: func(_ *cobra.Command, args []string) error {
			script, err := completionScript(args[0], streams, build)
			if err != nil {
				return err
			}
			_, err = streams.Out.Write(script)
			return err
		},
	}
	cmd.AddCommand(newCompletionInstall(streams, build))
	return cmd
}

// completionScript is what a shell reads. It names the program's file: kubectl's
// own name would take kubectl's completion away.
func completionScript(shell string, streams Streams, build Build) ([]byte, error) {
	root := newRoot(streams, build, programName)
	write := map[string]func(io.Writer) error{
		bash:       func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		zsh:        root.GenZshCompletion,
		fish:       func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		powershell: root.GenPowerShellCompletionWithDesc,
	}[shell]
	if write == nil {
		return nil, usageError("no completion for a shell called %q%s; there is one for %s", shell, suggestion(shell, shells()), strings.Join(shells(), ", "))
	}
	var script bytes.Buffer
	err := write(&script)
	return script.Bytes(), err
}

// loginShell is the user's shell as far as the environment says.
func loginShell(env func(string) string, windows bool) (string, error) {
	path := strings.TrimSuffix(strings.ReplaceAll(env("SHELL"), `\`, "/"), ".exe")
	name := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case slices.Contains(shells(), name):
		return name, nil
	case name == "pwsh" || name == "" && windows:
		return powershell, nil
	case name == "":
		return "", usageError("which shell? SHELL is not set; name one of %s", strings.Join(shells(), ", "))
	}
	return "", usageError("which shell? SHELL is %q; name one of %s", name, strings.Join(shells(), ", "))
}
