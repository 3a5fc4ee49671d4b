package figure

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"mpsim/experiment/record"
)

// A Pool draws one figure of several variants of a scenario, each of which has run several times: in the panel of
// each thing one curve a variant, over all its runs, with an interval as a band.
type Pool struct {
	req      Request
	variants []string
	runs     [][]Shown // of each variant
}

// Shown is what a figure shows of one run, as numbers that are pooled with those of other runs: a few hundred, and
// of distributions all values. It is written as JSON.
type Shown []sample

// A pooled kind can say what its figure shows of one run.
type pooled interface {
	samples(s *source) []sample
}

// A sample is a curve of one run: values over places, a distribution, or values over an axis of [vary].
type sample struct {
	Thing string   `json:"thing"` // heading of the panel
	X     quantity `json:"x"`
	Y     quantity `json:"y"` // of the values, also of a distribution

	At []float64 `json:"at,omitempty"` // places, where there is a value
	V  []float64 `json:"v"`            // values; of a distribution sorted

	Done float64 `json:"done,omitempty"` // what the values of a distribution stand for: more than they are, of a sample
	Of   float64 `json:"of,omitempty"`   // of so many; the others are greater than any

	Axis   []string `json:"axis,omitempty"`   // all values of the axis
	Places []string `json:"places,omitempty"` // those of them at which V are

	XLog   bool    `json:"x_log,omitempty"`
	YLog   bool    `json:"y_log,omitempty"`
	From   float64 `json:"from,omitempty"` // of the horizontal axis
	Until  float64 `json:"until,omitempty"`
	Events []event `json:"events,omitempty"`
}

// A quantity is on an axis.
type quantity struct {
	Label string `json:"label"`
	Unit  string `json:"unit,omitempty"`
}

// An event is at a place of the horizontal axis.
type event struct {
	At   float64 `json:"at"`
	Text string  `json:"text"`
}

// Pools reports whether figures of a kind pool runs; those of the others show single ones.
func Pools(k Kind) bool {
	_, ok := k.(pooled)
	return ok
}

// Look returns what each of the figures shows of a run, to be read by Seen. Of figures that show single runs that is
// nothing.
func Look(res *record.Result, figures []Request) (json.RawMessage, error) {
	all := make([]Shown, len(figures))
	res = drawable(res)
	for i, req := range figures {
		if k, ok := req.Kind.(pooled); ok {
			all[i] = k.samples(newSource(res))
		}
	}
	return json.Marshal(all)
}

// Seen reads what Look returned.
func Seen(data json.RawMessage) (all []Shown, err error) {
	err = json.Unmarshal(data, &all)
	return all, err
}

// NewPool returns a pool for a figure whose kind pools runs.
func NewPool(req Request, variants []string) *Pool {
	return &Pool{req: req, variants: variants, runs: make([][]Shown, len(variants))}
}

// Add takes what the figure shows of one run of a variant.
func (p *Pool) Add(variant int, run Shown) { p.runs[variant] = append(p.runs[variant], run) }

// Interval returns the mean of numbers of several runs, and half the width of its interval of 95 %; 0: there is none.
type Interval func(x []float64) (mean, half float64)

// Figure draws what was added. The error is an ErrNoData if that is nothing.
func (p *Pool) Figure(interval Interval) (fig *Figure, err error) {
	defer notDrawn(&err)
	var panels []*panel
	looks := looks(p.variants)
	groups, left := drawn(p.groups(interval))
	for _, g := range groups {
		for _, c := range chunks(len(g.curves)) {
			if len(panels) == maxPanels {
				left++
				continue
			}
			panels = append(panels, g.panel(c[0], c[1], looks))
		}
	}
	if len(panels) == 0 {
		return nil, fmt.Errorf("figure %s: %w: no run has such series", p.req.Name, ErrNoData)
	}
	if left > 0 {
		panels[len(panels)-1].title += fmt.Sprintf(" (%d more panels not drawn)", left)
	}
	explainOnce(panels)
	return layOut(panels, p.req.Title, cmp.Or(p.req.Width, ColumnWidth)), nil
}

