package plugin

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func newConfig(streams Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Shows and checks configuration files",
		Long: `Shows and checks configuration files.

.infscale.yaml is looked for from the working directory upward; beneath it lies the
user's own file, ~/.config/infscale/config.yaml. Flags win over INFSCALE_* variables,
these over the file of the repository, and that over the user's.

` + "The file for editors and their language servers is printed by config schema; a first\nline like this names it:\n\n  # yaml-language-server: $schema=" + schemaURL,
		Example: `  # what is in force here, and where each setting is from
  kubectl infscale config print

  # in CI: is it valid?
  kubectl infscale config validate

  # for an editor
  kubectl infscale config schema > infscale.schema.json`,
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(newConfigPrint(streams), newConfigValidate(streams), newConfigPath(streams), newConfigSchema(streams))
	return cmd
}

func newConfigPrint(streams Streams) *cobra.Command {
	var named string
	cmd := &cobra.Command{
		Use:     "print",
		Short:   "Prints the settings in force, each with where it is from",
		Example: "  kubectl infscale config print",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return printConfig(named, streams)
		},
	}
	cmd.Flags().StringVar(&named, "config", "", "configuration `FILE`; else .infscale.yaml is looked for from here upward")
	return cmd
}

func newConfigValidate(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "validate [FILE]...",
		Short: "Checks configuration files; errors have the line",
		Long: `Checks the files named, or those that a run from here would read. Exit codes: 0 valid,
2 not.`,
		Example: `  kubectl infscale config validate
  kubectl infscale config validate ci/infscale.yaml`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = configFiles("", streams)
			}
			if len(args) == 0 {
				return sayNoConfig(streams)
			}
			var wrong []string
			for _, path := range args {
				if _, err := readConfig(path); err != nil {
					wrong = append(wrong, err.Error())
					continue
				}
				fmt.Fprintf(streams.Out, "%s: valid\n", cleanLines(path))
			}
			if len(wrong) > 0 {
				return usageError("%s", strings.Join(wrong, "\n"))
			}
			return nil
		},
	}
}

func newConfigPath(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Prints the files that a run from here reads, the one that wins first",
		Example: `  $EDITOR "$(kubectl infscale config path | head -n 1)"`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			files := configFiles("", streams)
			if len(files) == 0 {
				return sayNoConfig(streams)
			}
			for _, path := range files {
				fmt.Fprintln(streams.Out, cleanLines(path))
			}
			return nil
		},
	}
}

func newConfigSchema(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Prints the JSON schema of .infscale.yaml, for editors",
		Example: "  kubectl infscale config schema > infscale.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(streams.Out, configSchemaText)
			return err
		},
	}
}

// configFiles are the files that a run reads, the one that wins first.
func configFiles(named string, streams Streams) []string {
	if named == "" {
		named = streams.Env("INFSCALE_CONFIG")
	}
	if named != "" {
		return []string{named}
	}
	var files []string
	if path := findConfig(); path != "" {
		files = append(files, path)
	}
	if path := userConfig(streams.Env); path != "" {
		if _, err := os.Stat(path); err == nil {
			files = append(files, path)
		}
	}
	return files
}

// sayNoConfig says that nothing is configured, which is no error.
func sayNoConfig(streams Streams) error {
	here, err := os.Getwd()
	if err != nil {
		here = "here"
	}
	note(streams.Err, fmt.Sprintf("no %s from %s upward, and no %s: every setting has its default", configName, here, userConfig(streams.Env)))
	return nil
}
