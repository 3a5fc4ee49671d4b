// Package compare sets variants of a scenario against each other. Every variant has the
// same replications, with the same random numbers for what has the same name (common
// random numbers), so that differences of pairs count: they scatter less than the values
// themselves. What it yields depends on the plan alone.
package compare

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"mpsim/experiment"
	"mpsim/experiment/campaign"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
)

// Level is the probability with which an interval contains what it is about, and 1 less
// the probability that any verdict of a comparison calls chance a difference.
const Level = 0.95

// A Plan says what to compare.
type Plan struct {
	Variants     []Variant
	Replications int      // at least 2
	Warmup       Warmup   // how much of each run is left out
	Metrics      []string // to show; nil: the usual ones
}

// Options say how a comparison is run.
type Options struct {
	Workers int
	Store   *campaign.Store
	// Progress, if not nil, is told how far a stage of the comparison has come.
	Progress func(stage string, p campaign.Progress)
}

// A Comparison is what came of a plan.
type Comparison struct {
	Scenario     string   `json:"scenario"`           // its name
	Seed         uint64   `json:"seed"`               // of the first replication; that of the next is one more
	Replications int      `json:"replications"`       // of each variant
	Random       bool     `json:"random"`             // false: every replication is the same, and there are no intervals
	Level        float64  `json:"level"`              // probability with which an interval contains what it is about
	Tests        int      `json:"tests"`              // differences that the correction of Holm covers
	Warmup       Truncate `json:"warmup"`             // what of each run is left out
	Factors      []string `json:"factors"`            // what differs between variants
	Variants     []Chosen `json:"variants"`           // each combination of the levels
	Rows         []Row    `json:"metrics"`            // each metric of the run, a flow or a link
	Failures     []string `json:"failures,omitempty"` // runs that did not end, and how to repeat them
	Notes        []string `json:"notes,omitempty"`    // what a reader has to know

	Pictures []string `json:"-"` // formats of the figures that Write makes; nil: the usual ones
	Workers  int      `json:"-"` // figures that it draws at a time; 0: one a processor

	shown  [][]figure.Request  // figures of each variant
	seen   [][]json.RawMessage // what they show of its runs; nil: the run failed
	text   [][]byte            // scenario of each variant as run
	beside []map[string][]byte // files that it refers to
}

// Chosen says how a variant differs from the scenario.
type Chosen struct {
	Name   string        `json:"name"`   // of its levels
	Set    []string      `json:"set"`    // the options that make it
	Levels []FactorLevel `json:"levels"` // of the factors, in their order
}

// Run carries out the plan. If ctx ends before, the error is its own, and the store has
// what was done.
func Run(ctx context.Context, plan Plan, opts Options) (*Comparison, error) {
	r := &runner{ctx: ctx, opts: opts}
	variants, truncated, err := r.truncate(plan.Variants, plan.Warmup)
	if err != nil {
		return nil, err
	}
	runs, random, err := r.replicate(variants, plan.Replications)
	if err != nil {
		return nil, err
	}
	first := variants[0].Scenario
	c := &Comparison{
		Scenario: first.Name, Seed: first.Seed, Replications: plan.Replications, Random: random,
		Level: Level, Warmup: truncated,
	}
	if !random {
		c.note("%s", certain(runs))
		c.Replications = 1
		runs = firsts(runs)
	}
	for _, l := range variants[0].Levels {
		c.Factors = append(c.Factors, l.Factor)
	}
	for i, v := range variants {
		c.Variants = append(c.Variants, Chosen{v.Name, v.Set, v.Levels})
		c.text = append(c.text, v.Scenario.Marshal())
		c.beside = append(c.beside, v.Scenario.Files())
		c.shown = append(c.shown, experiment.Requests(v.Scenario))
		c.seen = append(c.seen, seen(runs[i]))
		for _, w := range plan.Variants[i].Scenario.Warnings { // as given: the others have a warm-up of our own
			c.note("%s: %s", v.Name, w.Short())
		}
		for _, o := range runs[i] {
			if o.Err != nil {
				c.Failures = append(c.Failures, o.Err.Error())
			}
		}
	}
	if n := len(c.Failures); n > 0 {
		c.note("%d of %d runs failed and are left out.", n, len(variants)*c.Replications)
	}
	if truncated.Warning != "" {
		c.note("%s", truncated.Warning)
	}
	c.Rows = c.rows(runs, plan.Metrics, opts.Workers)
	if len(c.Rows) == 0 {
		return nil, errors.New("no run yielded any of the metrics")
	}
	for _, name := range plan.Metrics {
		if !slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Metric == name }) {
			c.note("No run has a value of %s: %s.", name, record.LookUp(name).None)
		}
	}
	c.judge()
	c.flag(runs)
	return c, nil
}

