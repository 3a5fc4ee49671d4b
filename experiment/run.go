// Package experiment runs a scenario: it builds the model, looks at it while it
// runs, judges what the scenario expects, and writes the result.
package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"mpsim/experiment/prediction"
	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// A PanicError is a violated invariant of the model: a defect of mpsim.
type PanicError struct {
	At    sim.Time
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string {
	return fmt.Sprintf("the model violated an invariant at %v: %v", e.At, e.Value)
}

// A Watcher looks at the packets of a run. It must not change the model.
type Watcher interface {
	// Watch is called before the run.
	Watch(n *netem.Network)
	// Err is asked now and then; an error ends the run.
	Err() error
}

// Run runs s to its end, or until ctx is done: the result then covers the time so far and says so. A
// *DefectError comes with the result, all others without. progress, if not nil, is told now and then which part
// of the time is over. The result is a function of s alone.
func Run(ctx context.Context, s *scenarios.Scenario, progress func(done float64), watchers ...Watcher) (*record.Result, error) {
	return simulate(ctx, s, true, progress, watchers...)
}

// Summarise is Run for those who want the numbers, which are the same, and transfers and connections: what is only
// needed for the course over time is not recorded. That is most of what a short run costs.
func Summarise(ctx context.Context, s *scenarios.Scenario, progress func(done float64), watchers ...Watcher) (*record.Result, error) {
	return simulate(ctx, s, false, progress, watchers...)
}

// simulate is Run, with or without all that has many entries.
func simulate(
	ctx context.Context, s *scenarios.Scenario, whole bool, progress func(done float64), watchers ...Watcher,
) (*record.Result, error) {
	fluid, err := predict(s)
	if err != nil {
		return nil, err
	}
	m, err := scenarios.Build(s)
	if err != nil {
		return nil, err
	}
	o := observe(m, whole && s.OverTime())
	o.lists = whole
	for _, w := range watchers {
		w.Watch(m.Network)
	}
	end := sim.Time(s.Duration)
	if err := run(ctx, m, o, end, progress, watchers); err != nil {
		return nil, err
	}
	m.Discard()
	res := o.result(m.Engine.Now())
	res.Random = m.Random()
	res.Prediction = fluid
	for _, w := range s.Warnings {
		res.Warnings = append(res.Warnings, w.Short())
	}
	res.Interrupted = m.Engine.Now() < end
	if !res.Interrupted {
		judge(s, res)
	}
	o.checkResult(m.Engine.Now(), res)
	for _, v := range o.found {
		res.Defects = append(res.Defects, v.String())
	}
	return res, o.defects()
}

// predict returns what the fluid model says of s, if s asks for it. Without an equilibrium the prediction
// says why: that is no reason to do without the run.
func predict(s *scenarios.Scenario) (*record.Prediction, error) {
	if !s.WantsFluid() {
		return nil, nil
	}
	p, err := prediction.Predict(s)
	if err != nil && !errors.As(err, new(scenarios.Problems)) {
		return prediction.None(s, err), nil
	}
	return p, err
}

// run steps through the run from sample to sample. Sampling adds no events, so
// that what is recorded cannot change what happens.
func run(
	ctx context.Context, m *scenarios.Simulation, o *observer, end sim.Time, progress func(float64), watchers []Watcher,
) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{m.Engine.Now(), v, debug.Stack()}
		}
	}()
	stop := context.AfterFunc(ctx, m.Engine.Stop)
	defer stop()
	warmup := sim.Time(m.Scenario.Warmup)
	step := sim.Time(sampling(m.Scenario.Duration))
	if !m.Scenario.OverTime() { // what is left to look at are the queues of links, for their means
		step *= 10
	}
	for t := sim.Time(0); t < end && ctx.Err() == nil; {
		next := min(t+step-t%step, end)
		if t < warmup {
			next = min(next, warmup)
		}
		m.Engine.Run(next)
		if t = m.Engine.Now(); t < next {
			break
		}
		if t == warmup {
			o.warm()
		}
		o.sample(t)
		for _, w := range watchers {
			if err := w.Err(); err != nil {
				return err
			}
		}
		if progress != nil {
			progress(float64(t) / float64(end))
		}
	}
	if err := m.Network.Conserved(); err != nil {
		return &PanicError{At: m.Engine.Now(), Value: err}
	}
	return nil
}

// sampling returns the time between two looks at a run: about 1500 of them, a round number.
func sampling(duration time.Duration) time.Duration {
	want := duration / 1500
	for unit := time.Microsecond; ; unit *= 10 {
		for _, n := range []time.Duration{1, 2, 5} {
			if n*unit >= want {
				return n * unit
			}
		}
	}
}

// judge compares the numbers with what the scenario expects. What was not measured, such as a metric of a
// subflow that never came, does not meet anything.
func judge(s *scenarios.Scenario, res *record.Result) {
	for i := range s.Expect {
		x := &s.Expect[i]
		of, name, part := "run", "", ""
		switch {
		case x.Flow != "":
			of, name = "flow", x.Flow
			if x.Subflow != nil {
				part = fmt.Sprint(*x.Subflow)
			}
		case x.Link != "":
			of, name, part = "link", x.Link, x.Direction
		}
		m := record.LookUp(x.Metric)
		e := record.Expectation{Text: bound(x), Unit: m.Unit.Symbol(), None: cmp.Or(m.None, "not there")}
		if v, ok := res.Metric(of, name, part, x.Metric); ok {
			e.Value, e.None, e.Met = &v, "", v >= x.Min && v <= x.Max
		}
		res.Expectations = append(res.Expectations, e)
	}
}

// bound says in words what x asks for.
func bound(x *language.Expect) string {
	var b strings.Builder
	b.WriteString(x.Metric)
	switch {
	case x.Flow != "" && x.Subflow != nil:
		fmt.Fprintf(&b, " of subflow %d of %s", *x.Subflow, x.Flow)
	case x.Flow != "":
		fmt.Fprintf(&b, " of %s", x.Flow)
	case x.Link != "":
		fmt.Fprintf(&b, " of %s %s", x.Link, x.Direction)
	}
	if x.Least != nil {
		fmt.Fprintf(&b, " >= %v", x.Least)
	}
	if x.Greatest != nil {
		fmt.Fprintf(&b, " <= %v", x.Greatest)
	}
	return b.String()
}
