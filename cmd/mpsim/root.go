package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpsim/scenarios"
	"mpsim/sim/words"
)

// rootCommand returns the command with all its sub-commands.
func rootCommand() *cobra.Command {
	var asksVersion bool
	root := &cobra.Command{
		Use:           "mpsim",
		Short:         "Simulate Multipath TCP from scenario files",
		Long:          "mpsim is a deterministic simulator of Multipath TCP (RFC 8684). It runs scenario files\nand writes figures, series and tables of what happened.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{unknownCommand(c, args[0])}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if asksVersion {
				printVersion(c)
				return nil
			}
			return c.Help()
		},
	}
	// Cobra's own flag would need a template, and that the linker keeps every method of the program.
	root.Flags().BoolVarP(&asksVersion, "version", "v", false, "version for mpsim")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{flagError(c, err)} })
	root.AddCommand(runCommand(), explainCommand(), compareCommand(), fluidCommand(), validateCommand(), listCommand(), newCommand(), reproduceCommand(), versionCommand())
	root.InitDefaultHelpCmd()
	if c, _, err := root.Find([]string{"help"}); err == nil {
		c.Use, c.Args = "help [COMMAND]", knownTopic
	}
	root.InitDefaultCompletionCmd()
	if c, _, err := root.Find([]string{"completion"}); err == nil {
		c.Use, c.Short = "completion SHELL", "Print a completion script for a shell"
		c.Args = func(c *cobra.Command, shells []string) error {
			if len(shells) == 0 {
				return nil
			}
			var names []string
			for _, s := range c.Commands() {
				names = append(names, s.Name())
			}
			return usageError{fmt.Errorf("there is no completion for %q; %s", shells[0], words.Suggest(shells[0], names))}
		}
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	return root
}

// knownTopic checks that the words behind help are a command.
func knownTopic(help *cobra.Command, words []string) error {
	c, rest, err := help.Root().Find(words)
	switch {
	case err != nil:
		return usageError{err}
	case len(rest) == 0:
		return nil
	case c.HasSubCommands():
		return usageError{unknownCommand(c, rest[0])}
	}
	return usageError{fmt.Errorf("%s has no command %q", c.CommandPath(), rest[0])}
}

// unknownCommand says which command was probably meant. A scenario in place of a command is one to be run.
func unknownCommand(root *cobra.Command, got string) error {
	if slices.Contains(shippedScenarios(), got) || strings.HasSuffix(got, ".toml") {
		return fmt.Errorf("unknown command %q; did you mean \"mpsim run %s\"?", got, got)
	}
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return fmt.Errorf("unknown command %q; %s", got, words.Suggest(got, names))
}

// flagError says which option was probably meant, or what its value should be.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		got := "--" + unknown.GetSpecifiedName()
		return fmt.Errorf("%s has no option %s; %s", c.CommandPath(), got, words.Suggest(got, names))
	case errors.As(err, &invalid):
		want := map[string]string{
			"uint64": "a whole number from 0", "uint16": "a whole number from 0 to 65535", "int": "a whole number", "bool": "true or false",
		}[invalid.GetFlag().Value.Type()]
		if want != "" {
			return fmt.Errorf("--%s %s: want %s", invalid.GetFlag().Name, invalid.GetValue(), want)
		}
	}
	return err
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
	return shippedScenarios(), cobra.ShellCompDirectiveDefault
}

// shippedScenarios names the scenarios that come with mpsim.
func shippedScenarios() []string { return append(scenarios.Names(), scenarios.Papers()...) }
