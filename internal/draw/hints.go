package draw

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"

	"mpsim/cc"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/scenarios/language"
	"mpsim/sim/app"
)

// frequent says how often keys are there that have to be, or that would dominate: all others are
// there as often as their table says.
var frequent = map[string]float64{
	"link.name": 1, "link.between": 1, "link.rate": 1, "link.delay": 0.8, "link.queue": 0.6, "link.loss": 0.4, "link.middlebox": 0.25,
	"flow.name": 1, "flow.from": 1, "flow.to": 1, "flow.protocol": 0.5, "flow.cc": 0.7, "flow.scheduler": 0.5, "flow.path_manager": 0.5,
	"flow.workload": 0.8, "flow.tcp": 0.35, "flow.mptcp": 0.35, "flow.server": 0.15, "flow.traffic": 0.15, "flow.path_choice": 0.08,
	"flow.labels": 0.01, "flow.drawn": 0.01, "flow.gap": 0.05, "flow.paths": 0.2,
	"event.at": 1, "event.link": 0.8, "event.up": 0.4, "event.flow": 0.02, "event.subflow": 0.02, "event.backup": 0.02,
	"api.flow": 1, "api.call": 1, "api.at": 0.6, "api.enable": 0.1, "api.addr": 0.1, "api.path": 0.1, "api.backup": 0.1, "api.subflow": 0.1,
	"figure/cwnd.fluid": 0.1, "figure/throughput.fluid": 0.1, "figure/sweep.fluid": 0.1,
	"expect.metric": 1, "expect.subflow": 0.1, "fluid": 0.03, "explain": 0.2, "forwarding": 0.05, "warmup": 0.2,
	"target.id": 1, "target.of": 1, "target.value": 1, "target.because": 1, "target.evidence": 1, "target.want": 0.5,
	"workload/file.size": 1, "rate process/constant.rate": 1, "rate process/steps.steps": 1, "rate process/trace.trace": 1,
	"loss process/bernoulli.p": 1, "loss process/gilbert-elliott.p": 0.9, "loss process/list.packets": 0.8,
	"delay process/constant.delay": 1, "delay process/jitter.delay": 1, "traffic pattern/file.file": 1, "traffic pattern/one-to-many.receivers": 1, "traffic pattern/hotspot.targets": 1, "flow.traffic.hosts": 1,
}

// common are kinds that half of the parts are of, because others do not let much happen.
var common = map[string][]string{
	"rate process": {"constant"}, "delay process": {"constant"}, "queue": {"droptail"}, "workload": {"file", "bulk"},
	"figure": {"goodput-cdf"}, // without series over time a run takes half as long
}

// apart takes out of a table what does not go together, so that fewer draws have to be repaired.
var apart map[string]func(g *drawer, t tree)

