package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mpsim/experiment/record"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of mpsim and of Go",
		Long:  "Version prints the version of mpsim, the revision it was built from, and the version of Go.",
		Args:  args(cobra.NoArgs),
		Run: func(c *cobra.Command, _ []string) {
			b := record.ThisBuild()
			version := b.Version
			if b.Revision != "" {
				version += " " + b.Revision
			}
			if b.Modified {
				version += " (modified)"
			}
			fmt.Fprintf(c.OutOrStdout(), "mpsim %s, %s, %s/%s\n", version, b.Go, b.OS, b.Arch)
		},
	}
}
