package experiment

import (
	"mpsim/mptcp/tcp"
	"mpsim/sim"
)

// watchSinglePath watches one end of a TCP connection, which is a flow of one subflow.
func watchSinglePath(o *observer, c *conn, at side, end *tcp.Stream) {
	s := c.subflow(end.Endpoint, at == c.client())
	o.watch(c, at, s, end.Endpoint)
	p := &end.Events
	p.Established.Observe(func(now sim.Time) {
		c.established(at, now)
		if at == c.f.sender {
			c.uses(s, now, false)
		}
	})
	p.Ended.Observe(func(e tcp.Ended) { c.ended(at, e) })
	o.log.reading(&p.Delivered, &p.Tag, c.f.number, func(d delivery) { c.delivered(at, s, d) })
	if at == c.f.sender && o.draws(c) {
		end.Endpoint.Points.Sent.Observe(func(x tcp.SegmentSent) { s.note(x.Now, uint64(x.Seq-1), x.Retransmit) })
	}
}

// client returns the end that opens the connection.
func (c *conn) client() side {
	if c.Flow.FromOpens() {
		return from
	}
	return to
}
