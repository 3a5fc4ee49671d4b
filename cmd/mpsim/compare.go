package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"mpsim/experiment/campaign"
	"mpsim/experiment/compare"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// compareOptions are the options of the command compare.
type compareOptions struct {
	overrides
	cc, scheduler string
	flows         []string
	replications  int
	jobs          int
	warmup        string
	metrics       []string
	figures       []string
	format        []string
	out           string
	asJSON        bool
	quiet         bool
	force         bool
}

func compareCommand() *cobra.Command {
	var o compareOptions
	c := &cobra.Command{
		Use:   "compare SCENARIO",
		Short: "Compare variants of a scenario over replications",
		Long: "Compare runs variants of a scenario, a file or the name of one that comes with mpsim,\n" +
			"several times each, and says which differences are more than chance. The variants are\n" +
			"all combinations of the values of --cc, --scheduler and of every --set with a list.\n" +
			"Each value is compared with the first of its option, all other options being the same.\n\n" +
			"Replication r has the seed of the scenario plus r, in every variant: all meet the same\n" +
			"losses and arrivals, so that differences are taken pair by pair and scatter little. A\n" +
			"difference is called one if a paired t-test says so after the correction of Holm for\n" +
			"all differences looked at; of others it says how many replications would show them.\n" +
			"A scenario that draws no random numbers is run once and gets no intervals.\n\n" +
			"The beginning of each run is left out as the scenario says (warmup) or, if it does not,\n" +
			"as MSER-5 finds it in the throughput of the first replications: the same time for all.\n\n" +
			"The result goes to results/compare-NAME: report.md, table.csv (with a column for\n" +
			"each option), differences.csv, comparison.json and figures: means and distributions of\n" +
			"metrics, and those of the scenario, with a curve for each variant and the interval over\n" +
			"its runs as a band, over time of the first ten replications.\n" +
			"Every finished run is kept beside it, in compare-NAME" + storeSuffix + ", and found there again: an\n" +
			"interrupted comparison goes on when it is started again, and one with more replications\n" +
			"or variants runs only what is new. That directory may be deleted.",
		Example: "  mpsim compare wifi-lte --cc lia,olia,balia\n" +
			"  mpsim compare two-path --cc lia --scheduler minrtt,roundrobin --set link.path1.delay=10ms,40ms\n" +
			"  mpsim compare lossy --set 'flow.bulk.cc=cubic,{kind=\"cubic\", beta=0.5}' --replications 50",
		Args:              args(cobra.ExactArgs(1)),
		ValidArgsFunction: completeScenario,
		RunE:              func(c *cobra.Command, names []string) error { return o.run(c, names[0]) },
	}
	f := c.Flags()
	f.StringVar(&o.cc, "cc", "", "congestion controllers of all MPTCP flows: `LIST`, such as lia,olia")
	f.StringVar(&o.scheduler, "scheduler", "", "packet schedulers of all MPTCP flows: `LIST`")
	f.StringSliceVar(&o.flows, "flow", nil, "let --cc and --scheduler concern only the flow `NAME` (repeatable)")
	f.StringArrayVar(&o.set, "set", nil, "set a value of the scenario, in all variants or one for each:\n`KEY=VALUE[,VALUE...]` (repeatable); commas in brackets, braces\nand quotes belong to the value")
	f.Uint64Var(&o.seed, "seed", 0, "set the seed of the scenario to `N`")
	f.BoolVar(&o.quick, "quick", false, "run three replications of the short form: what the scenario\nsays (quick), or a tenth of its times: all but delays, timers,\npauses of applications and traces")
	f.IntVar(&o.replications, "replications", 20, "run each variant `N` times")
	f.IntVar(&o.jobs, "jobs", 0, "run `N` simulations at a time (default one a processor)")
	f.StringVar(&o.warmup, "warmup", "", "leave out the beginning of each run: a `TIME`, or mser5 to\nfind it whatever the scenario says")
	f.StringSliceVar(&o.metrics, "metric", nil, "show these metrics: `LIST` of names; see mpsim list metrics")
	f.StringVar(&o.out, "out", "", "write the result to `DIRECTORY` (default results/compare-NAME)")
	f.BoolVar(&o.asJSON, "json", false, "print the comparison as JSON instead of tables")
	f.BoolVar(&o.quiet, "quiet", false, "show no progress")
	f.BoolVar(&o.force, "force", false, "replace the directory even if it holds other files")
	registerFigures(c, &o.figures)
	registerFormats(c, &o.format)
	completes(c, "cc", list(parts("congestion controller")))
	completes(c, "scheduler", list(parts("scheduler")))
	completes(c, "metric", list(metricNames))
	completes(c, "flow", completeFlow)
	completes(c, "set", completeSet)
	return c
}

// quickReplications is the number of replications of short forms: enough for an interval that says something.
const quickReplications = 3

// storeSuffix, after the name of a result, is the directory of its finished runs.
const storeSuffix = ".runs"

