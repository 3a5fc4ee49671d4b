package experiment

import "mpsim/mptcp/udp"

// watchDatagrams watches one end of a flow of datagrams. The receiver exists first: it begins the only subflow that
// there is.
func watchDatagrams(c *conn, at side, end *udp.Socket) {
	if at == c.f.sender {
		s := c.subflows[0].subflow
		s.sockets[at] = append(s.sockets[at], end)
		return
	}
	s := c.add(end.Port(), end.Route().Reverse, nil)
	s.sockets[at] = append(s.sockets[at], end)
	end.Delivered.Observe(func(x udp.Arrival) {
		if c.f.keeps {
			s.arrives(x.Now, int(x.Bytes))
		}
		c.delivered(at, s, delivery{now: x.Now, bytes: int32(x.Bytes)})
	})
}
