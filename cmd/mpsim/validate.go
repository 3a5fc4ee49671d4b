package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mpsim/scenarios"
	"mpsim/scenarios/language"
)

func validateCommand() *cobra.Command {
	var o overrides
	c := &cobra.Command{
		Use:   "validate SCENARIO...",
		Short: "Check scenarios and report all problems",
		Long: "Validate checks scenarios, files or names of those that come with mpsim, and reports\n" +
			"all problems at once, each with its line. It runs nothing.",
		Example:           "  mpsim validate mine.toml\n  mpsim validate two-path --set flow.bulk.cc=olia",
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeScenario,
		RunE: func(c *cobra.Command, names []string) error {
			var all scenarios.Problems
			for _, name := range names {
				s, err := o.load(c, name)
				var problems scenarios.Problems
				switch {
				case errors.As(err, &problems):
					all = append(all, problems...)
				case errors.Is(err, context.Canceled):
					return err
				case err != nil:
					all = append(all, scenarios.Problem{File: name, Message: err.Error()})
				default:
					fmt.Fprintf(c.OutOrStdout(), "%s: ok: %s, %s, %v\n", language.Shown(name), number(len(s.Links), "link"), number(len(s.Flows), "flow"), s.Duration)
					for _, w := range s.Warnings {
						fmt.Fprintf(c.OutOrStdout(), "%v (warning)\n", w)
					}
				}
			}
			if len(all) > 0 {
				return all
			}
			return nil
		},
	}
	o.register(c)
	return c
}

// number counts things of one name.
func number(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
