package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/experiment/grid"
	"mpsim/experiment/record"
	"mpsim/experiment/story"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

// explainOptions are the options of the command explain.
type explainOptions struct {
	flow     string
	at       string
	dsn      uint64
	subflow  string
	transfer int
	asJSON   bool
}

// questions are the options that ask something.
var questions = []string{"at", "dsn", "subflow", "transfer"}

func explainCommand() *cobra.Command {
	var o explainOptions
	c := &cobra.Command{
		Use:   "explain RESULT",
		Short: "Tell what a scheduler decided in a run, and why",
		Long: "Explain reads the decisions of a result, a directory or the name of one in results, that mpsim run\n" +
			"--explain has written, and tells in words what the scheduler of the first connection of a flow decided\n" +
			"and why: at a time, about a byte, about a subflow, during a transfer; without one of these, in all.",
		Example: "  mpsim run redundant --explain\n  mpsim explain redundant\n  mpsim explain results/redundant --at 1.5s\n" +
			"  mpsim explain redundant --dsn 20000 --json\n  mpsim explain redundant --subflow lte\n  mpsim explain redundant --transfer 7",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeResult,
		RunE:              func(c *cobra.Command, names []string) error { return o.run(c, names[0]) },
	}
	c.Flags().StringVar(&o.flow, "flow", "", "explain the decisions of flow `NAME` (default the only one that has some)")
	c.Flags().StringVar(&o.at, "at", "", "tell what was decided at `TIME`, such as 12.3s")
	c.Flags().Uint64Var(&o.dsn, "dsn", 0, "tell what became of the byte at position `N` of the stream, from 0")
	c.Flags().StringVar(&o.subflow, "subflow", "", "tell what subflow `NAME` was given, and when it was waited for")
	c.Flags().IntVar(&o.transfer, "transfer", 0, "tell of transfer `K` of the connection, from 0 in the order of their starts")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print JSON instead of text")
	completes(c, "flow", completeExplained(func(f *record.Flow) []string { return []string{f.Name} }))
	completes(c, "subflow", completeExplained(func(f *record.Flow) (names []string) {
		for _, s := range f.Subflows {
			names = append(names, s.Name)
		}
		return names
	}))
	return c
}

func (o *explainOptions) run(c *cobra.Command, name string) error {
	asked := asks(c)
	if len(asked) > 1 {
		return usageError{fmt.Errorf("--%s are several questions; want one of --%s", strings.Join(asked, ", --"), strings.Join(questions, ", --"))}
	}
	res, err := await(c.Context(), func() (*record.Result, error) { return readDecided(name) })
	if err != nil {
		return badInput(err)
	}
	subject, err := story.Of(res, o.flow)
	if err != nil {
		return usageError{fmt.Errorf("%s: %w", name, err)}
	}
	told, err := o.ask(subject, strings.Join(asked, ""))
	if err != nil {
		return usageError{err}
	}
	if o.asJSON {
		return record.EncodeJSON(c.OutOrStdout(), struct {
			Schema int `json:"schema"`
			story.Story
		}{schema, *told})
	}
	return grid.Prose(c.OutOrStdout(), told.Text)
}

// asks returns the questions of the command line.
func asks(c *cobra.Command) (list []string) {
	for _, q := range questions {
		if c.Flags().Changed(q) {
			list = append(list, q)
		}
	}
	return list
}

// ask answers a question; "" is none.
func (o *explainOptions) ask(s *story.Subject, question string) (*story.Story, error) {
	switch question {
	case "at":
		t, err := units.ParseDuration(o.at)
		if err != nil {
			return nil, fmt.Errorf("--at %w", err)
		}
		return s.At(t.Seconds())
	case "dsn":
		return s.Position(o.dsn)
	case "subflow":
		return s.Subflow(o.subflow)
	case "transfer":
		return s.Transfer(o.transfer)
	}
	return s.Whole(), nil
}

// readDecided returns a result with its decisions.
func readDecided(name string) (*record.Result, error) {
	dir := name
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		dir = filepath.Join("results", name)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("there is no result %s; %s", name, words.Suggest(name, results()))
	}
	res, _, err := record.Read(dir)
	if err != nil {
		return nil, err
	}
	res.Decisions, err = record.ReadDecisions(dir)
	if errors.Is(err, record.ErrNoDecisions) {
		return nil, fmt.Errorf("%s has no decisions; this records them:\n  mpsim run %s --explain --out %s",
			name, filepath.Join(dir, "scenario.toml"), dir)
	}
	return res, err
}

// results names the results in the usual place.
func results() (names []string) {
	entries, err := os.ReadDir("results")
	if err != nil {
		return nil // there is none
	}
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join("results", e.Name(), record.ManifestName)); err == nil {
			names = append(names, e.Name())
		}
	}
	return names
}

// completeResult offers results, and directories.
func completeResult(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return results(), cobra.ShellCompDirectiveDefault
}

// completeExplained offers names of the flows of a result that have decisions.
func completeExplained(names func(*record.Flow) []string) completion {
	return func(_ *cobra.Command, args []string, _ string) (offers []string, _ cobra.ShellCompDirective) {
		if len(args) > 0 {
			if res, err := readDecided(args[0]); err == nil {
				for i := range res.Flows {
					if f := &res.Flows[i]; len(f.Reasons) > 0 {
						offers = append(offers, names(f)...)
					}
				}
			}
		}
		return offers, cobra.ShellCompDirectiveNoFileComp
	}
}
