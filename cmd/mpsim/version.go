package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mpsim/experiment/record"
)

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version",
		Short: "Print the version of mpsim and of Go",
		Long:  "Version prints the version of mpsim, the revision it was built from, and the version of Go.",
		Args:  args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if asJSON {
				b := record.ThisBuild()
				return record.EncodeJSON(c.OutOrStdout(), map[string]any{
					"schema": schema, "version": b.Version, "vcs_revision": b.Revision, "vcs_modified": b.Modified,
					"go_version": b.Go, "goos": b.OS, "goarch": b.Arch,
				})
			}
			printVersion(c)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	return c
}

func printVersion(c *cobra.Command) { fmt.Fprintln(c.OutOrStdout(), "mpsim", version()) }

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
	if b.Sources != "" {
		v += ", sources " + b.Sources[:12]
	}
	return fmt.Sprintf("%s, %s, %s/%s", v, b.Go, b.OS, b.Arch)
}