func theApart() map[string]func(g *drawer, t tree) {
	return map[string]func(g *drawer, t tree){
		"flow": func(g *drawer, t tree) {
			if t["protocol"] == "udp" {
				without(t, "client", "cc", "scheduler", "path_manager", "tcp", "mptcp", "server", "host")
				delete(t, "workload")
				t["workload"] = g.source()
			}
			for range 10 {
				if t["from"] != t["to"] {
					break
				}
				t["to"] = pick(g, g.nodes...)
			}
			if t["traffic"] != nil {
				without(t, "from", "to", "paths", "client")
			}
			if t["paths"] != nil {
				delete(t, "path_choice")
			}
		},
		"event": func(g *drawer, t tree) {
			switch {
			case t["link"] != nil:
				without(t, "flow", "subflow", "backup")
				if t["rate"] == nil && t["delay"] == nil && t["loss"] == nil && t["limit"] == nil {
					t["up"] = g.chance(0.3)
				}
			case len(g.multi()) > 0:
				without(t, "rate", "delay", "loss", "limit", "up")
				t["flow"], t["backup"] = pick(g, g.multi()...), g.chance(0.5)
			}
		},
		"figure": func(g *drawer, t tree) {
			if t["kind"] == "sweep" || t["kind"] == "matrix" || t["kind"] == "regions" { // without [vary] there is no axis: see vary
				without(t, "x", "y", "rows", "columns", "titles", "best", "reference", "log", "order", "fluid")
				t["kind"] = pick(g, "fct-cdf", "ooo-cdf", "goodput-rank")
			}
			g.titles(t)
		},
		"path manager/api.script": func(g *drawer, t tree) {
			delete(t, "bytes")
			if g.chance(0.3) {
				t["on"], t["bytes"] = "bytes", fmt.Sprintf("%dB", int64(g.amount(1, 1e5)))
			}
			switch without(t, "backup", "addr", "subflow", "path"); g.IntN(4) {
			case 0:
				t["do"], t["subflow"] = pick(g, "close", "backup", "primary"), int64(g.IntN(3))
			case 1:
				t["do"], t["addr"] = pick(g, "announce", "withdraw"), unknown
			default:
				t["do"], t["path"], t["backup"] = "open", unknown, g.chance(0.5)
			}
		},
		"target": func(g *drawer, t tree) {
			if t["want"] != nil {
				without(t, "min", "max")
				if t["tolerance"] == nil {
					t["tolerance"] = "5%"
				}
			} else {
				delete(t, "tolerance")
				t["min"] = 0.5
				if g.chance(0.5) {
					t["max"] = 2.5
				}
			}
		},
		"api": func(g *drawer, t tree) {
			switch t["call"] {
			case "open", "backup":
				without(t, "addr", "enable", "subflow")
			case "add", "remove":
				without(t, "path", "backup", "subflow", "enable")
			default:
				without(t, "path", "backup", "addr")
			}
			if t["call"] != "info" {
				delete(t, "subflow")
			}
			if t["call"] != "enable" {
				delete(t, "enable")
			}
			for _, k := range map[any][]string{"open": {"path"}, "add": {"addr"}, "remove": {"addr"}, "close": {"subflow"}, "backup": {"subflow", "backup"}}[t["call"]] {
				switch k {
				case "path":
					t[k] = unknown
				case "addr":
					t[k] = []any{unknown}
				case "subflow":
					t[k] = int64(g.IntN(3))
				default:
					t[k] = g.chance(0.5)
				}
			}
			if t["on"] == nil && t["at"] == nil {
				t["at"] = duration(g.moment())
			}
		},
		"expect": func(g *drawer, t tree) {
			name, _ := t["metric"].(string)
			m := record.LookUp(name)
			if m == nil {
				return
			}
			links := g.links
			if m.Needs == record.Middleboxes {
				links = g.boxed()
			}
			if flows := g.having(m); m.Link == nil && m.Only != nil && len(flows) == 0 || len(links) == 0 {
				m = record.LookUp("goodput")
				t["metric"] = m.Name
			} else if m.Only != nil || t["flow"] == nil {
				t["flow"] = pick(g, flows...)
			}
			if m.Link != nil || m.Run != nil {
				delete(t, "flow")
			}
			switch {
			case m.Subflow == nil:
				delete(t, "subflow")
			case m.Flow == nil || t["subflow"] != nil: // every flow has this one
				t["subflow"] = int64(0)
			}
			if m.Link == nil {
				without(t, "link", "direction")
			} else {
				t["link"], t["direction"] = pick(g, links...), pick(g, "up", "down")
			}
			low := map[record.Unit]any{record.BitRate: "1kbps", record.Seconds: "1ms", record.Octets: "1B"}[m.Unit]
			if low == nil {
				low = 0.5
			}
			if t["min"] != nil || t["max"] == nil {
				t["min"] = low
			}
			if t["max"] != nil {
				t["max"] = low
			}
		},
	}
}

func without(t tree, keys ...string) {
	for _, k := range keys {
		delete(t, k)
	}
}

// A hint draws the value of a key, or says that it is left out. path is where it lies.
type hint func(g *drawer, path string) (any, bool)

// hints draw what neither a type nor a message explains: names, and what they name.
var hints map[string]hint

func init() { hints, apart = theHints(), theApart() } // they draw tables, which have hints

