package draw

import (
	"fmt"
	"time"
)

// hazards are the keys that may keep a transfer from its end: a mild scenario has none.
var hazards = map[string]bool{
	"link.middlebox": true, "link.up": true, "link.silent": true, "fluid": true, "flow.gap": true,
	"flow.tcp.retries": true, "flow.tcp.syn_retries": true, "flow.tcp.rto_max": true, "flow.tcp.rto_min": true, "flow.tcp.time_wait": true,
	"flow.mptcp.close_timeout": true, "flow.mptcp.fail_timeout": true, "flow.mptcp.too_much_outstanding": true,
	"flow.mptcp.syn_cookies": true, // a third ACK that is lost leaves the client alone
	"flow.server.tcp":        true, "flow.server.mptcp": true,
}

// mild draws the parts of a mild scenario, by the kind of their registry.
var mild map[string]func(g *drawer, path string) any

func init() { mild = theMild() } // they draw parts of other kinds

func theMild() map[string]func(g *drawer, path string) any {
	return map[string]func(g *drawer, path string) any{
		"loss process": func(g *drawer, _ string) any {
			const most = 0.05
			switch g.IntN(4) {
			case 0:
				return round(g.amount(1e-4, most))
			case 1: // in the bad state every second packet is lost, the mean is below most
				r := 0.1 + 0.4*g.Float64()
				return tree{"kind": "gilbert-elliott", "p": round(2 * most * r * g.Float64()), "r": round(r), "loss_bad": 0.5}
			case 2:
				return tree{"kind": "list", "packets": []any{int64(1 + g.IntN(5)), int64(6 + g.IntN(50))}, "every": int64(20 + g.IntN(100))}
			}
			return "none"
		},
		"delay process": func(g *drawer, _ string) any {
			d := g.between(time.Millisecond, 200*time.Millisecond).Truncate(time.Microsecond)
			if g.chance(0.7) {
				return duration(d)
			}
			return tree{"kind": "jitter", "delay": duration(d), "jitter": duration(g.between(100*time.Microsecond, 50*time.Millisecond)),
				"distribution": pick(g, "uniform", "exponential", "normal"), "reorder": g.chance(0.5)}
		},
		"queue": func(g *drawer, path string) any {
			p := g.parameters(registry("queue"), path)
			if p["kind"] == "droptail" || p["kind"] == "codel" || p["kind"] == "red" {
				p["limit"] = g.quantity()
			}
			return p
		},
		"workload": func(g *drawer, _ string) any {
			if g.chance(0.3) {
				return tree{"kind": "rpc", "request": fmt.Sprintf("%dB", 1+g.IntN(5000)), "response": fmt.Sprintf("%dB", 1+g.IntN(20000)),
					"think": duration(g.between(time.Microsecond, 100*time.Millisecond)), "count": int64(1 + g.IntN(10))}
			}
			return tree{"kind": "file", "size": fmt.Sprintf("%dB", int64(g.amount(1, 200e3)))}
		},
	}
}

// soonAfter draws a time after event e, whose own a repair may have taken away.
func (g *drawer) soonAfter(e tree) string {
	at, _ := e["at"].(string)
	d, _ := time.ParseDuration(at)
	return duration(d + g.between(time.Millisecond, 3*time.Second))
}

// soften lets what was drawn pass: outages end, endpoints have room.
func (g *drawer) soften() {
	events, _ := g.tree["event"].([]any)
	for _, e := range events {
		e := e.(tree)
		if up, ok := e["up"].(bool); ok && !up {
			events = append(events, tree{"at": g.soonAfter(e), "link": e["link"], "up": true})
		}
		if silent, ok := e["silent"].(bool); ok && silent {
			events = append(events, tree{"at": g.soonAfter(e), "link": e["link"], "silent": false})
		}
	}
	if events != nil {
		g.tree["event"] = events
	}
	flows, _ := g.tree["flow"].([]any)
	for _, f := range flows {
		f := f.(tree)
		if p, ok := f["protocol"].(string); ok && p == "udp" || f["workload"] == nil {
			f["workload"] = tree{"kind": "file", "size": "20kB"}
			delete(f, "protocol")
		}
		if pm, ok := f["path_manager"].(tree); ok && pm["kind"] == "api" {
			delete(f, "path_manager")
		}
		delete(f, "stop")
	}
	calls, _ := g.tree["api"].([]any)
	for _, c := range calls {
		if c := c.(tree); c["call"] == "close" || c["call"] == "abort" || c["call"] == "remove" {
			c["call"] = "subflows"
		}
	}
}
