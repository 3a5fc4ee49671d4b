package figure

import (
	"slices"
	"strings"
	"time"

	"mpsim/sim/plugin"
)

// A Kind is a kind of figure with the keys that a scenario gives it. The zero value of each key means that it was
// left out.
type Kind interface {
	// Check notes what the keys cannot mean for a scenario.
	Check(s *Subject)
	// panels makes the panels, from top to bottom.
	panels(s *source) ([]*panel, error)
}

// Registry has the kinds of figures, each in a file of its own. In place of a source it has a sentence that says
// what is drawn.
var Registry = plugin.NewRegistry[Kind]("figure")

// A Subject is a scenario of which there is to be a figure, as far as keys speak of it.
type Subject struct {
	Duration time.Duration
	Flows    []Subjected
	Links    []string

	// Fail notes what is wrong with the value of a key; "" is the figure as a whole.
	Fail func(key, format string, args ...any)
	// Warn notes what has no effect that the writer may want.
	Warn func(key, format string, args ...any)
	// Late notes a time that is not within the run. Where an option has made the run shorter the figure does
	// without.
	Late func(key, format string, args ...any)
	// Given reports whether a key was written, even if its value is 0.
	Given func(key string) bool
	// OneOf notes what is wrong with got, the value of a key, unless it is one of the allowed ones. The
	// message begins as problem says, and goes on with the nearest name.
	OneOf func(key, got string, allowed []string, problem string)
}

// A Subjected flow is what a Subject knows of a flow.
type Subjected struct {
	Name     string
	Labels   []string // axis=value, of a flow that [vary] makes
	Drawn    []string // axis.quantity=value, of what was drawn for it
	Subflows []string // their names, as far as they are known before the run
	Files    bool     // it has transfers that end
	MPTCP    bool     // it has subflows, between which data loses its order
}

// OverTime reports whether a figure shows something over the time of the run, so that series are recorded.
func OverTime(k Kind) bool {
	x, ok := k.(interface{ isOverTime() bool })
	return ok && x.isOverTime()
}

// WantsFluid reports whether a figure shows what the fluid model predicts.
func WantsFluid(k Kind) bool {
	x, ok := k.(interface{ fluid() bool })
	return ok && x.fluid()
}

// SegmentsOf returns the part of the run for which a figure shows each segment of flows, which are all if
// it names none; until is 0 for the end of the run. Of other figures it reports false.
func SegmentsOf(k Kind) (flows []string, from, until time.Duration, ok bool) {
	if x, ok := k.(*timeline); ok {
		return x.Flows, x.From, x.Until, true
	}
	return nil, 0, 0, false
}

// LinksOf returns the links that a figure names.
func LinksOf(k Kind) []string {
	if x, ok := k.(interface{ links() []string }); ok {
		return x.links()
	}
	return nil
}

// ofFlows is the key of figures that show some of the flows.
type ofFlows struct {
	Flows []string `toml:"flows" doc:"flows to draw; left out: all"`
}

func (k *ofFlows) flows() []string { return k.Flows }

func (k *ofFlows) check(s *Subject) {
	for i, n := range k.Flows {
		s.OneOf(element("flows", i), n, s.names(), "there is no flow "+quoted(n))
	}
}

// names returns those of all flows.
func (s *Subject) names() (list []string) {
	for i := range s.Flows {
		list = append(list, s.Flows[i].Name)
	}
	return list
}

// drawn returns the flows that the figure shows.
func (k *ofFlows) drawn(s *Subject) (list []Subjected) {
	for _, f := range s.Flows {
		if len(k.Flows) == 0 || slices.Contains(k.Flows, f.Name) {
			list = append(list, f)
		}
	}
	return list
}

// axes returns the axes of [vary] that the flows to draw stand for.
func (k *ofFlows) axes(s *Subject) (list []string) {
	for _, f := range k.drawn(s) {
		for _, l := range f.Labels {
			axis, _, _ := strings.Cut(l, "=")
			list, _ = insert(list, axis)
		}
	}
	return list
}

// checkAxis checks that a key names an axis of the flows to draw.
func (k *ofFlows) checkAxis(s *Subject, key, name string) {
	problem := "no flow to draw has the axis " + quoted(name) + " in for"
	if name == "" {
		problem = "missing; want an axis of [vary] that flows have in for"
	}
	s.OneOf(key, name, k.axes(s), problem)
}

