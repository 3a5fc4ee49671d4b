package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mpsim/scenarios"
)

// rootCommand returns the command with all its sub-commands.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "mpsim",
		Short:         "Simulate Multipath TCP from scenario files",
		Long:          "mpsim is a deterministic simulator of Multipath TCP (RFC 8684). It runs scenario files\nand writes figures, series and tables of what happened.",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{errors.New("unknown command \"" + args[0] + "\"; see mpsim --help")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetVersionTemplate("mpsim {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(runCommand(), compareCommand(), fluidCommand(), validateCommand(), listCommand(), newCommand(), reproduceCommand(), versionCommand())
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		c.Use, c.Short = "completion SHELL", "Print a completion script for a shell"
		c.Args = args(cobra.NoArgs)
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	return root
}

// args makes a mistake in the number of arguments a usageError that shows the usage.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, a []string) error {
		if check(c, a) == nil {
			return nil
		}
		return usageError{fmt.Errorf("wrong number of arguments (%d); usage: %s", len(a), c.UseLine())}
	}
}

// completeScenario offers the scenarios that come with mpsim, and files.
func completeScenario(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return append(scenarios.Names(), scenarios.Papers()...), cobra.ShellCompDirectiveDefault
}
