package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mpsim/experiment/campaign"
	"mpsim/experiment/record"
	"mpsim/experiment/reproduce"
)

// reproduceOptions are the options of the command reproduce.
type reproduceOptions struct {
	list         bool
	quick        bool
	replications int
	jobs         int
	out          string
	quiet        bool
}

func reproduceCommand() *cobra.Command {
	var o reproduceOptions
	c := &cobra.Command{
		Use:   "reproduce [ID...]",
		Short: "Run the scenarios of published results and compare",
		Long: "Reproduce runs the scenarios papers/ID, all of them if none is named, and compares what they\n" +
			"yield with what papers and laws say. It prints a table and writes README.md, targets.csv and\n" +
			"figures. What is done is kept beside them: a command that was interrupted goes on from there.\n" +
			"It fails if a target is missed and its scenario does not explain why.",
		Example: "  mpsim reproduce --list\n  mpsim reproduce KA N4\n  mpsim reproduce KA --replications 20 --out results/ka",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return reproduce.IDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, ids []string) error { return o.run(c, ids) },
	}
	c.Flags().BoolVar(&o.list, "list", false, "list what can be reproduced")
	c.Flags().BoolVar(&o.quick, "quick", false, "run short forms, whose verdicts mean little")
	c.Flags().IntVar(&o.replications, "replications", 0, "run `N` replications of each scenario (default what it says)")
	c.Flags().IntVar(&o.jobs, "jobs", 0, "run `N` at a time (default one a processor)")
	c.Flags().StringVar(&o.out, "out", filepath.Join("results", "papers"), "write the record to `DIRECTORY`")
	c.Flags().BoolVar(&o.quiet, "quiet", false, "show no progress")
	return c
}

func (o *reproduceOptions) run(c *cobra.Command, ids []string) error {
	if o.replications < 0 || o.jobs < 0 {
		return usageError{fmt.Errorf("--replications %d, --jobs %d: want numbers from 0", o.replications, o.jobs)}
	}
	papers, err := o.load(ids)
	if err != nil {
		return badInput(err)
	}
	if o.list {
		return listPapers(c.OutOrStdout(), papers)
	}
	if err := record.CheckTarget(o.out, false); err != nil {
		return usageError{err}
	}
	update, finish := progress(c.ErrOrStderr(), "reproduce", o.quiet)
	reports, err := reproduce.Run(c.Context(), papers, reproduce.Options{
		Replications: o.replications, Quick: o.quick, Workers: o.jobs,
		Store:    campaign.OpenStore(filepath.Clean(o.out) + ".runs"),
		Progress: func(p campaign.Progress) { update(p.Part) },
	})
	finish()
	if err != nil {
		return err
	}
	if err := o.write(reports); err != nil {
		return err
	}
	if !o.quiet {
		fmt.Fprintf(screen{c.ErrOrStderr()}, "reproduce: wrote %s\n", o.out)
	}
	if err := reproduce.Table(c.OutOrStdout(), reports); err != nil {
		return err
	}
	if missed := reproduce.Unexplained(reports); len(missed) > 0 {
		return fmt.Errorf("missed without a finding that explains it: %s\n  %s", number(len(missed), "target"), strings.Join(missed, "\n  "))
	}
	return nil
}

// load reads the scenarios of ids, or all.
func (o *reproduceOptions) load(ids []string) ([]*reproduce.Paper, error) {
	if len(ids) == 0 {
		ids = reproduce.IDs()
	}
	var papers []*reproduce.Paper
	for _, id := range ids {
		p, err := reproduce.Load(id, o.quick)
		if err != nil {
			return nil, err
		}
		papers = append(papers, p)
	}
	return papers, nil
}

// write makes the record a result directory.
func (o *reproduceOptions) write(reports []reproduce.Report) error {
	files, err := reproduce.Files(reports)
	if err != nil {
		return err
	}
	var sources []byte
	for _, r := range reports {
		sources = append(sources, r.Scenario.Marshal()...)
	}
	f, err := record.Document(record.ManifestName, record.NewManifest(&record.Summary{Scenario: "papers"}, sources, files))
	if err != nil {
		return err
	}
	return record.Replace(o.out, append(files, f), false)
}

// listPapers writes what there is.
func listPapers(w io.Writer, papers []*reproduce.Paper) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tTARGETS\tREPLICATIONS\tSHOWS")
	for _, p := range papers {
		fmt.Fprintf(tw, "%s\t%d\t%d\t%s\n", p.ID, len(p.Scenario.Targets), max(p.Scenario.Replications, 1), p.Scenario.Description)
	}
	return tw.Flush()
}