func theHints() map[string]hint {
	flow := func(g *drawer, _ string) (any, bool) { return g.flow(), true }
	multi := func(g *drawer, _ string) (any, bool) {
		all := g.multi()
		return append(all, "")[g.IntN(max(1, len(all)))], len(all) > 0
	}
	link := func(g *drawer, _ string) (any, bool) { return pick(g, g.links...), true }
	moment := func(g *drawer, _ string) (any, bool) { return duration(g.moment()), true }
	free := func(g *drawer, _ string) (any, bool) { return g.prose(), true }
	given := func(g *drawer, _ string) (any, bool) { return "a " + g.prose(), true }
	all := map[string]hint{
		"description": free, "figure.title": free, "target.of": given, "target.because": given, "target.published": free, "target.finding": free,
		"quick": func(g *drawer, _ string) (any, bool) { return []any{"duration=1ms"}, true },
		"flow.name": func(g *drawer, path string) (any, bool) {
			return g.flows[steps(path)[1].index], true
		},
		"flow.from": func(g *drawer, _ string) (any, bool) { return pick(g, g.nodes...), true },
		"flow.to":   func(g *drawer, _ string) (any, bool) { return pick(g, g.nodes...), true },
		"flow.protocol": func(g *drawer, _ string) (any, bool) {
			return pick(g, "mptcp", "mptcp", "tcp", "udp"), true
		},
		"flow.client": func(g *drawer, _ string) (any, bool) { return pick(g, "from", "to"), true },
		"figure.width": func(g *drawer, _ string) (any, bool) {
			return pick[any](g, pick(g, figure.VenueNames()...), 2+5*g.Float64()), true
		},
		"link.middlebox.direction": func(g *drawer, _ string) (any, bool) { return pick(g, "up", "down", "both"), true },
		"api.call": func(g *drawer, _ string) (any, bool) {
			return pick(g, "enable", "add", "remove", "subflows", "connid", "info", "open", "close", "backup", "abort"), true
		},
		"flow.paths": func(g *drawer, path string) (any, bool) { return g.somePaths(path) },
		"flow.count": func(g *drawer, _ string) (any, bool) {
			if g.chance(0.03) {
				return int64(0), true // a flow that does not run
			}
			return int64(1 + g.small(8)), true
		},
		"flow.labels": func(g *drawer, _ string) (any, bool) {
			return []any{fmt.Sprintf("axis=%d", g.IntN(3))}, true
		},
		"flow.drawn": func(g *drawer, _ string) (any, bool) {
			return []any{fmt.Sprintf("axis.v=%d", g.IntN(3))}, true
		},
		"flow.start": moment, "flow.stop": moment, "event.at": moment, "api.at": moment, "warmup": moment,
		"api.every": func(g *drawer, _ string) (any, bool) { // up to a hundred calls: each is a few hundred bytes of the result
			return duration(max(1, g.duration/time.Duration(1+g.small(100)))), true
		},
		"flow.spread":  func(g *drawer, _ string) (any, bool) { return duration(g.moment() / 10), true },
		"flow.stagger": func(g *drawer, _ string) (any, bool) { return duration(g.moment() / 10), true },
		"flow.gap":     func(g *drawer, _ string) (any, bool) { return duration(g.moment() / 5), true },
		"link.middlebox.when.packets": func(g *drawer, _ string) (any, bool) {
			return []any{pick(g, "syn", "synack", "ack", "data", "all"), pick(g, "syn", "data")}, true
		},
		"topology/two-path.names": linkNames, "topology/shared-bottleneck.names": linkNames,
		"flow.traffic.hosts": func(g *drawer, _ string) (any, bool) {
			return pick(g, strings.TrimRight(pick(g, g.nodes...), "0123456789")+"*", "*"), true
		},
		"flow.traffic.senders": func(g *drawer, _ string) (any, bool) {
			least := g.Float64() / 2
			return []any{least, least + g.Float64()/2}, true
		},
		"event.rate": func(g *drawer, path string) (any, bool) {
			if !g.Mild && g.chance(0.1) {
				return "0bps", true
			}
			return g.value(reflect.TypeFor[language.Duplex[language.Rate]](), "event.rate", path, reflect.Value{}), true
		},
		"event.limit": func(g *drawer, _ string) (any, bool) {
			if g.chance(0.7) {
				return g.quantity(), true
			}
			return tree{"up": g.quantity(), "down": g.quantity()}, true
		},
		"event.link": link, "event.flow": multi, "event.subflow": func(g *drawer, _ string) (any, bool) { return int64(g.IntN(3)), true },
		"api.flow": multi, "figure/sweep.x": axis, "figure/matrix.rows": axis, "figure/regions.rows": axis,
		"figure/sweep.reference": func(g *drawer, _ string) (any, bool) {
			return []any{pick(g, "x^2", "1-(1-x)^3", "sqrt(x)/2", "1/x")}, true
		},
		"expect.flow": flow, "expect.link": link,
		"expect.metric":    func(g *drawer, _ string) (any, bool) { return pick(g, record.Metrics()...).Name, true },
		"target.id":        func(g *drawer, path string) (any, bool) { return "t" + path, true },
		"target.value":     func(g *drawer, _ string) (any, bool) { return g.formula(), true },
		"target.want":      func(g *drawer, _ string) (any, bool) { return pick[any](g, 0.5, int64(3), g.formula()), true },
		"target.tolerance": func(g *drawer, _ string) (any, bool) { return pick[any](g, 0.5, int64(3), "5%"), true },
		"target.evidence": func(g *drawer, _ string) (any, bool) {
			return pick(g, language.EvidenceKinds...).Name, true
		},
		"rate process/trace.trace":  func(g *drawer, _ string) (any, bool) { return g.trace(), true },
		"rate process/steps.steps":  func(g *drawer, _ string) (any, bool) { return g.rateSteps(), true },
		"traffic pattern/file.file": func(g *drawer, _ string) (any, bool) { return g.pairs(), true },
		"workload/file.size": func(g *drawer, _ string) (any, bool) {
			return fmt.Sprintf("%dB", int64(g.amount(1, 400e3))), true
		},
		"flow.tcp.hystart": func(g *drawer, _ string) (any, bool) {
			return pick(g, append(cc.SlowStartRegistry.Names(), "none")...), true
		},
		"flow.tcp.mtu": func(g *drawer, _ string) (any, bool) {
			return pick[any](g, int64(200), int64(576), int64(1500), int64(4000), int64(9000), int64(65535), int64(200+g.IntN(3000))), true
		},
		"flow.tcp.receive_buffer": buffer, "flow.tcp.send_buffer": buffer, "flow.tcp.receive_buffer_initial": buffer,
	}
	for _, kind := range figure.Registry.Names() {
		for key, h := range map[string]hint{
			"flows": list(flow), "links": list(link), "from": moment, "until": moment, "bin": moment,
			"log": func(g *drawer, _ string) (any, bool) { return pick(g, "x", "y", "none"), true },
			"titles": func(g *drawer, _ string) (any, bool) {
				return []any{g.prose()}, true // see titles
			},
		} { // order does not matter
			all["figure/"+kind+"."+key] = h
		}
		all["figure/"+kind+".order"] = all["figure/"+kind+".flows"]
	}
	all["figure/queue.order"] = list(link)
	all["figure/sweep.y"] = func(g *drawer, _ string) (any, bool) { return pick(g, "goodput", "rtt-mean", "transfers"), true }
	return all
}

