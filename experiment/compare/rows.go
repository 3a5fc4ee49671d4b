package compare

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"mpsim/experiment/campaign"
	"mpsim/experiment/record"
	"mpsim/experiment/stats"
	"mpsim/sim/words"
)

// A Row is one metric of one flow, link or run.
type Row struct {
	Of     string `json:"of"`             // "run", "flow" or "link"
	Name   string `json:"name"`           // of the flow or link
	Part   string `json:"part,omitempty"` // direction of a link
	Metric string `json:"metric"`         // as in mpsim list metrics
	Unit   string `json:"unit,omitempty"` // bit/s, B or s; "": a count or a part of 1
	Cells  []Cell `json:"variants"`       // in the order of the variants
}

// A Cell is a metric of one variant.
type Cell struct {
	Values     []Value      `json:"values"`               // of the replications that have the metric
	N          int          `json:"n"`                    // number of these
	Mean       float64      `json:"mean"`                 // in the unit of the metric, as all that follow
	Half       *float64     `json:"half_width"`           // of the interval of the mean; nil: there is none
	Median     float64      `json:"median"`               // of the replications
	MedianLow  *float64     `json:"median_low"`           // ends of its interval
	MedianHigh *float64     `json:"median_high"`          // upper end
	Unfinished int          `json:"unfinished,omitempty"` // replications in which a completion time is missing
	Against    []Difference `json:"differences"`          // from the first level of each factor, unless it has that
}

// A Value is what one replication yielded.
type Value struct {
	Replication int     `json:"replication"` // index, from 0
	Value       float64 `json:"value"`       // in the unit of the metric
}

// completion reports whether the metric is of completion times.
func (r *Row) completion() bool { return strings.HasPrefix(r.Metric, "fct-") }

// usual are the metrics that are shown if none are named. A flow has the completion
// times only if it carries transfers.
var usual = []string{"goodput", "rtt-p95", "fct-mean", "fct-p95", "retransmitted", "jain"}

// CheckMetrics returns an error if there is no such metric.
func CheckMetrics(names []string) error {
	all := record.MetricNames()
	for _, n := range names {
		if !slices.Contains(all, n) {
			return fmt.Errorf("--metric %s: there is no such metric; %s", n, words.Suggest(n, all))
		}
	}
	return nil
}

// rows collects the metrics of the runs of all variants: flow after flow, then links and
// the run. What some variant has not in any run is left out, and noted.
func (c *Comparison) rows(runs [][]campaign.Outcome, metrics []string, workers int) []Row {
	k := collect(runs, metrics, workers)
	return slices.DeleteFunc(k.sorted(), func(r Row) bool {
		i := slices.IndexFunc(r.Cells, func(c Cell) bool { return len(c.Values) == 0 })
		if i >= 0 {
			c.note("%s of %s could not be measured with %s, and is left out.", r.Metric, r.Name, c.Variants[i].Name)
		}
		return i >= 0
	})
}

// collect reads the metrics of all runs.
func collect(runs [][]campaign.Outcome, metrics []string, workers int) *collector {
	if metrics == nil {
		metrics = usual
	}
	c := &collector{variants: len(runs), metrics: metrics, at: make(map[record.Measured]int)}
	for i, list := range runs {
		for rep, o := range list {
			if o.Summary != nil {
				c.collect(i, rep, o.Summary)
			}
		}
	}
	for k, list := range runs {
		random := differ(list) // a variant may be certain where others are not
		inParallel(workers, len(c.list), func(i int) { c.list[i].Cells[k].sum(random) })
	}
	return c
}

// sorted returns the rows in the order of the scenario and of the metrics asked for.
func (c *collector) sorted() []Row {
	scopes := []string{"flow", "link", "run"}
	slices.SortStableFunc(c.list, func(a, b Row) int {
		return cmp.Or(
			cmp.Compare(slices.Index(scopes, a.Of), slices.Index(scopes, b.Of)),
			cmp.Compare(slices.Index(c.things, a.thing()), slices.Index(c.things, b.thing())),
			cmp.Compare(slices.Index(c.metrics, a.Metric), slices.Index(c.metrics, b.Metric)),
		)
	})
	return c.list
}

// collector makes rows of summaries.
type collector struct {
	variants int
	metrics  []string
	at       map[record.Measured]int
	list     []Row
	things   []string // flows and links in the order of the scenario
}

func (c *collector) collect(variant, rep int, s *record.Summary) {
	for _, m := range s.Metrics() {
		if !slices.Contains(c.metrics, m.What) || m.Of == "flow" && m.Part != "" {
			continue
		}
		if m.What == "jain" && len(s.Flows) < 2 {
			continue // the fairness of one flow is 1
		}
		v := m.Value
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue // not measured
		}
		m.Value = 0
		i, ok := c.at[m]
		if !ok {
			i = len(c.list)
			c.at[m] = i
			c.list = append(c.list, Row{Of: m.Of, Name: m.Name, Part: m.Part, Metric: m.What, Unit: m.Unit, Cells: make([]Cell, c.variants)})
			if thing := c.list[i].thing(); !slices.Contains(c.things, thing) {
				c.things = append(c.things, thing)
			}
		}
		cell := &c.list[i].Cells[variant]
		cell.Values = append(cell.Values, Value{rep, v})
	}
}

// thing names what the metric is of.
func (r *Row) thing() string {
	switch r.Of {
	case "flow":
		return r.Name
	case "link":
		return r.Name + " " + r.Part
	}
	return "all flows"
}

// values returns the numbers alone.
func (c *Cell) values() []float64 {
	x := make([]float64, len(c.Values))
	for i, v := range c.Values {
		x[i] = v.Value
	}
	return x
}

// sum fills in the mean and the median, and their intervals if the runs are random.
func (c *Cell) sum(random bool) {
	x := c.values()
	e := stats.Mean(x, Level)
	m, low, high := stats.Median(x, Level, rand.New(rand.NewPCG(1, uint64(len(x)))))
	c.N, c.Mean, c.Median = e.N, e.Mean, m
	if random && e.N > 1 {
		c.Half, c.MedianLow, c.MedianHigh = &e.Half, &low, &high
	}
}
