package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mpsim/experiment/campaign"
	"mpsim/experiment/grid"
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
	format       []string
	asJSON       bool
	quiet        bool
}

func reproduceCommand() *cobra.Command {
	var o reproduceOptions
	c := &cobra.Command{
		Use:   "reproduce [ID|FILE...]",
		Short: "Run the scenarios of published results and compare",
		Long: "Reproduce runs the scenarios papers/ID, all of them if none is named, and compares what they\n" +
			"yield with what papers and laws say. The first part of several IDs, such as linux, names all of\n" +
			"them. A FILE is a scenario of your own with [[target]].\n\n" +
			"It prints a table, says how many targets have the same mean as in the record that comes with\n" +
			"mpsim, and writes README.md, targets.csv and figures to results/reproduce-ID. What is done is\n" +
			"kept in results/reproduce.runs, or beside DIRECTORY: a command that was interrupted goes on\n" +
			"from there. It fails if a target is missed and its scenario does not explain why.",
		Example: "  mpsim reproduce --list\n  mpsim reproduce KA N4\n  mpsim reproduce L9 --quick\n  mpsim reproduce linux\n  mpsim reproduce KA --replications 20 --out results/ka\n  mpsim reproduce ./mine.toml",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return reproduce.IDs(), cobra.ShellCompDirectiveDefault
		},
		RunE: func(c *cobra.Command, ids []string) error { return o.run(c, ids) },
	}
	f := c.Flags()
	f.BoolVar(&o.list, "list", false, "list what can be reproduced")
	f.BoolVar(&o.quick, "quick", false, "run two replications of the short form that a scenario says (quick),\nif it does: verdicts mean little")
	f.IntVar(&o.replications, "replications", 0, "run `N` replications of each scenario (default what it says)")
	f.IntVar(&o.jobs, "jobs", 0, "run `N` at a time (default one a processor)")
	f.StringVar(&o.out, "out", "", "write what came of it to `DIRECTORY` (default results/reproduce-ID)")
	f.BoolVar(&o.asJSON, "json", false, "print JSON instead of a table")
	f.BoolVar(&o.quiet, "quiet", false, "show no progress")
	registerFormats(c, &o.format)
	return c
}

func (o *reproduceOptions) run(c *cobra.Command, ids []string) error {
	if err := errors.Join(atLeastOne(c, "replications", o.replications), atLeastOne(c, "jobs", o.jobs)); err != nil {
		return err
	}
	if err := oneOf("--format", o.format, formatNames()); err != nil {
		return usageError{err}
	}
	papers, err := await(c.Context(), func() ([]*reproduce.Paper, error) { return o.load(ids) })
	if err != nil {
		return badInput(err)
	}
	if o.list {
		return o.listPapers(c.OutOrStdout(), papers)
	}
	dir, store := o.places(papers)
	if err := record.CheckTarget(dir, false); err != nil {
		return usageError{err}
	}
	defer collect(ofCampaign)()
	update, finish := progress(c.ErrOrStderr(), "reproduce", o.quiet)
	reports, err := reproduce.Run(c.Context(), papers, reproduce.Options{
		Replications: o.replications, Quick: o.quick, Workers: o.jobs, Store: campaign.OpenStore(store),
		Progress: func(p campaign.Progress) { update(p.Part) },
	})
	finish()
	switch {
	case errors.Is(err, context.Canceled):
		return resumable{commandLine(os.Args[1:])}
	case err != nil:
		return err
	}
	if err := o.write(c.Context(), dir, reports); errors.Is(err, context.Canceled) {
		return resumable{commandLine(os.Args[1:])}
	} else if err != nil {
		return err
	}
	if !o.quiet {
		fmt.Fprintf(screen{c.ErrOrStderr()}, "reproduce: wrote %s\n", dir)
	}
	if err := o.print(c.OutOrStdout(), reports); err != nil {
		return err
	}
	if missed := reproduce.Unexplained(reports); len(missed) > 0 {
		return fmt.Errorf("missed without a finding that explains it: %s\n  %s", number(len(missed), "target"), strings.Join(missed, "\n  "))
	}
	return nil
}

// places returns the directories of the result and of finished runs. Those of default results share one store,
// so that what one of them has run another one finds.
func (o *reproduceOptions) places(papers []*reproduce.Paper) (dir, store string) {
	if o.out != "" {
		return o.out, filepath.Clean(o.out) + storeSuffix
	}
	name := "reproduce"
	if len(papers) < len(reproduce.IDs()) {
		for _, p := range papers {
			name += "-" + p.ID
		}
	}
	return filepath.Join("results", name), filepath.Join("results", "reproduce"+storeSuffix)
}

// print shows the targets, and how they compare with the record. Short forms are others than those of the record.
func (o *reproduceOptions) print(w io.Writer, reports []reproduce.Report) error {
	var m reproduce.Match
	if !o.quick {
		var err error
		if m, err = reproduce.Recorded(reports); err != nil {
			return err
		}
	}
	if o.asJSON {
		return record.EncodeJSON(w, reproduce.NewDocument(reports, m))
	}
	err := reproduce.Table(w, reports)
	if text := m.String(); text != "" && err == nil {
		_, err = fmt.Fprintln(w, text)
	}
	return err
}

// members yields ids, those of a group in its place.
func members(ids []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, id := range ids {
			for _, member := range reproduce.Group(id) {
				if !yield(member) {
					return
				}
			}
		}
	}
}

// load reads the scenarios of ids, or all.
func (o *reproduceOptions) load(ids []string) ([]*reproduce.Paper, error) {
	if len(ids) == 0 {
		ids = reproduce.IDs()
	}
	var papers []*reproduce.Paper
	for id := range members(ids) {
		p, err := reproduce.Load(id, o.quick)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(papers, func(q *reproduce.Paper) bool { return q.ID == p.ID }) {
			return nil, fmt.Errorf("%s is named twice", p.ID)
		}
		papers = append(papers, p)
	}
	return papers, nil
}

// write makes dir the result.
func (o *reproduceOptions) write(ctx context.Context, dir string, reports []reproduce.Report) error {
	files, err := reproduce.Files(ctx, reports, o.format...)
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
	return record.Replace(dir, append(files, f), false)
}

// listPapers writes what there is.
func (o *reproduceOptions) listPapers(w io.Writer, papers []*reproduce.Paper) error {
	if o.asJSON {
		return record.EncodeJSON(w, reproduce.NewList(papers))
	}
	t := grid.Table{Lines: [][]string{{"ID", "TARGETS", "REPLICATIONS", "SHOWS"}}}
	for _, p := range papers {
		t.Lines = append(t.Lines, []string{p.ID, strconv.Itoa(len(p.Scenario.Targets)), strconv.Itoa(max(p.Scenario.Replications, 1)),
			p.Scenario.Description})
	}
	return t.Write(w)
}