// titles gives a figure as many titles as it names flows or links.
func (g *drawer) titles(t tree) {
	for _, key := range []string{"flows", "links"} {
		if named, ok := t[key].([]any); ok && t["titles"] != nil {
			titles := make([]any, len(named))
			for i := range titles {
				titles[i] = g.prose()
			}
			t["titles"] = titles
			return
		}
	}
	delete(t, "titles")
}

func list(one hint) hint {
	return func(g *drawer, path string) (any, bool) {
		v, _ := one(g, path)
		return []any{v}, true
	}
}

func linkNames(*drawer, string) (any, bool) { return []any{"wifi", "lte-2.4"}, true }

func axis(*drawer, string) (any, bool) { return "axis", true }

func buffer(g *drawer, _ string) (any, bool) {
	return fmt.Sprintf("%dB", int64(g.amount(1500, 1e6))), true
}

// flow draws the name of a flow.
func (g *drawer) flow() string { return pick(g, g.flows...) }

// having returns the names of the flows that can have a metric.
func (g *drawer) having(m *record.Metric) (list []string) {
	if m.Only == nil {
		return g.flows
	}
	flows, _ := g.tree["flow"].([]any)
	for _, f := range flows {
		t := f.(tree)
		protocol, _ := t["protocol"].(string)
		if name, ok := t["name"].(string); ok && m.Of(cmp.Or(protocol, "mptcp")) && (m.Needs != record.Transfers || ends(t["workload"])) {
			list = append(list, name)
		}
	}
	return list
}

