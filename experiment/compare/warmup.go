package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mpsim/experiment/campaign"
	"mpsim/experiment/record"
	"mpsim/experiment/stats"
	"mpsim/scenarios"
	"mpsim/sim/units"
)

// A Warmup says how long the beginning of each run is that the numbers leave out. The zero
// value takes what the scenario says and, if that is nothing, finds it.
type Warmup struct {
	Find  bool           // whatever the scenario says
	Fixed *time.Duration // this; nil: none given
}

// ParseWarmup reads "", "mser5" or a duration.
func ParseWarmup(s string) (Warmup, error) {
	switch strings.ToLower(s) {
	case "":
		return Warmup{}, nil
	case "mser5", "mser-5":
		return Warmup{Find: true}, nil
	}
	d, err := units.ParseDuration(s)
	if err != nil {
		return Warmup{}, fmt.Errorf("--warmup %s: want mser5, or a time such as 5s; 0s leaves nothing out", s)
	}
	return Warmup{Fixed: &d}, nil
}

// Truncate says what was left out of every run.
type Truncate struct {
	Seconds float64 `json:"seconds"`           // from the beginning, s
	Method  string  `json:"method"`            // "scenario", "fixed", "mser5", or "none"
	Warning string  `json:"warning,omitempty"` // why that may not do
}

// String says it in words.
func (t Truncate) String() string {
	switch t.Method {
	case "none":
		return "nothing is left out"
	case "mser5":
		return fmt.Sprintf("the first %g s are left out of every run (MSER-5 over the throughput of the first replications)", t.Seconds)
	case "fixed":
		return fmt.Sprintf("the first %g s are left out of every run (as asked)", t.Seconds)
	}
	return fmt.Sprintf("the first %g s are left out of every run (as the scenario says)", t.Seconds)
}

// truncate decides on the warm-up and returns the variants with it. It is the same for
// all variants and replications: one that were chosen run by run would depend on what is
// measured, and compare different spans of time. The longest that any flow of any
// variant needs is enough for all.
func (r *runner) truncate(variants []Variant, w Warmup) ([]Variant, Truncate, error) {
	s := variants[0].Scenario
	switch {
	case w.Fixed != nil:
		t := Truncate{Seconds: w.Fixed.Seconds(), Method: "fixed"}
		if *w.Fixed == 0 {
			t.Method = "none"
		}
		out, err := with(variants, *w.Fixed)
		return out, t, err
	case !w.Find && s.Warmup > 0:
		return variants, Truncate{Seconds: s.Warmup.Seconds(), Method: "scenario"}, nil
	}
	t, err := r.find(variants)
	if err != nil || t.Method == "none" && s.Warmup == 0 {
		return variants, t, err
	}
	out, err := with(variants, seconds(t.Seconds))
	return out, t, err
}

// with returns the variants with a warm-up.
func with(variants []Variant, d time.Duration) ([]Variant, error) {
	out := make([]Variant, len(variants))
	for i, v := range variants {
		v.Set = append(v.Set[:len(v.Set):len(v.Set)], "warmup="+d.String())
		if err := v.load(v.Set); err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// find runs the first replication of each variant and applies MSER-5 to the throughput of
// each flow that does not carry transfers.
func (r *runner) find(variants []Variant) (Truncate, error) {
	var jobs []campaign.Job
	for _, v := range variants {
		pilot := v
		if err := pilot.load(append(v.Set[:len(v.Set):len(v.Set)], "warmup=0s", `figure=[{kind="throughput"}]`)); err != nil {
			return Truncate{}, err
		}
		jobs = append(jobs, campaign.Job{Name: v.File, Scenario: pilot.Scenario, Series: true})
	}
	out, err := r.run("warm-up", jobs)
	if err != nil {
		return Truncate{}, err
	}
	t := Truncate{Method: "mser5"}
	limit := variants[0].Scenario.Duration.Seconds() / 2
	for i, o := range out {
		if o.Err != nil {
			continue // the replication itself will fail, too, and be reported
		}
		s := jobs[i].Scenario
		for k := range s.Flows {
			d, ok := settled(&s.Flows[k], &o)
			if ok && d > t.Seconds {
				t.Seconds = d
				if d > limit {
					t.Warning = fmt.Sprintf("The throughput of %s does not settle (%s): MSER-5 would leave out %.3g s, more than half of the run. Half is left out; a longer duration would give better numbers.",
						s.Flows[k].Name, variants[i].Name, d)
				}
			}
		}
	}
	t.Seconds = seconds(min(t.Seconds, limit)).Seconds()
	if t.Seconds == 0 {
		t.Method = "none"
	}
	return t, nil
}

// settled returns after how many seconds the throughput of f is steady. Flows of
// transfers begin again and again, and flows that stop early have no steady state that
// others could wait for.
func settled(f *scenarios.Flow, o *campaign.Outcome) (float64, bool) {
	if f.Stop > 0 || slices.ContainsFunc(o.Summary.Flows, func(x record.Flow) bool {
		return x.Name == f.Name && x.Transfers.Count+x.Unfinished > 0
	}) {
		return 0, false
	}
	width := 0.0
	list := slices.DeleteFunc(slices.Clone(o.Trace.Series), func(s record.Series) bool {
		return s.Name != record.Throughput || s.Flow != f.Name
	})
	for _, s := range list {
		width = max(width, s.Bin)
	}
	var sum []float64
	for _, s := range list {
		each := int(math.Round(width / s.Bin)) // intervals double when there are many
		for i, v := range s.V {
			for len(sum) <= i/each {
				sum = append(sum, 0)
			}
			sum[i/each] += v / float64(each)
		}
	}
	return math.Round(float64(stats.MSER5(sum))*width*1e6) / 1e6, true
}
