package language

import (
	"strings"

	"mpsim/mptcp/wire"
	"mpsim/sim/app"
	"mpsim/sim/units"
)

// UDP reports whether the flow is datagrams, which no connection stands behind.
func (f *Flow) UDP() bool { return f.Protocol == "udp" }

// ofConnections are the keys of a flow that have no meaning without a connection.
var ofConnections = []string{"client", "host", "cc", "scheduler", "path_manager", "tcp", "mptcp", "server"}

// checkUDP checks what datagrams ask of flow i: no key of connections, and a workload that
// needs no answer.
func (s *Scenario) checkUDP(d *document, i int) {
	f := &s.Flows[i]
	t, _ := d.root["flow"].([]any)[i].(map[string]any)
	for _, k := range ofConnections {
		if _, given := t[k]; given {
			d.fail(at("flow", i, k), "has no meaning for udp, which has no connection: leave it out")
		}
	}
	key := at("flow", i, "workload")
	if f.Workload.IsZero() || d.failedIn(key) {
		return
	}
	source, ok := f.Workload.Look().(app.Source)
	if !ok {
		d.fail(key, "%s waits for what comes back, and nothing does over udp; want %s", f.Workload.Kind, strings.Join(sources(), ", "))
		return
	}
	switch chunk, rate := source.Offers(); {
	case rate == 0:
		d.fail(key, "%s has no rate, and udp takes whatever it is given: want one", f.Workload.Kind)
	case chunk > wire.MaxDatagram:
		d.fail(key, "a chunk of %v is no datagram; want at most %v", chunk, units.Bytes(wire.MaxDatagram))
	}
}

// sources returns the names of the workloads that can go as datagrams.
func sources() (list []string) {
	for _, name := range app.Registry.Names() {
		if p, err := app.Registry.New(name); err == nil {
			if _, ok := p.(app.Source); ok {
				list = append(list, name)
			}
		}
	}
	return list
}