// ends reports whether transfers of a workload end.
func ends(workload any) bool {
	kind, _ := workload.(string)
	if t, ok := workload.(tree); ok {
		kind, _ = t["kind"].(string)
	}
	p, err := app.Registry.New(cmp.Or(kind, "bulk"))
	_, source := p.(app.Source)
	_, bulk := p.(*app.Bulk)
	return err == nil && !source && !bulk
}

// boxed returns the names of the links with middleboxes.
func (g *drawer) boxed() (list []string) {
	links, _ := g.tree["link"].([]any)
	for _, l := range links {
		t := l.(tree)
		if name, ok := t["name"].(string); ok && t["middlebox"] != nil {
			list = append(list, name)
		}
	}
	return list
}

// multi returns the names of the flows that speak MPTCP.
func (g *drawer) multi() (list []string) {
	flows, _ := g.tree["flow"].([]any)
	for _, f := range flows {
		if f := f.(tree); f["protocol"] == nil || f["protocol"] == "mptcp" {
			if name, ok := f["name"].(string); ok {
				list = append(list, name)
			}
		}
	}
	return list
}

// prose draws a text for people, with what writers of formats have to mind.
func (g *drawer) prose() string {
	return pick(g, "a plain one", "", `<b>&amp; "q" 'a'`, "line\none, \ttab", "\x1b[2J\x00\x07", "größer ≤ 漢字 \U0001f600 \u200f", "${axis}", "$x_1^2$ \\n %d %s",
		strings.Repeat("long ", 50))
}

// source draws a workload that can go as datagrams.
func (g *drawer) source() any {
	for {
		p := g.parameters(registry("workload"), "flow.workload")
		v, _ := app.Registry.New(p["kind"].(string))
		if _, ok := v.(app.Source); ok {
			return p
		}
	}
}

// somePaths draws paths of the network that was drawn, in an order of their own.
func (g *drawer) somePaths(path string) (any, bool) {
	if len(g.paths) == 0 {
		return nil, false
	}
	up, _ := above(path)
	if put(g.tree, up+".from", "a") {
		put(g.tree, up+".to", "b")
	}
	var all []any
	for _, p := range some(g, g.paths) {
		var links []any
		for _, l := range p {
			links = append(links, l)
		}
		all = append(all, links)
	}
	return all, true
}

// formula draws a formula of metrics.
func (g *drawer) formula() string {
	m := record.LookUp("goodput")
	if k := pick(g, record.Metrics()...); k.Link != nil || k.Run == nil && len(g.having(k)) > 0 {
		m = k
	}
	q := ""
	switch {
	case m.Flow != nil:
		q = fmt.Sprintf("%s(%s)", m.Name, pick(g, g.having(m)...))
	case m.Subflow != nil:
		q = fmt.Sprintf("%s(%s, 0)", m.Name, pick(g, g.having(m)...))
	default:
		q = fmt.Sprintf("%s(%s, %s)", m.Name, pick(g, g.links...), pick(g, "up", "down"))
	}
	return pick(g, q, q+" / 1e6", "max("+q+", 0)", "("+q+" + 1) / "+q, "sqrt("+q+")")
}

// trace writes a file of delivery opportunities, at most 4 in a millisecond.
func (g *drawer) trace() string {
	name := fmt.Sprintf("%d.trace", len(g.Files))
	var b strings.Builder
	ms, gap := 0, 1+g.IntN(20)
	for range 2 + g.IntN(100) {
		ms += 1 + g.IntN(gap)
		for range 1 + g.IntN(4) {
			fmt.Fprintln(&b, ms)
		}
	}
	g.Files[name] = []byte(b.String())
	return name
}

// rateSteps draws times that ascend, and rates.
func (g *drawer) rateSteps() any {
	var list []any
	at := time.Duration(0)
	for range 1 + g.IntN(4) {
		rate := bandwidth(g.rate())
		if !g.Mild && len(list) > 0 && g.chance(0.1) {
			rate = "0bps"
		}
		list = append(list, []any{duration(at), rate})
		at += 1 + g.moment()/2
	}
	return list
}

// pairs writes a file of pairs of hosts.
func (g *drawer) pairs() string {
	name := fmt.Sprintf("%d.pairs", len(g.Files))
	g.Files[name] = []byte(pick(g, "0 1\n", "1 0\n0 1 # a comment\n", "0 1 1 0\n", "0 2\n2 1\n"))
	return name
}
