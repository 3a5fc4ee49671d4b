package language

import (
	"maps"
	"path/filepath"
	"strings"

	"mpsim/sim/words"
)

// Parse reads a scenario from its text. file is its name for messages, and open
// reads the files it refers to. The error is Problems.
func Parse(file string, text []byte, open Opener, set ...string) (*Scenario, error) {
	d := parseDocument(file, text)
	d.files = &files{open, make(map[string][]byte)}
	if d.root == nil {
		return nil, d.problems
	}
	d.prepare(set)
	if d.large {
		return nil, d.problems.Sorted()
	}
	d.checkText("", d.root)
	s := &Scenario{document: d, Overrides: set}
	d.decode("", d.root, s)
	s.check(d)
	if len(d.problems) > 0 {
		return nil, d.problems.Sorted()
	}
	s.Warnings = s.Warnings.Sorted()
	return s, nil
}

// prepare turns the tree as written into one in which every choice is explicit:
// options first, then tables are varied, the topology becomes links, and then come
// the defaults.
func (d *document) prepare(set []string) {
	var early, late []assignment
	for _, s := range set {
		a, err := parseSet(s)
		switch {
		case err != nil:
			d.report(Problem{File: "--set " + clip(s), Message: strings.TrimPrefix(err.Error(), "--set "+clip(s)+": ")})
		case a.path[0] == "topology" || a.path[0] == "vary":
			early = append(early, a)
		default:
			late = append(late, a)
		}
	}
	for _, a := range early {
		d.assign(a)
	}
	d.vary()
	d.expand()
	for _, a := range late {
		d.assign(a)
	}
	d.checkDefaults()
	d.inherit("link")
	d.inherit("flow")
	d.fill()
	delete(d.root, "defaults")
}

// checkDefaults reports what [defaults] has besides tables for links and flows.
func (d *document) checkDefaults() {
	v, ok := d.root["defaults"]
	if !ok {
		return
	}
	t, ok := v.(map[string]any)
	if !ok {
		d.fail("defaults", "got %s; want a table with link and flow", describe(v))
		return
	}
	for _, k := range keys(t) {
		if k != "link" && k != "flow" {
			d.fail("defaults."+k, "unknown key %q; %s", clip(k), words.Suggest(k, []string{"link", "flow"}))
		} else if _, ok := t[k].(map[string]any); !ok {
			d.fail("defaults."+k, "got %s; want a table", describe(t[k]))
		}
	}
}

// fill sets what nobody has chosen.
func (d *document) fill() {
	unless := func(t map[string]any, key string, v any) {
		if _, ok := t[key]; !ok {
			t[key] = v
		}
	}
	unless(d.root, "name", baseName(d.file))
	unless(d.root, "warmup", "0s")
	unless(d.root, "seed", int64(1))
	for _, t := range d.tables("link") {
		unless(t, "delay", "0s")
		unless(t, "queue", "100pkt")
		unless(t, "loss", "none")
	}
	for _, t := range d.tables("flow") {
		unless(t, "protocol", "mptcp")
		unless(t, "workload", "bulk")
		if t["protocol"] != "udp" {
			unless(t, "host", Hosts[0].Name)
		}
		switch t["protocol"] {
		case "udp":
		case "tcp":
			unless(t, "cc", "cubic")
		default:
			unless(t, "cc", "lia")
			unless(t, "scheduler", "minrtt")
			unless(t, "path_manager", "fullmesh")
		}
		fillECN(t)
	}
	if _, ok := d.root["figure"]; !ok {
		var figures []any
		for _, kind := range defaultFigures {
			figures = append(figures, map[string]any{"kind": kind})
		}
		d.root["figure"] = figures
	}
}

// fillECN gives a flow under DCTCP the marks that it lives on, unless its ecn is chosen.
func fillECN(flow map[string]any) {
	cc := flow["cc"]
	if t, ok := cc.(map[string]any); ok {
		cc = t["kind"]
	}
	params, ok := flow["tcp"].(map[string]any)
	if _, chosen := params["ecn"]; chosen || cc != "dctcp" || !ok && flow["tcp"] != nil {
		return
	}
	if params = maps.Clone(params); params == nil { // a clone, because flows share defaults
		params = make(map[string]any)
	}
	params["ecn"] = "dctcp"
	flow["tcp"] = params
}

// tables returns the tables of the array key.
func (d *document) tables(key string) []map[string]any {
	list, _ := d.root[key].([]any)
	var ts []map[string]any
	for _, e := range list {
		if t, ok := e.(map[string]any); ok {
			ts = append(ts, t)
		}
	}
	return ts
}

// baseName returns the name of a file without directory and extension.
func baseName(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}
