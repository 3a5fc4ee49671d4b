package draw

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"mpsim/scenarios"
	"mpsim/scenarios/language"
)

// network draws a topology, links, or both, and notes what flows can name.
func (g *drawer) network() {
	switch g.IntN(5) {
	case 0, 1:
		g.preset()
	case 2:
		g.shared()
	case 3:
		g.graph()
	default:
		g.parallel()
	}
}

// preset draws a topology with small parameters.
func (g *drawer) preset() {
	r := registry("topology")
	kind := pick(g, r.Names()...)
	for tries := 1; len(g.links) == 0; tries++ {
		if tries%15 == 0 {
			kind = pick(g, r.Names()...)
		}
		t := g.kind(r, kind, "topology", pick(g, 0.8, 0.5, 0.3)) // fewer parameters are easier to get right
		if links, nodes := extent(t, g.Files); len(links) > 0 && len(links) <= 100 {
			g.tree["topology"], g.links, g.nodes = t, links, nodes
		}
	}
	if g.chance(0.1) { // a link of its own beside
		a, b := pick(g, g.nodes...), pick(g, g.nodes...)
		if a != b {
			g.link("beside", a, b)
		}
	}
}

// extent returns the links of a topology, and the nodes with the fewest links, or nothing if it is none.
func extent(topology tree, files map[string][]byte) (links, nodes []string) {
	probe := Scenario{Files: files, tree: tree{
		"duration": "1s", "topology": clone(topology),
		"link": []any{tree{"name": "probe", "between": []any{"probe-a", "probe-b"}, "rate": "1Mbps"}},
		"flow": []any{tree{"name": "probe", "from": "probe-a", "to": "probe-b"}},
	}}
	s, err := probe.Parse()
	if err != nil {
		return nil, nil
	}
	degree := make(map[string]int)
	var order []string
	for _, l := range s.Links[1:] {
		links = append(links, l.Name)
		for _, n := range l.Between {
			if degree[n]++; degree[n] == 1 {
				order = append(order, n)
			}
		}
	}
	for most := 1; len(nodes) < 2; most++ {
		nodes = nil
		for _, n := range order {
			if degree[n] <= most {
				nodes = append(nodes, n)
			}
		}
	}
	return links, nodes
}

// parallel draws links side by side.
func (g *drawer) parallel() {
	g.nodes = []string{"a", "b"}
	for i := range 1 + g.small(5) {
		name := fmt.Sprintf("p%d", i)
		g.link(name, "a", "b")
		g.paths = append(g.paths, []string{name})
	}
}

// shared draws links that meet before a bottleneck.
func (g *drawer) shared() {
	g.nodes = []string{"a", "b"}
	for i := range 1 + g.small(4) {
		name := fmt.Sprintf("p%d", i)
		g.link(name, "a", "router")
		g.paths = append(g.paths, []string{name, "bottleneck"})
	}
	g.link("bottleneck", "router", "b")
}

// graph draws links between hosts and routers.
func (g *drawer) graph() {
	g.nodes = []string{"h0", "h1", "h2"}
	routers := []string{"r0", "r1", "r2"}[:1+g.IntN(3)]
	for i, h := range g.nodes {
		for k := range 1 + g.IntN(2) {
			g.link(fmt.Sprintf("%s.%d", h, k), h, routers[(i+k)%len(routers)])
		}
	}
	for i := 1; i < len(routers); i++ {
		g.link(fmt.Sprintf("core%d", i), routers[i-1], routers[i])
	}
}

// link draws a link.
func (g *drawer) link(name, a, b string) {
	list, _ := g.tree["link"].([]any)
	t := reflect.TypeFor[language.Link]()
	l := g.table(t, "link", fmt.Sprintf("link[%d]", len(list)), 0.5)
	l["name"], l["between"] = name, []any{a, b}
	g.tree["link"] = append(list, l)
	g.links = append(g.links, name)
}

// arrays draws every array of tables that has no place in the network, as often as occurring says, and
// single keys of the whole.
func (g *drawer) arrays() {
	g.flows = nil
	tagged(reflect.TypeFor[scenarios.Scenario](), func(key string, f reflect.StructField) {
		if f.Type.Kind() != reflect.Slice || f.Type.Elem().Kind() != reflect.Struct {
			if key != "name" && key != "duration" && key != "seed" {
				g.key(g.tree, key, key, key, f.Type, reflect.Value{}, 0.05)
			}
			return
		}
		if key == "link" {
			return
		}
		n := g.small(4)
		switch {
		case key == "flow":
			n = 1 + g.small(4)
		case key == "api" && len(g.multi()) == 0:
			n = 0
		case key == "figure" && g.chance(0.8):
			n = max(n, 1)
		}
		var list []any
		for i := range n {
			if key == "flow" {
				g.flows = append(g.flows, fmt.Sprintf("f%d", i))
			}
			list = append(list, g.table(f.Type.Elem(), key, fmt.Sprintf("%s[%d]", key, i), 0.3))
			g.tree[key] = list
		}
	}, nil)
	if g.Mild {
		g.soften()
	}
}