// explainOnce takes away legends of which the one above says all. A part of one would read as if there were no more
// curves.
func explainOnce(panels []*panel) {
	var above []entry
	for _, p := range panels {
		said := func(e entry) bool { return slices.ContainsFunc(above, func(o entry) bool { return o.text == e.text }) }
		if slices.ContainsFunc(p.legend, func(e entry) bool { return !said(e) }) {
			above = p.legend
		} else {
			p.legend = nil
		}
	}
}

// A group is one thing in all variants.
type group struct {
	sample         // of the first run that has it, widened by the others
	kind       any // of the figure
	axis       *sweepAxis
	references []*reference
	curves     []*pooledCurve // of the variants that have it
	low, high  float64        // least number above 0, and the greatest
	small      bool           // others have much more of it
}

// A pooledCurve is what the runs of a variant have in common.
type pooledCurve struct {
	variant int
	text    string    // for the legend
	x, y    []float64 // in SI units
	half    []float64 // of the interval around y; 0: there is none
	runs    int
}

// A key tells what is drawn together.
type groupKey struct{ thing, label string }

// groups sums up the runs, thing by thing in the order in which they come.
func (p *Pool) groups(interval Interval) (list []*group) {
	at := make(map[groupKey]*group)
	found := make(map[groupKey][][]sample) // by variant
	for i, runs := range p.runs {
		for _, run := range runs {
			for _, x := range run {
				k := groupKey{x.Thing, x.Y.Label}
				if at[k] == nil {
					at[k] = &group{sample: x, kind: p.req.Kind, low: math.Inf(1)}
					found[k] = make([][]sample, len(p.runs))
					list = append(list, at[k])
				}
				at[k].widen(&x)
				found[k][i] = append(found[k][i], x)
			}
		}
	}
	for _, g := range list {
		g.measure()
		for i, runs := range found[groupKey{g.Thing, g.Y.Label}] {
			g.add(i, p.variants[i], runs, interval)
		}
	}
	list = slices.DeleteFunc(list, func(g *group) bool {
		_, queues := p.req.Kind.(*queue)
		return len(g.curves) == 0 || queues && g.high == 0 // always empty
	})
	share(list)
	return list
}

// share gives groups of one quantity one range, but those that are so much smaller that nothing would be seen.
func share(list []*group) {
	greatest := make(map[string]float64)
	for _, g := range list {
		greatest[g.Y.Label] = max(greatest[g.Y.Label], g.high)
	}
	least := make(map[string]float64)
	logarithmic := make(map[string]bool)
	for _, g := range list {
		label := g.Y.Label
		g.small = g.high*wideRange < greatest[label]
		if low, ok := least[label]; !g.small || g.high == 0 {
			g.high = greatest[label]
			logarithmic[label] = logarithmic[label] || g.XLog
			if !ok || g.low < low {
				least[label] = g.low
			}
		}
	}
	for _, g := range list {
		if label := g.Y.Label; g.high == greatest[label] {
			g.low, g.XLog = least[label], logarithmic[label]
		}
	}
}

// drawn returns the groups to draw: without the small ones, if there are more panels than have room.
func drawn(all []*group) (list []*group, left int) {
	panels := 0
	for _, g := range all {
		panels += len(chunks(len(g.curves)))
	}
	for _, g := range all {
		if n := len(chunks(len(g.curves))); panels > maxPanels && g.small {
			left += n
		} else {
			list = append(list, g)
		}
	}
	return list, left
}

// A Curve is one that Figure draws, in SI units.
type Curve struct {
	Thing, Variant string
	X, Y, Half     []float64 // Half: of the interval around Y; 0: there is none
	Runs           int       // of which it is made
}

// Curves returns all curves, thing by thing.
func (p *Pool) Curves(interval Interval) (list []Curve) {
	for _, g := range p.groups(interval) {
		for _, c := range g.curves {
			list = append(list, Curve{g.Thing, p.variants[c.variant], c.x, c.y, c.half, c.runs})
		}
	}
	return list
}

// widen takes from a run what concerns the axes.
func (g *group) widen(x *sample) {
	g.XLog, g.YLog = g.XLog || x.XLog, g.YLog || x.YLog
	g.From, g.Until = min(g.From, x.From), max(g.Until, x.Until)
	if len(x.Axis) > 0 && g.axis == nil {
		g.axis = &sweepAxis{}
	}
	for _, v := range x.Axis {
		g.axis.values, _ = insert(g.axis.values, v)
	}
	g.Of, g.Done = max(g.Of, x.Of), max(g.Done, x.Done)
}

