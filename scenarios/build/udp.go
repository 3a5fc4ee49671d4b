package build

import "mpsim/mptcp/udp"

// openUDP opens the sockets of c, whose workload sends from now on. Nothing tells when its
// receiver may go: it stays.
func (m *Simulation) openUDP(c *Connection) {
	from, to := m.workloads(c)
	route := c.routes[0]
	sender := m.udp(c.pair.From).Open(route, c.port)
	receiver := m.udp(c.pair.To).Open(route.Reverse, c.port)
	m.set(c, receiver, false)
	m.set(c, sender, true)
	receiver.Start(to)
	sender.Start(from)
}

// udp returns the UDP layer of a host.
func (m *Simulation) udp(name string) *udp.Host {
	tcp := m.stacks[name].Host()
	if h, ok := tcp.Datagrams.(*udp.Host); ok {
		return h
	}
	h := udp.NewHost(m.Network, m.datagrams)
	tcp.Datagrams = h
	return h
}