func (c *Comparison) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// flag notes flows that had not finished when the run ended.
func (c *Comparison) flag(runs [][]campaign.Outcome) {
	for i, list := range runs {
		unfinished := map[string]int{}
		var names []string
		for _, o := range list {
			if o.Summary == nil {
				continue
			}
			for _, f := range o.Summary.Flows {
				if f.Unfinished == 0 {
					continue
				}
				if unfinished[f.Name]++; unfinished[f.Name] == 1 {
					names = append(names, f.Name)
				}
			}
		}
		for _, name := range names {
			for k := range c.Rows {
				if row := &c.Rows[k]; row.Name == name && row.completion() {
					row.Cells[i].Unfinished = unfinished[name]
				}
			}
			c.note("%s: transfers of %s were under way at the end of %d of %d runs. Completion times are those of the others, so that they come out too short.",
				c.Variants[i].Name, name, unfinished[name], len(list))
		}
	}
}

// runner runs the campaigns of a comparison.
type runner struct {
	ctx  context.Context
	opts Options
}

func (r *runner) run(stage string, jobs []campaign.Job) ([]campaign.Outcome, error) {
	opts := campaign.Options{Workers: r.opts.Workers, Store: r.opts.Store}
	if r.opts.Progress != nil {
		opts.Progress = func(p campaign.Progress) { r.opts.Progress(stage, p) }
	}
	return campaign.Run(r.ctx, jobs, opts)
}

// replicate returns the outcomes of n replications of each variant, and whether chance
// made any difference. Where nothing is drawn at random two are enough to see that.
func (r *runner) replicate(variants []Variant, n int) (runs [][]campaign.Outcome, random bool, err error) {
	runs = make([][]campaign.Outcome, len(variants))
	extend := func(stage string, to int) error {
		var jobs []campaign.Job
		have := len(runs[0])
		for rep := have; rep < to; rep++ {
			for _, v := range variants {
				jobs = append(jobs, campaign.Job{Name: v.File, Scenario: v.Scenario, Replication: rep, Series: rep < overTime, Look: looker(v)})
			}
		}
		out, err := r.run(stage, jobs)
		for k, o := range out {
			runs[k%len(variants)] = append(runs[k%len(variants)], o)
		}
		return err
	}
	if err := extend("first replication", 1); err != nil {
		return nil, false, err
	}
	if !slices.ContainsFunc(runs, drew) {
		if err := extend("second replication", 2); err != nil {
			return nil, false, err
		}
		if !slices.ContainsFunc(runs, differ) {
			return runs, false, nil
		}
	}
	if err := extend("replications", n); err != nil {
		return nil, false, err
	}
	return runs, slices.ContainsFunc(runs, differ), nil
}

// drew reports whether the first run of a variant drew random numbers. One that failed
// may have.
func drew(list []campaign.Outcome) bool { return list[0].Summary == nil || list[0].Summary.Random }

// differ reports whether the runs of a variant yielded different numbers. They may even if
// none says that it drew some: a controller may draw from where keys come from. And they
// may be alike if some were drawn: a loss may be too rare to happen.
func differ(list []campaign.Outcome) bool {
	first := list[0].Summary
	return slices.ContainsFunc(list, func(o campaign.Outcome) bool {
		return first == nil || o.Summary == nil || !slices.Equal(first.Metrics(), o.Summary.Metrics())
	})
}

// certain says why there are no intervals.
func certain(runs [][]campaign.Outcome) string {
	if slices.ContainsFunc(runs, drew) {
		return fmt.Sprintf("This scenario draws random numbers, but nothing came of them: all %d replications are the same. Intervals would mean nothing, and one run of each variant is shown.", len(runs[0]))
	}
	return "This scenario draws no random numbers: every replication is the same, one run says it all, and an interval would mean nothing."
}

// firsts returns the first replication of each variant.
func firsts(runs [][]campaign.Outcome) [][]campaign.Outcome {
	out := make([][]campaign.Outcome, len(runs))
	for i := range runs {
		out[i] = runs[i][:1]
	}
	return out
}

// overTime is how many replications of each variant record their course over time, for figures of it: enough for an
// interval, and a recorded run takes longer and more memory.
const overTime = 10

// looker returns what looks at the runs of a variant for its figures.
func looker(v Variant) func(*record.Result) (json.RawMessage, error) {
	figures := experiment.Requests(v.Scenario)
	if len(figures) == 0 {
		return nil
	}
	return func(res *record.Result) (json.RawMessage, error) { return figure.Look(res, figures) }
}

// seen returns what was seen of runs.
func seen(runs []campaign.Outcome) (list []json.RawMessage) {
	for _, o := range runs {
		list = append(list, o.Seen)
	}
	return list
}

// seconds returns a time as a duration of whole milliseconds, rounded up.
func seconds(s float64) time.Duration {
	ms := time.Duration(s*1e3 + 0.999999)
	return ms * time.Millisecond
}