// measure places the values of the axis, and closed forms over it.
func (g *group) measure() {
	k, ok := g.kind.(*sweep)
	if !ok || g.axis == nil {
		return
	}
	g.axis.measure()
	g.references = k.references(g.axis)
	for _, r := range g.references {
		for _, y := range r.y {
			g.note(y)
		}
	}
}

// note widens the range of values.
func (g *group) note(y float64) {
	if g.high = max(g.high, y); y > 0 {
		g.low = min(g.low, y)
	}
}

// add makes a curve of the runs of a variant.
func (g *group) add(variant int, name string, runs []sample, interval Interval) {
	c := &pooledCurve{variant: variant, text: name, runs: len(runs)}
	switch {
	case g.Of > 0:
		g.addDistribution(c, runs, interval)
	case g.axis != nil:
		g.addMeans(c, runs, 1, interval, func(r *sample, i int) float64 { return g.axis.at(r.Places[i]) })
	default: // at a place that some runs have not reached there is no mean of all
		g.addMeans(c, runs, len(runs), interval, func(r *sample, i int) float64 { return r.At[i] })
	}
	if len(c.x) > 0 {
		g.curves = append(g.curves, c)
	}
}

// addMeans makes the curve of the means at the places that a least number of runs has.
func (g *group) addMeans(c *pooledCurve, runs []sample, least int, interval Interval, place func(r *sample, i int) float64) {
	values := make(map[float64][]float64)
	var places []float64
	for k := range runs {
		for i, v := range runs[k].V {
			x := place(&runs[k], i)
			if values[x] == nil {
				places = append(places, x)
			}
			values[x] = append(values[x], v)
		}
	}
	slices.Sort(places)
	for _, x := range places {
		if len(values[x]) < least {
			continue
		}
		mean, half := interval(values[x])
		c.x, c.y, c.half = append(c.x, x), append(c.y, mean), append(c.half, half)
		g.note(mean)
		g.high = max(g.high, mean+half)
	}
}

// maxSteps bounds the steps of a distribution that are drawn; those between are left out.
const maxSteps = 1000

// addDistribution makes the distribution function of the values of all runs. Its interval is that of a ratio: of how
// many are below, over how many there are, both of which differ from run to run (Cochran 1977, section 2.11).
func (g *group) addDistribution(c *pooledCurve, runs []sample, interval Interval) {
	var all []float64
	done, of := 0.0, 0.0
	for _, r := range runs {
		all = append(all, r.V...)
		done, of = done+r.Done, of+r.Of
	}
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	if c.text += fmt.Sprintf(" (n = %.0f", of); done < of {
		c.text += fmt.Sprintf(", %.0f unfinished", of-done)
	}
	c.text += ")"
	g.note(all[len(all)-1])
	if k := countUpTo(all, 0); k < len(all) {
		g.note(all[k])
	}
	steps := min(len(all), maxSteps)
	for j := range steps {
		x := all[(j+1)*len(all)/steps-1]
		if len(c.x) > 0 && c.x[len(c.x)-1] == x {
			continue
		}
		below := make([]float64, len(runs))
		sum := 0.0
		for i, r := range runs {
			if len(r.V) > 0 {
				below[i] = r.Done * float64(countUpTo(r.V, x)) / float64(len(r.V))
				sum += below[i]
			}
		}
		f := sum / of
		for i, r := range runs {
			below[i] = f + (below[i]-f*r.Of)/(of/float64(len(runs)))
		}
		_, half := interval(below)
		c.x, c.y, c.half = append(c.x, x), append(c.y, f), append(c.half, half)
	}
}

// countUpTo returns how many of sorted numbers are at most x.
func countUpTo(sorted []float64, x float64) int {
	n, found := slices.BinarySearch(sorted, x)
	for found && n < len(sorted) && sorted[n] == x {
		n++
	}
	return n
}

// banded reports whether a curve has an interval anywhere.
func (c *pooledCurve) banded() bool {
	return slices.ContainsFunc(c.half, func(h float64) bool { return h > 0 })
}
