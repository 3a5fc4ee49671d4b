// Package campaign runs many scenarios, several at a time, and keeps what is done:
// a campaign that was interrupted goes on from there. Each run has one goroutine and
// depends on its scenario and seed alone, so that the outcomes are the same with any
// number of workers.
package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"mpsim/experiment"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// A Job is one run: a replication of a scenario.
type Job struct {
	// Name is what "mpsim run" would be given: a file, or the name of a scenario that
	// comes with mpsim.
	Name string
	// Scenario is the first replication, with its options carried out. Jobs may share it.
	Scenario *scenarios.Scenario
	// Replication counts from 0. It is added to the seed of the scenario, so that jobs of
	// the same seed and replication draw the same random numbers for what has the same
	// name (common random numbers).
	Replication int
	// Series asks for the course over time, too, if the scenario records it.
	Series bool
	// Look, if not nil, is shown the whole result of the run, which is dropped then: the outcome has what Look makes
	// of it in place of a trace. That is kept with the numbers, so that a run that the store has need not be
	// repeated. It has to be a function of the result and the scenario alone, as JSON.
	Look func(*record.Result) (json.RawMessage, error)
}

// Seed returns the seed of the run.
func (j *Job) Seed() uint64 { return j.Scenario.Seed + uint64(j.Replication) }

// Replay returns the command that repeats the run.
func (j *Job) Replay() string {
	words := []string{"mpsim", "run", j.Name}
	for _, set := range j.Scenario.Overrides {
		words = append(words, "--set", "'"+strings.ReplaceAll(set, "'", `'\''`)+"'")
	}
	if j.Replication > 0 {
		words = append(words, "--seed", strconv.FormatUint(j.Seed(), 10))
	}
	return strings.Join(words, " ")
}

// scenario returns what to run.
func (j *Job) scenario() *scenarios.Scenario {
	s := *j.Scenario
	s.Seed = j.Seed()
	return &s
}

// An Outcome is what came of a job.
type Outcome struct {
	Summary *record.Summary // nil if there is an error
	Trace   *record.Trace   // nil unless the job asks for series, and looks at nothing
	Seen    json.RawMessage // by Look
	Stored  bool            // it was run by an earlier campaign
	Err     error           // context.Canceled if it was not run to its end
}

// A Failure is a run that ended in an error; the others go on.
type Failure struct {
	Job *Job
	Err error
}

// Error says what went wrong and how to see it again.
func (f *Failure) Error() string {
	return fmt.Sprintf("%s, seed %d: %v\nThe run repeats with:\n  %s", f.Job.Name, f.Job.Seed(), f.Err, f.Job.Replay())
}

// Unwrap returns the error of the run.
func (f *Failure) Unwrap() error { return f.Err }

// Options say how to run a campaign. The zero value runs as many jobs at a time as there
// are processors and keeps nothing.
type Options struct {
	Workers int    // runs at a time; 0: one a processor
	Store   *Store // keeps finished runs; nil: none
	// Progress, if not nil, is told how far the campaign has come. Calls do not overlap.
	Progress func(Progress)
}

// Progress says how far a campaign has come.
type Progress struct {
	Total   int      // jobs
	Stored  int      // of them, those found in the store
	Done    int      // of them, those that have ended, failures and stored ones included
	Failed  int      // of them, those that failed
	Part    float64  // of the work that the store did not have, from 0 to 1: to tell the time left
	Failure *Failure // has just happened; nil otherwise
}

// Run runs the jobs and returns their outcomes in the same order. What is wrong with a
// job, even a panic, is in its outcome. The error is that of ctx if it ended first, or
// that of the store: what was finished until then is kept and returned nevertheless.
func Run(ctx context.Context, jobs []Job, opts Options) ([]Outcome, error) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	c := &campaign{ctx: inner, stop: stop, jobs: jobs, opts: opts, outcomes: make([]Outcome, len(jobs)), part: make([]float64, len(jobs))}
	todo := c.look()
	workers := opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	next := make(chan int, len(todo)) // with room for all: nobody is woken for each
	var wg sync.WaitGroup
	for range min(workers, len(todo)) {
		wg.Go(func() {
			for i := range next {
				c.run(i)
			}
		})
	}
	for _, i := range todo {
		next <- i // a worker whose context has ended takes it and does nothing
	}
	close(next)
	wg.Wait()
	c.err = errors.Join(c.err, opts.Store.close())
	if c.err != nil || c.now.Done == len(jobs) {
		return c.outcomes, c.err
	}
	return c.outcomes, ctx.Err()
}

