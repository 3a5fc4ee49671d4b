package record

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Unit says in what a metric is measured.
type Unit uint8

// The units.
const (
	Ratio   Unit = iota // 0 to 1
	Count               // a number of things
	BitRate             // bit/s
	Seconds             // s
	Octets              // bytes
)

// String names the unit in words.
func (u Unit) String() string {
	return [...]string{"parts of 1", "a count", "bit/s", "seconds", "bytes"}[u]
}

// Symbol returns the unit as files have it: "bit/s", "s", "B", or "" for counts and ratios.
func (u Unit) Symbol() string { return [...]string{"", "", "bit/s", "s", "B"}[u] }

// Scope says of what a metric is a property.
type Scope uint8

// The scopes.
const (
	OfFlow    Scope = iota // all connections of a flow together; many are of a subflow, too
	OfSubflow              // of a subflow alone
	OfLink                 // one direction of a link
	OfRun
)

// String names what the metric is of.
func (s Scope) String() string { return [...]string{"flow", "subflow", "link", "run"}[s] }

// A Metric is a number that a run yields. Whoever names, bounds, draws, compares or writes
// metrics reads this entry and nothing else. The functions take the number from a result;
// those that are nil say of what there is none. NaN stands for a number that was not
// measured: then files have none, and expectations are not met.
type Metric struct {
	Name  string
	Label string // on the axis of a figure, without the unit
	Unit  Unit
	Doc   string // what it is. Where nothing else is said, the warm-up is left out
	None  string // when it has no value, as the words of a table; "": it always has one
	// Only has the protocols of flows that it means something for; nil: all. Flows of others have no value.
	Only []string
	// Needs says what else a flow or link must have, or there is never a value.
	Needs Need

	Run     func(*Summary) float64
	Flow    func(*Flow) float64
	Subflow func(*Subflow) float64
	Link    func(*Link) float64
}

// Protocols of flows that acknowledge, and those of several paths.
var (
	Acknowledged = []string{"mptcp", "tcp"}
	Multipath    = []string{"mptcp"}
)

// A Need is something without which a metric never has a value. The zero value is nothing.
type Need uint8

// The needs.
const (
	Nothing     Need = iota
	Transfers        // a workload whose transfers end
	Middleboxes      // a middlebox on the link
)

// NoSamples says that something did not happen once, or that a flow was not open in the time that is measured.
const NoSamples = "no samples"

// Scope returns of what the metric is.
func (m *Metric) Scope() Scope {
	switch {
	case m.Flow != nil:
		return OfFlow
	case m.Subflow != nil:
		return OfSubflow
	case m.Link != nil:
		return OfLink
	}
	return OfRun
}

// Of reports whether flows of a protocol can have the metric.
func (m *Metric) Of(protocol string) bool { return m.Only == nil || slices.Contains(m.Only, protocol) }

// Where says of what the metric can be asked: "flow", "subflow", "flow or subflow", "link" or "run".
func (m *Metric) Where() string {
	if m.Flow != nil && m.Subflow != nil {
		return "flow or subflow"
	}
	return m.Scope().String()
}

// Says returns the sentence of the metric, with its unit and when it has no value.
func (m *Metric) Says() string {
	s := fmt.Sprintf("of a %s, %v: %s", m.Where(), m.Unit, m.Doc)
	if m.None != "" {
		s += "; no value with " + m.None
	}
	return s
}

// metrics is the table, sorted.
var metrics = make([]*Metric, 0, 128) // with room, so that it does not grow while programs start

// RegisterMetric adds metrics to the table; each file of metrics calls it in its init.
// It panics if one is incomplete or there is one of its name already.
func RegisterMetric(list ...Metric) {
	for i := range list {
		m := &list[i]
		complete := m.Name != "" && m.Label != "" && m.Doc != "" && (m.Run != nil || m.Flow != nil || m.Subflow != nil || m.Link != nil)
		if !complete || LookUp(m.Name) != nil {
			panic(fmt.Sprintf("record: the metric %q is incomplete, or there already", m.Name))
		}
		at, _ := slices.BinarySearchFunc(metrics, m, func(a, b *Metric) int {
			return cmp.Or(cmp.Compare(a.Scope(), b.Scope()), cmp.Compare(a.Name, b.Name))
		})
		metrics = slices.Insert(metrics, at, m)
	}
}

// Metrics returns all metrics: those of flows, then of subflows, links and the run, each
// by name.
func Metrics() []*Metric { return metrics }

// MetricNames returns the names of all metrics.
func MetricNames() []string {
	names := make([]string, len(metrics))
	for i, m := range metrics {
		names[i] = m.Name
	}
	return names
}

