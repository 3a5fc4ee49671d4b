package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpsim/experiment"
	"mpsim/experiment/campaign"
	"mpsim/experiment/capture"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/sim/words"
)

// runOptions are the options of the command run.
type runOptions struct {
	overrides
	out     string
	asJSON  bool
	quiet   bool
	force   bool
	explain bool
	format  []string
	figures []string

	pcap      bool
	byNode    bool
	snaplen   uint16
	wireCheck bool
}

func runCommand() *cobra.Command {
	var o runOptions
	c := &cobra.Command{
		Use:   "run SCENARIO...",
		Short: "Run a scenario and write its results",
		Long: "Run simulates a scenario, a file or the name of one that comes with mpsim, or - for standard\n" +
			"input, prints a table of what each connection and subflow achieved, and writes figures, series\n" +
			"and summary to results/NAME. A result that is there already is replaced once the run has\n" +
			"succeeded. Several scenarios run one after the other; the results are in DIRECTORY/NAME then.",
		Example: "  mpsim run scenarios/wifi-lte.toml\n" +
			"  mpsim run wifi-lte --set flow.download.cc=lia --seed 2 --out results/lia\n" +
			"  mpsim run handover outages --quick\n  mpsim run - --quick <mine.toml",
		Args:              args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeScenario,
		RunE:              o.runAll,
	}
	o.register(c)
	c.Flags().StringVar(&o.out, "out", "", "write the result to `DIRECTORY` (default results/NAME)")
	c.Flags().BoolVar(&o.quick, "quick", false,
		"run the short form: what the scenario says (quick), or a tenth of its\ntimes: all but delays, timers, pauses of applications and traces")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print the summary as JSON instead of a table")
	c.Flags().BoolVar(&o.quiet, "quiet", false, "show no progress")
	c.Flags().BoolVar(&o.force, "force", false, "replace the directory even if it holds other files")
	c.Flags().BoolVar(&o.explain, "explain", false,
		"record each decision of the schedulers and its reason, for mpsim explain")
	c.Flags().BoolVar(&o.pcap, "pcap", false, "write all packets to "+capture.FileName+" in the result")
	c.Flags().BoolVar(&o.byNode, "pcap-by-node", false,
		"write the packets that each node sees to "+capture.NodeFile("NODE"))
	c.Flags().Uint16Var(&o.snaplen, "pcap-snaplen", 0, "keep only the first `BYTES` of each frame (default all)")
	c.Flags().BoolVar(&o.wireCheck, "wire-check", false,
		"encode and decode every packet, and fail if that changes it")
	registerFormats(c, &o.format)
	registerFigures(c, &o.figures)
	return c
}

// runAll runs one scenario after the other. All are read before the first of them runs, and one that fails or
// does not meet its expectations does not keep the others from running.
func (o *runOptions) runAll(c *cobra.Command, names []string) error {
	if o.explain {
		o.set = append(o.set, "explain=true")
	}
	list := make([]*scenarios.Scenario, len(names))
	var problems scenarios.Problems
	for i, name := range names {
		s, err := o.load(c, name)
		var some scenarios.Problems
		switch {
		case errors.As(err, &some):
			problems = append(problems, some...)
			continue
		case err != nil:
			return err
		}
		for k := range i {
			if list[k] != nil && list[k].Name == s.Name {
				return usageError{fmt.Errorf("%s and %s are both named %s: their results would be in one place",
					names[k], name, s.Name)}
			}
		}
		list[i] = s
	}
	if len(problems) > 0 {
		return problems
	}
	if err := errors.Join(oneOf("--format", o.format, formatNames()), oneOf("--figures", o.figures, figure.Formats())); err != nil {
		return usageError{err}
	}
	var errs []error
	for i, s := range list {
		dir := filepath.Join("results", s.Name)
		switch {
		case o.out != "" && len(list) > 1:
			dir = filepath.Join(o.out, s.Name)
		case o.out != "":
			dir = o.out
		}
		if len(list) > 1 && !o.asJSON {
			fmt.Fprintf(c.OutOrStdout(), "%s%s\n", strings.Repeat("\n", min(i, 1)), s.Name)
		}
		err := o.run(c, names[i], s, dir)
		errs = append(errs, err)
		if errors.Is(err, context.Canceled) {
			break
		}
	}
	return errors.Join(errs...)
}

