package plugin

import (
	"github.com/spf13/cobra"

	"github.com/infscale/kubectl-infscale/plugin/source"
)

func newFix(streams Streams, build Build) *cobra.Command {
	var flags reportFlags
	ask := fileFixes{}
	cmd := &cobra.Command{
		Use:   "fix -f FILE|DIR [FINDING]...",
		Short: "Repairs manifests",
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := flags.parse(cmd.Flags(), streams)
			if err != nil {
				return err
			}
			ask.options, ask.words, ask.files.Stdin = o, args, streams.In
			return fixFiles(cmd.Context(), ask, streams)
		},
	}
	f := cmd.Flags()
	flags.register(f)
	f.StringArrayVarP(&ask.files.Paths, "filename", "f", nil, "`FILE` or directory (recursive), repeatable")
	f.StringArrayVarP(&ask.files.Kustomize, "kustomize", "k", nil, "directory with a kustomization `DIR`, repeatable")
	f.BoolVar(&ask.write, "write", false, "change the files")
	f.BoolVar(&ask.unsafe, "include-unsafe", false, "the unsafe fixes, too")
	_ = source.Files{}
	return cmd
}
