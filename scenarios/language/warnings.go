package language

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/sim/netem/qdisc"
	"mpsim/topology"
)

// warn notes that something has no effect that its writer may want. The run goes on.
func (s *Scenario) warn(d *document, path, format string, args ...any) {
	s.Warnings = append(s.Warnings, d.problem(path, fmt.Sprintf(format, args...)))
}

// behind reports whether an option has made the run shorter than the file does, and the value at path is the
// file's: it was right for the duration that the file has.
func (d *document) behind(path string) bool {
	_, shorter := d.set["duration"]
	return shorter && d.problem(path, "").File == d.file
}

// checkTimely checks that element i of an array comes before the end of the run. It is left out if an option has
// left it behind.
func (s *Scenario) checkTimely(d *document, array string, i int, when time.Duration) {
	if when <= s.Duration || s.Duration == 0 {
		return
	}
	path := at(array, i, "at")
	if !d.behind(path) {
		d.fail(path, "%v is after the end of the run at %v", when, s.Duration)
		return
	}
	s.warn(d, path, "%v is after the end of the run at %v: it is ignored", when, s.Duration)
	s.late = append(s.late, at(array, i, ""))
}

// forget takes what is ignored out of the scenario as run, which anybody may run without the option.
func (s *Scenario) forget(d *document) {
	s.Events = forget(d, "event", s.Events, s.late)
	s.Calls = forget(d, "api", s.Calls, s.late)
	s.Expect = forget(d, "expect", s.Expect, s.late)
	s.Targets = forget(d, "target", s.Targets, s.late)
}

// forget returns the elements of an array but for those at the paths late, which the tree loses, too.
func forget[T any](d *document, array string, list []T, late []string) (kept []T) {
	tree, _ := d.root[array].([]any)
	var left []any
	for i := range list {
		if !slices.Contains(late, at(array, i, "")) {
			kept, left = append(kept, list[i]), append(left, tree[i])
		}
	}
	if len(kept) < len(list) {
		d.root[array] = left
	}
	return kept
}

// checkExplained warns of decisions that are to be explained and that nobody takes.
func (s *Scenario) checkExplained(d *document) {
	if s.Explain && !slices.ContainsFunc(s.Flows, func(f Flow) bool { return f.MPTCP() }) {
		s.warn(d, "explain", "no flow is MPTCP: there are no decisions of schedulers to explain")
	}
}

// checkMarks warns of flows whose data crosses no queue that can mark, though they live on marks or ask for them.
func (s *Scenario) checkMarks(d *document) {
	s.checkDeaf(d, "cc", "DCTCP is driven by losses alone", func(f *Flow) bool { return f.CC.Kind == "dctcp" })
	s.checkDeaf(d, "tcp.ecn", "ECN does nothing", func(f *Flow) bool { return f.CC.Kind != "dctcp" })
}

// checkDeaf warns of those of some flows that hear of no mark, at a key of the first of them.
func (s *Scenario) checkDeaf(d *document, key, effect string, among func(*Flow) bool) {
	var deaf []string
	first := ""
	for i := range s.Flows {
		f := &s.Flows[i]
		if f.UDP() || f.TCP.ECN == tcp.ECNOff || !among(f) || s.marked(f) {
			continue
		}
		if deaf = append(deaf, f.Name); first == "" {
			first = at("flow", i, key)
		}
	}
	if len(deaf) > 0 {
		s.warn(d, first, "no queue that the data of flow %s crosses can mark, so that %s; "+
			`want a queue such as "ecn-threshold", or one with ecn = true`, some(deaf), effect)
	}
}

// some lists names, but not very many.
func some(list []string) string {
	text := strings.Join(list[:min(3, len(list))], ", ")
	if more := len(list) - 3; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// marked reports whether a queue that data of f crosses can mark.
func (s *Scenario) marked(f *Flow) bool {
	_, back := f.packets()
	both := back > f.headers()
	for k := range f.Pairs {
		for _, routes := range f.Pairs[k].Routes {
			for _, route := range routes {
				for _, hop := range route {
					hop.Down = hop.Down == f.FromOpens() // routes begin at the client
					if s.marks(hop) || both && s.marks(topology.Hop{Link: hop.Link, Down: !hop.Down}) {
						return true
					}
				}
			}
		}
	}
	return false
}

// marks reports whether the queue of a direction of a link can mark.
func (s *Scenario) marks(hop topology.Hop) bool {
	queue := s.Links[hop.Link].Queue.Up
	if hop.Down {
		queue = s.Links[hop.Link].Queue.Down
	}
	m, ok := queue.Look().(qdisc.Marker)
	return ok && m.Marks()
}
