package build

// openUDP opens the sockets of c, whose workload sends from now on. Nothing tells when its
// receiver may go: it stays.
func (m *Simulation) openUDP(c *Connection) {
	from, to := m.workloads(c)
	route := c.routes[0]
	sender := m.hosts[c.pair.From].udp.Open(route, c.port)
	receiver := m.hosts[c.pair.To].udp.Open(route.Reverse, c.port)
	m.set(c, receiver, false)
	m.set(c, sender, true)
	receiver.Start(to)
	sender.Start(from)
}
