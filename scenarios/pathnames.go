package scenarios

import (
	"slices"
	"strings"

	"mpsim/mptcp/pathmgr"
)

// checkNames names the paths of flow i, and checks the paths and links that its path
// manager names.
func (s *Scenario) checkNames(d *document, i int) {
	f := &s.Flows[i]
	for _, p := range f.Routes {
		f.pathNames[0] = append(f.pathNames[0], strings.Join(s.Graph.Names(p), "+"))
		f.pathNames[1] = append(f.pathNames[1], strings.Join(s.Graph.Names(reverse(p)), "+"))
	}
	if f.PathManager.IsZero() {
		return
	}
	m, ok := f.PathManager.New().(pathmgr.Namer)
	if !ok {
		return
	}
	for _, n := range m.Names() {
		what, all := "path", f.PathNames(n.End == pathmgr.Server)
		if n.Link {
			what, all = "link of an address", f.addressLinks(n.End)
		}
		if !slices.Contains(all, n.Name) {
			d.fail(join(at("flow", i, "path_manager"), n.Key), "there is no %s %q; %s", what, clip(n.Name), suggest(n.Name, all))
		}
	}
}

// PathNames returns the names of the paths of f as its client sees them, or the
// server: the links from there.
func (f *Flow) PathNames(server bool) []string {
	if server {
		return f.pathNames[1]
	}
	return f.pathNames[0]
}

// addressLinks returns the links at the ends of paths on which addresses of end are.
func (f *Flow) addressLinks(end pathmgr.End) (links []string) {
	for _, server := range []bool{false, true} {
		if end != "" && server != (end == pathmgr.Server) {
			continue
		}
		for _, p := range f.PathNames(server) {
			first, _, _ := strings.Cut(p, "+")
			if !slices.Contains(links, first) {
				links = append(links, first)
			}
		}
	}
	return links
}