// campaign is the state of Run.
type campaign struct {
	ctx      context.Context
	stop     context.CancelFunc
	jobs     []Job
	opts     Options
	outcomes []Outcome
	keys     []string // of the jobs in the store

	mu   sync.Mutex // guards what follows
	now  Progress
	todo float64   // number of jobs that the store did not have
	part []float64 // of each job that is done
	err  error     // of the store
}

// look takes from the store what is there, and returns which jobs are left.
func (c *campaign) look() (todo []int) {
	c.now.Total = len(c.jobs)
	c.keys = make([]string, len(c.jobs))
	c.opts.Store.look()
	all := make(keys)
	for i := range c.jobs {
		if c.opts.Store != nil {
			c.keys[i] = all.key(&c.jobs[i])
		}
		if kept := c.opts.Store.get(c.keys[i]); kept != nil {
			c.outcomes[i] = Outcome{Summary: kept.Summary, Trace: kept.Trace, Seen: kept.Seen, Stored: true}
			c.now.Stored++
			c.now.Done++
			continue
		}
		c.outcomes[i].Err = context.Canceled
		todo = append(todo, i)
	}
	c.todo = float64(len(todo))
	c.report(nil)
	return todo
}

// run carries out job i and keeps what comes of it.
func (c *campaign) run(i int) {
	if c.ctx.Err() != nil {
		return
	}
	j := &c.jobs[i]
	told := 0.0
	o := carryOut(c.ctx, j, func(done float64) {
		if done-told >= aStep { // a short run comes by a thousand times
			told = done
			c.advance(i, done)
		}
	})
	if o.Err == nil && o.Summary.Interrupted {
		return
	}
	var err error
	if o.Err == nil {
		err = c.opts.Store.put(c.keys[i], &kept{o.Summary, o.Trace, o.Seen})
	}
	c.outcomes[i] = o
	c.finish(i, o.Err, err)
}

// aStep is the part of a run of which somebody is told.
const aStep = 0.01

// carryOut runs one job. A panic that the run did not report itself becomes an error.
func carryOut(ctx context.Context, j *Job, progress func(float64)) (o Outcome) {
	defer func() {
		if v := recover(); v != nil {
			o = Outcome{Err: &Failure{j, &experiment.PanicError{Value: v, Stack: debug.Stack()}}}
		}
	}()
	run := experiment.Summarise
	if j.Series {
		run = experiment.Run
	}
	res, err := run(ctx, j.scenario(), progress)
	if err == nil && j.Look != nil {
		o.Seen, err = j.Look(res)
	}
	if err != nil {
		return Outcome{Err: &Failure{j, err}}
	}
	summary := res.Summary // without the memory of the rest
	o.Summary = &summary
	if j.Series && j.Look == nil {
		o.Trace = &res.Trace
	}
	return o
}

// advance notes how far job i has come.
func (c *campaign) advance(i int, done float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(i, done)
	c.report(nil)
}

// set is to be called with the lock.
func (c *campaign) set(i int, done float64) {
	c.now.Part += (done - c.part[i]) / c.todo
	c.part[i] = done
}

// finish notes that job i has ended, and how; storing is the error of keeping it.
func (c *campaign) finish(i int, failed, storing error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set(i, 1)
	c.now.Done++
	var f *Failure
	if errors.As(failed, &f) {
		c.now.Failed++
	}
	if storing != nil && failed == nil {
		c.err = errors.Join(c.err, storing)
		c.stop()
	}
	c.report(f)
}

// report is to be called with the lock, or before there are workers.
func (c *campaign) report(f *Failure) {
	if c.opts.Progress != nil {
		c.now.Failure = f
		c.opts.Progress(c.now)
	}
}
