package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
)

func validateCommand() *cobra.Command {
	var o overrides
	var asJSON bool
	c := &cobra.Command{
		Use:   "validate SCENARIO...",
		Short: "Check scenarios and report all problems",
		Long: "Validate checks scenarios, files, names of those that come with mpsim or - for standard input, and reports\n" +
			"all problems at once, each with its line. It runs nothing.",
		Example:           "  mpsim validate mine.toml\n  mpsim validate two-path --set flow.bulk.cc=olia",
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeScenario,
		RunE: func(c *cobra.Command, names []string) error {
			all := scenarios.Problems{}
			valid := []string{}
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
				case asJSON:
					valid = append(valid, name)
				default:
					fmt.Fprintf(c.OutOrStdout(), "%s: ok: %s, %s, %v\n", language.Shown(name), number(len(s.Links), "link"), number(len(s.Flows), "flow"), s.Duration)
					for _, w := range s.Warnings {
						fmt.Fprintf(c.OutOrStdout(), "%v (warning)\n", w)
					}
				}
			}
			if asJSON {
				if err := report(c.OutOrStdout(), valid, all); err != nil {
					return err
				}
			}
			if len(all) > 0 {
				return all
			}
			return nil
		},
	}
	o.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	return c
}

// report writes which scenarios are valid, and the problems of the others, as JSON.
func report(w io.Writer, valid []string, problems scenarios.Problems) error {
	type problem struct {
		File    string `json:"file"`
		Line    int    `json:"line"` // from 1; 0: none
		Key     string `json:"key"`
		Message string `json:"message"`
	}
	list := []problem{}
	for _, p := range problems {
		list = append(list, problem{p.File, p.Line, p.Key, p.Message})
	}
	return record.EncodeJSON(w, map[string]any{"schema": schema, "valid": valid, "problems": list})
}

// number counts things of one name.
func number(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
