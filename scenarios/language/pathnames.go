package language

import (
	"slices"
	"strings"

	"mpsim/mptcp/pathmgr"
	"mpsim/sim/words"
)

// checkNames names the paths of flow i, and checks the paths and links that its path
// managers name.
func (s *Scenario) checkNames(d *document, i int) {
	f := &s.Flows[i]
	if f.PathChoice.IsZero() {
		for _, p := range f.Routes {
			f.pathNames[0] = append(f.pathNames[0], strings.Join(s.Graph.Names(p), "+"))
			f.pathNames[1] = append(f.pathNames[1], strings.Join(s.Graph.Names(reverse(p)), "+"))
		}
		pathmgr.Number(f.pathNames[0])
		pathmgr.Number(f.pathNames[1])
	}
	f.checkManagers(d, i)
}

// checkManagers checks the path managers of flow i.
func (f *Flow) checkManagers(d *document, i int) {
	f.checkManager(d, at("flow", i, "path_manager"), f.PathManager)
	t, _ := d.root["flow"].([]any)[i].(map[string]any)
	if server, ok := t["server"].(map[string]any); ok && server["path_manager"] != nil {
		f.checkManager(d, at("flow", i, "server.path_manager"), f.Server.PathManager)
	}
}

// checkManager checks the paths and links that p, the value at path, names.
func (f *Flow) checkManager(d *document, path string, p Part[PathManager]) {
	if p.IsZero() {
		return
	}
	m, ok := p.Look().(pathmgr.Namer)
	if !ok {
		return
	}
	for _, n := range m.Names() {
		what, all := "path", f.PathNames(n.End == pathmgr.Server)
		if n.Link {
			what, all = "link of an address", f.addressLinks(n.End)
		}
		if !slices.Contains(all, n.Name) {
			d.fail(join(path, n.Key), "there is no %s %q; %s", what, clip(n.Name), words.Suggest(n.Name, all))
		}
	}
}

// PathNames returns the names of the paths of f as its client sees them, or the
// server: the links from there. Paths that are drawn, or of many pairs of hosts, have none.
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
