// Package reproduce runs the scenarios of published results and compares what they
// yield with their targets.
package reproduce

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"mpsim/experiment/campaign"
	"mpsim/experiment/prediction"
	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/scenarios/formula"
	"mpsim/scenarios/language"
)

// A Paper is a scenario with targets.
type Paper struct {
	ID       string // such as "KA": its name without the directory
	Name     string // what "mpsim run" is given: "papers/KA", or a file
	Header   string // the comment at its beginning: source, parameters, findings; in Markdown
	Scenario *scenarios.Scenario
}

// Options say how much to run.
type Options struct {
	Replications int  // of each scenario; 0: as many as it says
	Quick        bool // the short forms, two replications of each
	Workers      int  // runs at a time; 0: one a processor
	Store        *campaign.Store
	Progress     func(campaign.Progress) // may be nil
}

// quickReplications is the number of replications of a short form: the least that has an
// interval.
const quickReplications = 2

// IDs returns all that can be reproduced, in the order of their names.
func IDs() []string {
	var ids []string
	for _, name := range scenarios.Papers() {
		ids = append(ids, idOf(name))
	}
	return ids
}

// Group returns the IDs that begin with id and a hyphen, as linux-paths does with linux; id itself if none
// does, or if it is one.
func Group(id string) []string {
	var members []string
	for _, other := range IDs() {
		if other == id {
			return []string{id}
		}
		if strings.HasPrefix(other, id+"-") {
			members = append(members, other)
		}
	}
	if len(members) == 0 {
		return []string{id}
	}
	return members
}

// idOf returns the name of a scenario without its directory.
func idOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// shipped begins the names of the scenarios that come with mpsim.
const shipped = "papers/"

// Load reads the scenario of an ID, or the one of a file.
func Load(id string, quick bool) (*Paper, error) {
	name := id
	if !strings.ContainsAny(id, `/\.`) {
		name = shipped + id
	}
	s, err := scenarios.Load(name)
	if err == nil && quick {
		s, err = scenarios.Load(name, s.Quick...)
	}
	if err != nil {
		return nil, err
	}
	if len(s.Targets) == 0 {
		return nil, fmt.Errorf("%s has no [[target]], so that there is nothing to compare with; mpsim run runs it", name)
	}
	p := &Paper{ID: s.Name, Name: name, Scenario: s}
	if p.shipped() {
		p.ID = idOf(name)
		text, err := scenarios.Text(name)
		p.Header = header(string(text))
		return p, err
	}
	text, err := os.ReadFile(name)
	p.Header = header(string(text))
	return p, err
}

// shipped reports whether the scenario comes with mpsim.
func (p *Paper) shipped() bool { return slices.Contains(scenarios.Papers(), p.Name) }

// header returns the comment at the beginning of a scenario.
func header(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		lines = append(lines, strings.TrimSpace(comment))
	}
	return strings.Join(lines, "\n")
}

// A Report is what came of a paper.
type Report struct {
	*Paper
	Replications int
	Judgements   []Judgement
	First        *record.Result // of the first replication
}

// Run runs the scenarios of papers and judges their targets. The error has all runs
// that failed.
func Run(ctx context.Context, papers []*Paper, opts Options) ([]Report, error) {
	var jobs []campaign.Job
	reports := make([]Report, len(papers))
	for i, p := range papers {
		reports[i] = Report{Paper: p, Replications: opts.replications(p)}
		for r := range reports[i].Replications {
			jobs = append(jobs, campaign.Job{Name: p.Name, Scenario: p.Scenario, Replication: r, Series: r == 0})
		}
	}
	outcomes, err := campaign.Run(ctx, jobs, campaign.Options{Workers: opts.Workers, Store: opts.Store, Progress: opts.Progress})
	if err != nil {
		return nil, err
	}
	for i := range reports {
		n := reports[i].Replications
		err = errors.Join(err, reports[i].judge(outcomes[:n]))
		outcomes = outcomes[n:]
	}
	if err != nil {
		return nil, err
	}
	return reports, nil
}

func (o *Options) replications(p *Paper) int {
	n := max(p.Scenario.Replications, 1)
	switch {
	case o.Replications > 0 && (n > 1 || !p.shipped()): // a shipped one that says 1 draws nothing at random
		return o.Replications
	case o.Quick:
		return min(n, quickReplications)
	}
	return n
}

// judge judges the targets by the replications.
func (r *Report) judge(outcomes []campaign.Outcome) error {
	var runs []func(formula.Quantity) float64
	for _, o := range outcomes {
		if o.Err != nil {
			return o.Err
		}
		runs = append(runs, quantities(o.Summary.Metrics()))
	}
	fluid := r.predict()
	for i := range r.Scenario.Targets {
		j := Judge(&r.Scenario.Targets[i], runs)
		if j.Target.Fluid {
			j.Predicted = j.Target.Formula.Of(fluid)
		}
		r.Judgements = append(r.Judgements, j)
	}
	r.First = &record.Result{Summary: *outcomes[0].Summary}
	if t := outcomes[0].Trace; t != nil {
		r.First.Trace = *t
	}
	return nil
}

// predict returns the quantities of the fluid model. Those that it does not know, all of
// them if it knows none of the flows, are no numbers.
func (r *Report) predict() func(formula.Quantity) float64 {
	if !slices.ContainsFunc(r.Scenario.Targets, func(t language.Target) bool { return t.Fluid }) {
		return nil
	}
	p, err := prediction.Predict(r.Scenario)
	if err != nil {
		return quantities(nil)
	}
	return quantities(p.Metrics())
}

// quantities returns a function that looks metrics up.
func quantities(list []record.Measured) func(formula.Quantity) float64 {
	values := make(map[formula.Quantity]float64)
	for _, m := range list {
		values[formula.Quantity{Of: m.Of, Name: m.Name, Part: m.Part, What: m.What}] = m.Value
	}
	return func(q formula.Quantity) float64 {
		if v, ok := values[q]; ok {
			return v
		}
		return math.NaN()
	}
}

// Unexplained returns the targets that were missed without an explanation, or could not be measured.
func Unexplained(reports []Report) []string {
	var list []string
	for _, r := range reports {
		for _, j := range r.Judgements {
			if j.Verdict == Missed || j.Verdict == Unmeasured {
				list = append(list, fmt.Sprintf("%s, %s: simulated %s, wanted %s", r.ID, j.Target.ID, j.Simulated(), j.Wanted()))
			}
		}
	}
	return list
}
