package language

import (
	"fmt"
	"strings"

	"mpsim/experiment/record"
	"mpsim/mptcp/pathmgr"
)

// A lack says why a metric never has a value, whatever happens in the run, and which key asks for too much.
type lack struct{ key, why string }

// Error implements error.
func (l *lack) Error() string { return l.why }

// lacks returns why a metric of a flow, or of one of its subflows, never has a value; nil if it may have one.
func (s *Scenario) lacks(m *record.Metric, f *Flow, subflow *int) *lack {
	switch most := s.subflows(f); {
	case !m.Of(f.Protocol):
		return &lack{"metric", fmt.Sprintf("%q is a %s flow, which has no %s", f.Name, f.Protocol, m.Name)}
	case m.Needs == record.Transfers && !f.hasFiles():
		return &lack{"metric", fmt.Sprintf("%q carries %s, which has no transfers that end", f.Name, f.Workload.Kind)}
	case subflow == nil || *subflow < most:
	case most == 1:
		return &lack{"subflow", fmt.Sprintf("%q is a flow of one subflow; want 0", f.Name)}
	default:
		return &lack{"subflow", fmt.Sprintf("%q is a flow of at most %d subflows; want 0 to %d", f.Name, most, most-1)}
	}
	return nil
}

// lacksLink returns why a metric of link i never has a value; nil if it may have one.
func (s *Scenario) lacksLink(m *record.Metric, i int) *lack {
	if m.Needs == record.Middleboxes && len(s.Links[i].Middleboxes) == 0 {
		return &lack{"metric", fmt.Sprintf("%q is a link without a middlebox", s.Links[i].Name)}
	}
	return nil
}

// subflows returns how many subflows a connection of f can have beside each other, as far as that is known before the
// run. Over several paths it is not: one that fails may be replaced while the other end still keeps it.
func (s *Scenario) subflows(f *Flow) int {
	if !f.MPTCP() || f.Server.Plain {
		return 1
	}
	for i := range s.Calls {
		if c := &s.Calls[i]; c.Flow == f.Name && c.Do == CallOpen {
			return maxPaths
		}
	}
	paths := 0
	for i := range f.Pairs {
		for _, routes := range f.Pairs[i].Routes {
			paths = max(paths, len(routes))
		}
	}
	most := 0
	for _, part := range []Part[PathManager]{f.PathManager, f.Server.PathManager} {
		m, limited := part.Look().(pathmgr.Limited)
		switch {
		case limited:
			most = max(most, m.Most())
		case paths != 1 || part.IsZero():
			return maxPaths
		default:
			most = max(most, 1)
		}
	}
	return most
}

// without is told that element i of an array, an expectation or a target, asks for what there never is. It is refused,
// unless an option has made it so: then the run goes without it.
func (s *Scenario) without(d *document, array string, i int, key, why string) {
	path := at(array, i, key)
	if !d.remade(path) {
		d.fail(path, "%s", why)
		return
	}
	s.warn(d, path, "%s: it is ignored", why)
	s.late = append(s.late, at(array, i, ""))
}

// remade reports whether options have changed links or flows, and the value at path is the file's: it was right for
// those that the file has.
func (d *document) remade(path string) bool {
	if d.problem(path, "").File != d.file {
		return false
	}
	for p := range d.set {
		switch p[:strings.IndexAny(p+".", ".[")] {
		case "flow", "link", "api", "defaults", "topology", "vary":
			return true
		}
	}
	return false
}