// LookUp returns the metric of a name, or nil.
func LookUp(name string) *Metric {
	for _, m := range metrics {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// Measured is a metric of one thing in one run.
type Measured struct {
	Of    string  // "run", "flow" or "link"
	Name  string  // of the flow or link, or the scenario
	Part  string  // index of the subflow, or direction of the link; "" for the whole
	What  string  // name of the metric
	Unit  string  // its symbol
	Value float64 // in that unit
}

// each calls yield with every metric of the run, its flows, their subflows, and its links.
// A value that was not measured, or that a flow of its protocol cannot have, is NaN.
func (s *Summary) each(yield func(Measured)) {
	add := func(m *Metric, of, name, part string, v float64) {
		if !isFinite(v) {
			v = math.NaN()
		}
		yield(Measured{of, name, part, m.Name, m.Unit.Symbol(), v})
	}
	for _, m := range metrics {
		if m.Run != nil {
			add(m, "run", s.Scenario, "", m.Run(s))
		}
	}
	for i := range s.Flows {
		f := &s.Flows[i]
		for _, m := range metrics {
			if m.Flow != nil {
				add(m, "flow", f.Name, "", f.value(m, ""))
			}
		}
		for k := range f.Subflows {
			for _, m := range metrics {
				if m.Subflow != nil {
					add(m, "flow", f.Name, strconv.Itoa(k), some(m.Of(f.Protocol), m.Subflow(&f.Subflows[k])))
				}
			}
		}
	}
	for i := range s.Links {
		l := &s.Links[i]
		for _, m := range metrics {
			if m.Link != nil {
				add(m, "link", l.Name, l.Direction, m.Link(l))
			}
		}
	}
}

// value returns a metric of the flow or, with the index of one, of a subflow.
func (f *Flow) value(m *Metric, part string) float64 {
	k, err := strconv.Atoi(part)
	switch {
	case !m.Of(f.Protocol):
	case part == "" && m.Flow != nil:
		return m.Flow(f)
	case err == nil && k >= 0 && k < len(f.Subflows) && m.Subflow != nil:
		return m.Subflow(&f.Subflows[k])
	}
	return math.NaN()
}

// Metrics returns all numbers of the summary that were measured, in a fixed order.
func (s *Summary) Metrics() (list []Measured) {
	s.each(func(m Measured) {
		if isFinite(m.Value) {
			list = append(list, m)
		}
	})
	return list
}

// Find returns one metric of the summary, and whether it was measured. It looks at nothing but the thing
// that is named: there may be thousands of flows with an expectation each.
func (s *Summary) Find(of, name, part, what string) (found Measured, ok bool) {
	m := LookUp(what)
	if m == nil {
		return Measured{}, false
	}
	value := math.NaN()
	switch of {
	case "run":
		name = s.Scenario
		if m.Run != nil && part == "" {
			value = m.Run(s)
		}
	case "flow":
		if i := slices.IndexFunc(s.Flows, func(f Flow) bool { return f.Name == name }); i >= 0 {
			value = s.Flows[i].value(m, part)
		}
	case "link":
		if i := slices.IndexFunc(s.Links, func(l Link) bool { return l.Name == name && l.Direction == part }); i >= 0 && m.Link != nil {
			value = m.Link(&s.Links[i])
		}
	}
	if !isFinite(value) {
		return Measured{}, false
	}
	return Measured{of, name, part, what, m.Unit.Symbol(), value}, true
}

// Metric returns the value of what Find finds.
func (s *Summary) Metric(of, name, part, what string) (value float64, ok bool) {
	m, ok := s.Find(of, name, part, what)
	return m.Value, ok
}

// some returns v, or no value if there is none to take it from.
func some(ok bool, v float64) float64 {
	if !ok {
		return math.NaN()
	}
	return v
}

// known returns the number that p points to, or no value.
func known(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}

// OrZero returns the number that p points to, or 0 if there is none: what it adds to a sum.
func OrZero[T float64 | uint64](p *T) T {
	if p == nil {
		return 0
	}
	return *p
}

// sumOf makes a metric of flows of one of their subflows.
func sumOf(of func(*Subflow) float64) func(*Flow) float64 {
	return func(f *Flow) (sum float64) {
		for i := range f.Subflows {
			sum += of(&f.Subflows[i])
		}
		return sum
	}
}

// A distribution is the metrics of samples of a time: their mean, percentiles and greatest.
// Each metric of template gets its function from those that are set here.
type distribution struct {
	name, label, doc string
	only             []string
	needs            Need
	flow             func(*Flow) Distribution
	subflow          func(*Subflow) Distribution
	link             func(*Link) Distribution
}

// register adds the metrics of the distribution.
func (d distribution) register() {
	for _, k := range []struct {
		name, label, doc string
		of               func(Distribution) float64
	}{
		{"mean", "mean", "mean", func(d Distribution) float64 { return d.Mean }},
		{"p50", "median", "median", func(d Distribution) float64 { return d.P50 }},
		{"p95", "95th percentile", "95th percentile", func(d Distribution) float64 { return d.P95 }},
		{"p99", "99th percentile", "99th percentile", func(d Distribution) float64 { return d.P99 }},
		{"max", "greatest", "greatest", func(d Distribution) float64 { return d.Max }},
	} {
		of := func(d Distribution) float64 { return some(d.Count > 0, k.of(d)) }
		m := Metric{
			Name: d.name + "-" + k.name, Label: d.label + ", " + k.label, Unit: Seconds,
			Doc: k.doc + " of " + d.doc, None: NoSamples, Only: d.only, Needs: d.needs,
		}
		if d.flow != nil {
			m.Flow = func(f *Flow) float64 { return of(d.flow(f)) }
		}
		if d.subflow != nil {
			m.Subflow = func(s *Subflow) float64 { return of(d.subflow(s)) }
		}
		if d.link != nil {
			m.Link = func(l *Link) float64 { return of(d.link(l)) }
		}
		RegisterMetric(m)
	}
}
