package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/scenarios"
)

func newCommand() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:     "new [FILE]",
		Short:   "Write a commented scenario to start from",
		Long:    "New writes a commented scenario to FILE, or to standard output if there is none.\n.toml is appended to the name of FILE if it does not end in it.",
		Example: "  mpsim new mine.toml\n  mpsim run mine.toml",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, names []string) error {
			if len(names) == 0 {
				_, err := c.OutOrStdout().Write(scenarios.Template)
				return err
			}
			name := names[0]
			if !strings.HasSuffix(name, ".toml") {
				name += ".toml"
			}
			_, err := await(c.Context(), func() (struct{}, error) { return struct{}{}, create(name, scenarios.Template, force) })
			if err != nil {
				return err
			}
			fmt.Fprintf(screen{c.ErrOrStderr()}, "wrote %s; run it with: mpsim run %s\n", name, name)
			return nil
		},
	}
	c.Flags().BoolVar(&force, "force", false, "replace FILE if it is there")
	return c
}

// create writes a file that must not be there yet, unless force is set.
func create(name string, text []byte, force bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(name, flags, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return usageError{fmt.Errorf("%s is there already; --force replaces it", name)}
	}
	if err != nil {
		return usageError{err}
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