func (o *runOptions) run(c *cobra.Command, name string, s *scenarios.Scenario, dir string) error {
	// Better to refuse the directory now than after the run.
	if err := record.CheckTarget(dir, o.force); err != nil {
		return usageError{err}
	}
	watch, err := o.watch(dir)
	if err != nil {
		return err
	}
	defer watch.discard()
	defer collect(ofRun)()
	update, finish := progress(c.ErrOrStderr(), s.Name, o.quiet)
	began := time.Now()
	res, err := experiment.Run(c.Context(), s, update, watch.all...)
	finish()
	var panicked *experiment.PanicError
	var defects *experiment.DefectError
	again := func() string { return (&campaign.Job{Name: name, Scenario: s}).Replay() }
	switch {
	case errors.As(err, &panicked):
		return fmt.Errorf("%s: %w\n%s\nThis is a defect of mpsim. The run repeats with:\n  %s",
			s.Name, err, panicked.Stack, again())
	case errors.As(err, &defects): // with a result
	case err != nil:
		return fmt.Errorf("%s: %w", s.Name, err)
	case c.Context().Err() != nil:
		return context.Canceled
	}
	runtime.GC() // the model is garbage now: the files take its room, not more
	uncaptured := watch.close()
	if uncaptured != nil { // without its capture the result may have the room that it takes
		watch.discard()
		watch.staging = nil
	}
	err = experiment.Write(c.Context(), dir, s, res, experiment.WriteOptions{
		Force: o.force, Formats: o.format, Figures: o.figures, Wall: time.Since(began), Staging: watch.staging,
		Warn: func(err error) { fmt.Fprintf(screen{c.ErrOrStderr()}, "%s: %v\n", s.Name, err) },
	})
	if errors.Is(err, context.Canceled) {
		return err
	}
	if !o.quiet && (err == nil || errors.As(err, new(*experiment.FigureError))) {
		fmt.Fprintf(screen{c.ErrOrStderr()}, "%s: wrote %s\n", s.Name, dir)
	}
	// What the run has yielded is shown even if it could not be written.
	if err := errors.Join(uncaptured, err, o.print(c, &res.Summary)); err != nil {
		return err
	}
	if defects != nil {
		return fmt.Errorf("%s: %w\nThis is a defect of mpsim; do not rely on the result. "+
			"The run repeats with:\n  %s", s.Name, defects, again())
	}
	if failed := res.Failed(); len(failed) > 0 {
		return unmet(failed)
	}
	return nil
}

// registerFormats adds the option that says in which formats tables are written.
func registerFormats(c *cobra.Command, formats *[]string) {
	c.Flags().StringSliceVar(formats, "format", nil,
		"write tables as `LIST` of "+strings.Join(formatNames(), ", ")+
			"\n(default csv, and parquet beside it above 1048576 rows)")
	completes(c, "format", list(formatNames))
}

// registerFigures adds the option that says in which formats figures are written.
func registerFigures(c *cobra.Command, formats *[]string) {
	c.Flags().StringSliceVar(formats, "figures", figure.Usual, "write figures as `LIST` of "+strings.Join(figure.Formats(), ", "))
	completes(c, "figures", list(figure.Formats))
}

// oneOf returns an error if an option has a name that is not known.
func oneOf(option string, names, known []string) error {
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s %s: there is no such format; %s", option, name, words.Suggest(name, known))
		}
	}
	return nil
}

// formatNames returns the formats in which tables can be written.
func formatNames() (names []string) {
	for _, f := range record.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// print shows the summary.
func (o *runOptions) print(c *cobra.Command, s *record.Summary) error {
	if o.asJSON {
		return record.EncodeJSON(c.OutOrStdout(), struct {
			Schema int `json:"schema"`
			record.Summary
		}{schema, *s})
	}
	return record.Table(c.OutOrStdout(), s)
}

// unmet is the expectations that a run did not meet.
type unmet []record.Expectation

// Error has one line for each.
func (u unmet) Error() string {
	text := fmt.Sprintf("%d expectations were not met", len(u))
	if len(u) == 1 {
		text = "an expectation was not met"
	}
	for _, e := range u {
		text += fmt.Sprintf("\n  %s: got %s", e.Text, e.Got())
	}
	return text
}