// perFlow are the keys of figures with something of each flow: a panel or a curve.
type perFlow struct {
	ofFlows `toml:",inline"`
	Titles  []string `toml:"titles" doc:"what flows are called in the figure, in the order of the key flows"`
	Order   []string `toml:"order" doc:"flows and subflows that come first, in this order; of subflows those of all flows"`
}

func (k *perFlow) check(s *Subject) {
	k.ofFlows.check(s)
	if n := len(k.Titles); n > 0 && n != len(k.Flows) {
		s.Fail("titles", "got %d for %d names in the key flows; want one for each of them", n, len(k.Flows))
	}
	var all []string
	for _, f := range k.drawn(s) {
		all, _ = insert(all, f.Name)
		for _, n := range f.Subflows {
			all, _ = insert(all, n)
		}
	}
	for i, n := range k.Order {
		base, _, _ := strings.Cut(n, "#")
		if !slices.Contains(all, base) {
			s.OneOf(element("order", i), n, all, "no flow to draw, and none of its subflows, is called "+quoted(n))
		}
	}
}

// shows returns what a flow is called in the figure.
func (k *perFlow) shows(flow string) string {
	if i := slices.Index(k.Flows, flow); i >= 0 && i < len(k.Titles) {
		return k.Titles[i]
	}
	return flow
}

// ofLinks are the keys of figures that show some of the links.
type ofLinks struct {
	Links  []string `toml:"links" doc:"links to draw; left out: all"`
	Titles []string `toml:"titles" doc:"what links are called in the figure, in the order of the key links"`
	Order  []string `toml:"order" doc:"links that come first, in this order"`
}

func (k *ofLinks) links() []string { return k.Links }

func (k *ofLinks) check(s *Subject) {
	for key, list := range map[string][]string{"links": k.Links, "order": k.Order} { // problems are sorted by line
		for i, n := range list {
			s.OneOf(element(key, i), n, s.Links, "there is no link "+quoted(n))
		}
	}
	if n := len(k.Titles); n > 0 && n != len(k.Links) {
		s.Fail("titles", "got %d for %d names in the key links; want one for each of them", n, len(k.Links))
	}
}

// shows returns what a link is called in the figure.
func (k *ofLinks) shows(link string) string {
	if i := slices.Index(k.Links, link); i >= 0 && i < len(k.Titles) {
		return k.Titles[i]
	}
	return link
}

// span are the keys of figures of a part of the run.
type span struct {
	From  time.Duration `toml:"from" doc:"nothing before this time is drawn" time:"run"`
	Until time.Duration `toml:"until" doc:"nothing after this time is drawn; left out: the end of the run" time:"run"`
}

func (k *span) check(s *Subject) {
	if s.Duration == 0 { // that is a problem of its own
		return
	}
	from, until := k.From, k.Until
	if from >= s.Duration {
		s.Late("from", "%v is not within the run of %v", from, s.Duration)
		from = 0
	}
	if until > s.Duration {
		s.Late("until", "%v is not within the run of %v", until, s.Duration)
		until = 0
	}
	if (until != 0 || k.Until == 0 && s.Given("until")) && until <= from {
		s.Fail("until", "%v is not after from, %v", until, from)
	}
}

// interval returns both ends for a run of a duration, in seconds.
func (k *span) interval(duration float64) (from, until float64) {
	from, until = k.From.Seconds(), duration
	if k.Until > 0 {
		until = min(until, k.Until.Seconds())
	}
	return from, max(from, until)
}

// overTime are the keys of figures whose horizontal axis is the time of the run.
type overTime struct {
	span `toml:",inline"`
}

func (*overTime) isOverTime() bool { return true }

// scaled is the key of figures with an axis that may be logarithmic.
type scaled struct {
	Log string `toml:"log" doc:"axes that are logarithmic: x, y, xy or none; left out: as the values want it"`
}

// checkLog checks that the figure has axes of the names that may be logarithmic.
func (k *scaled) checkLog(s *Subject, allowed ...string) {
	if allowed = append(allowed, "none"); k.Log != "" {
		s.OneOf("log", k.Log, allowed, "no axis of this figure is logarithmic with "+quoted(k.Log))
	}
}

// isLog reports whether an axis is logarithmic: as the key says, or as the values want it.
func (k *scaled) isLog(axis string, wanted bool) bool {
	if k.Log == "" {
		return wanted
	}
	return strings.Contains(k.Log, axis) && k.Log != "none"
}

// modelled is the key of figures that can show what the fluid model predicts.
type modelled struct {
	Fluid bool `toml:"fluid" doc:"draw what the fluid model predicts, too"`
}

func (k *modelled) fluid() bool { return k.Fluid }