func (o *compareOptions) run(c *cobra.Command, name string) error {
	if err := oneOf("--format", o.format, formatNames()); err != nil {
		return usageError{err}
	}
	plan, err := await(c.Context(), func() (compare.Plan, error) { return o.plan(c, name) })
	if err != nil {
		return badInput(err)
	}
	if err := oneOf("--figures", o.figures, figure.Formats()); err != nil {
		return usageError{err}
	}
	title := plan.Variants[0].Scenario.Name
	dir := o.out
	if dir == "" {
		dir = filepath.Join("results", "compare-"+title)
	}
	if err := record.CheckTarget(dir, o.force); err != nil {
		return usageError{err}
	}
	defer collect(ofCampaign)()
	show := &stages{w: c.ErrOrStderr(), name: title, quiet: o.quiet}
	defer show.end()
	result, err := compare.Run(c.Context(), plan, compare.Options{
		Workers: o.jobs, Store: campaign.OpenStore(filepath.Clean(dir) + storeSuffix), Progress: show.update,
	})
	show.end()
	command := commandLine(os.Args[1:])
	switch {
	case errors.Is(err, context.Canceled):
		return resumable{command}
	case err != nil:
		return fmt.Errorf("%s: %w", title, err)
	}
	result.Pictures, result.Workers = o.figures, o.jobs
	if err := result.Write(c.Context(), dir, command, o.force, o.format...); errors.Is(err, context.Canceled) {
		return resumable{command}
	} else if err != nil {
		return err
	}
	if !o.quiet {
		fmt.Fprintf(screen{c.ErrOrStderr()}, "%s: wrote %s\n", title, dir)
	}
	if err := o.print(c.OutOrStdout(), result); err != nil {
		return err
	}
	if n := len(result.Failures); n > 0 {
		return fmt.Errorf("%s failed", number(n, "run"))
	}
	return nil
}

// print shows the comparison.
func (o *compareOptions) print(w io.Writer, result *compare.Comparison) error {
	if !o.asJSON {
		return result.Table(w)
	}
	return record.EncodeJSON(w, struct {
		Schema int `json:"schema"`
		compare.Comparison
	}{schema, *result})
}

// plan reads the options and the scenario of every variant.
func (o *compareOptions) plan(c *cobra.Command, name string) (plan compare.Plan, err error) {
	if name == "-" {
		return plan, errors.New("compare reads a scenario once for each variant: want a file in place of standard input")
	}
	if o.quick && !c.Flags().Changed("replications") {
		o.replications = quickReplications
	}
	if o.replications < 2 {
		return plan, fmt.Errorf("--replications %d: want at least 2; mpsim run runs a scenario once", o.replications)
	}
	if err := atLeastOne(c, "jobs", o.jobs); err != nil {
		return plan, err
	}
	if err := compare.CheckMetrics(o.metrics); err != nil {
		return plan, err
	}
	plan.Replications, plan.Metrics = o.replications, o.metrics
	if plan.Warmup, err = compare.ParseWarmup(o.warmup); err != nil {
		return plan, err
	}
	var common []string
	if c.Flags().Changed("seed") {
		common = append(common, fmt.Sprintf("seed=%d", o.seed))
	}
	first := common // of the variant that says which flows there are
	var sets []compare.Factor
	for _, option := range o.set {
		f, varies, err := compare.ParseSet(option)
		switch {
		case err != nil:
			return plan, err
		case varies:
			sets = append(sets, f)
			first = append(first[:len(first):len(first)], f.Name+"="+f.Values[0])
		default:
			common = append(common, option)
			first = append(first[:len(first):len(first)], option)
		}
	}
	if o.quick {
		before := len(first)
		load, _ := source(c, name)
		if first, err = quickly(load, first); err != nil {
			return plan, err
		}
		common = slices.Concat(first[:len(first)-before], common)
	}
	factors, err := o.parts(c, name, first)
	if err != nil {
		return plan, err
	}
	plan.Variants, err = compare.Variants(name, common, append(factors, sets...))
	var all scenarios.Problems
	for _, v := range plan.Variants {
		var problems scenarios.Problems
		if errors.As(checkFluid(v.Scenario), &problems) {
			for _, p := range problems {
				if !slices.Contains(all, p) {
					all = append(all, p)
				}
			}
		}
	}
	if len(all) > 0 {
		return plan, all
	}
	return plan, err
}

// parts returns the factors of --cc and --scheduler.
func (o *compareOptions) parts(c *cobra.Command, name string, set []string) (list []compare.Factor, err error) {
	s, err := scenarios.Load(name, set...)
	if err != nil {
		return nil, err
	}
	for _, option := range []struct{ name, values string }{{"cc", o.cc}, {"scheduler", o.scheduler}} {
		if !c.Flags().Changed(option.name) {
			continue
		}
		f, err := compare.Spread(s, option.name, option.values, o.flows)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	if len(list) == 0 && len(o.flows) > 0 {
		return nil, errors.New("--flow says which flows --cc and --scheduler concern: use it with one of them")
	}
	return list, nil
}