// vary makes a flow stand for several: one for each value of an axis.
func (g *drawer) vary() {
	flows, _ := g.tree["flow"].([]any)
	if !g.chance(0.06) || len(flows) == 0 {
		return
	}
	f := flows[0].(tree)
	name, _ := f["name"].(string)
	var values []any
	key := pick(g, "cc", "workload", "start", "count")
	for i := range 2 + g.IntN(2) {
		if again := g.again["flow[0]."+key]; again != nil {
			if v, ok := again(); ok {
				values = append(values, tree{"label": fmt.Sprint(i + 1), "v": v})
			}
		}
	}
	if len(values) == 0 {
		return
	}
	regions := tree{"kind": "regions", "rows": "axis", "y": pick(g, "goodput", "rtt-mean", "transfers")}
	g.tree["vary"] = tree{"axis": values}
	drawn := key == "start"
	if drawn { // in place of a list
		g.tree["vary"] = tree{"axis": tree{"draw": int64(2 + g.IntN(6)), "v": tree{"from": int64(1 + g.IntN(3)), "to": 50.5}, "twice": "2 * v"}}
		regions["columns"], regions["titles"] = []any{"axis.twice", "axis.v"}, []any{"twice", "once"}
	}
	if g.chance(0.5) {
		regions["best"] = pick(g, "greatest", "least")
	}
	figures, _ := g.tree["figure"].([]any)
	sweep := g.kind(registry("figure"), "sweep", fmt.Sprintf("figure[%d]", len(figures)), 0.4)
	sweep["x"], sweep["y"] = "axis", pick(g, "goodput", "rtt-mean", "transfers")
	if sweep["flows"] != nil {
		sweep["flows"] = []any{name + "-1"}
	}
	if sweep["order"] != nil {
		sweep["order"] = []any{""} // the one curve, which has no other axis to be called by
	}
	matrix := tree{"kind": "matrix", "rows": "axis"}
	if g.chance(0.3) {
		matrix["flows"] = []any{name + "-1"}
	}
	if g.chance(0.3) {
		regions["flows"] = []any{name + "-1"}
	}
	g.tree["figure"] = append(figures, sweep, matrix, regions)
	f["for"] = []any{"axis"}
	f["name"] = name + "-${axis}"
	f[key] = "${axis.v}"
	if drawn {
		f[key] = "${axis.v}ms"
	}
	g.flows[0] = name + "-1"
	g.rename(name, g.flows[0])
}

// rename replaces the name of a flow where others mention it.
func (g *drawer) rename(from, to string) {
	for _, key := range []string{"event", "api", "figure", "expect", "target"} {
		list, _ := g.tree[key].([]any)
		for i := range list {
			list[i] = replaced(list[i], from, to)
		}
	}
}

// replaced returns v with a text in place of another one, also in formulas.
func replaced(v any, from, to string) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(strings.ReplaceAll(v, "("+from+")", "("+to+")"), "("+from+",", "("+to+",")
	case []any:
		for i := range v {
			if v[i] == from {
				v[i] = to
			}
		}
	case tree:
		for k := range v { // order does not matter
			if s, ok := v[k].(string); ok && s == from && k == "flow" {
				v[k] = to
			} else {
				v[k] = replaced(v[k], from, to)
			}
		}
	}
	return v
}

// defaults moves some keys of the first link and flow to [defaults].
func (g *drawer) defaults() {
	if !g.chance(0.1) {
		return
	}
	out := tree{}
	for _, kind := range []string{"link", "flow"} {
		list, _ := g.tree[kind].([]any)
		if len(list) == 0 {
			continue
		}
		t, moved := list[0].(tree), tree{}
		for _, k := range []string{"delay", "queue", "loss", "rate", "cc", "scheduler", "workload", "tcp", "mptcp"} {
			if v, ok := t[k]; ok && t["for"] == nil && g.chance(0.5) {
				moved[k] = v
				delete(t, k)
			}
		}
		if len(moved) > 0 {
			out[kind] = moved
		}
	}
	if len(out) > 0 {
		g.tree["defaults"] = out
	}
}

// sets moves some values to --set options.
func (g *drawer) sets() {
	flows, _ := g.tree["flow"].([]any)
	if !g.chance(0.1) || len(flows) == 0 {
		return
	}
	f := flows[len(flows)-1].(tree)
	for _, k := range []string{"cc", "start", "protocol", "workload"} {
		if v, ok := f[k]; ok && f["for"] == nil && g.chance(0.5) {
			delete(f, k)
			g.Set = append(g.Set, fmt.Sprintf("flow.%s.%s=%s", f["name"], k, inline(v)))
		}
	}
	slices.Sort(g.Set)
}
