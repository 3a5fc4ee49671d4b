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
			fmt.Fprintln(c.OutOrStdout(), "mpsim", version())
		},
	}
}

// version describes this build.
func version() string {
	b := record.ThisBuild()
	v := b.Version
	if b.Revision != "" {
		v += " " + b.Revision
	}
	if b.Modified {
		v += " (modified)"
	}
	return fmt.Sprintf("%s, %s, %s/%s", v, b.Go, b.OS, b.Arch)
}
