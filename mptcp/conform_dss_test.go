package mptcp_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/units"
)

// withData is the MP_CAPABLE of a first data segment of n bytes.
func withData(n uint16) option {
	return capable(2, func(k *wire.Capable) { k.HasData, k.DataLen = true, n })
}

// A client that has data only later repeats both keys with the first of it,
// with the length in place of a mapping; the rest has mappings, and the peer's
// DATA_ACK ends it. Until then each bare ACK has the keys, too.
//
// Req: R8684-3.1-14, R8684-3.1-16, R8684-3.7-02
func TestConformCapableWithDataClient(t *testing.T) {
	s := dial(t)
	s.connect()
	a := s.meet()
	a.want("SYN seq 0 MP_CAPABLE v1")
	a.send("SYN ACK seq 0 ack 1", capable(1))
	a.want("ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)")
	s.quiet(50 * time.Millisecond)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 MP_CAPABLE v1 2 key(s) data 100")
	s.app.s.Write(200)
	a.want("ACK seq 101 ack 1 len 200 dsn 100 ssn 101 map 200 dack 0")
	a.send("ACK seq 1 ack 301 dack 300")
	s.quiet(50 * time.Millisecond)
	s.app.s.Write(300)
	a.want("ACK seq 301 ack 1 len 300 dsn 300 ssn 301 map 300 dack 0")
	a.send("ACK seq 1 ack 601 dack 600")
	s.quiet(time.Second)
	s.end("capable-data-client")
}

// The server takes keys that come with the first data, as often as they come, also
// in turns with a DSS for the same bytes, and delivers these once. Its own data starts at the
// first DSN and SSN.
//
// Req: R8684-3.1-14, R8684-3.1-17, R8684-3.3.1-03, R8684-3.3.1-04, R8684-3.3.2-02
func TestConformCapableWithDataServer(t *testing.T) {
	s := serve(t)
	a := s.open(0)
	a.send("SYN seq 0", capable(0))
	a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s)")
	a.send("ACK seq 1 ack 1 len 100", withData(100)) // the third packet is lost
	a.want("ACK seq 1 ack 101 dack 100")
	a.send("ACK seq 1 ack 1 len 100", withData(100))
	a.want("ACK seq 1 ack 101 sack 1-101 dack 100")
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 sack 1-101 dack 100")
	s.got(100)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 101 len 100 dsn 0 ssn 1 map 100 dack 100")
	a.send("ACK seq 101 ack 101 dack 100")
	s.end("capable-data-server")
}

// The peer closes its window with a DATA_ACK of all: we ask for news at the pace of the
// RTO, backed off, and go on when it opens. A window that comes without DATA_ACK counts for its
// subflow alone.
//
// Req: R8684-3.3.2-04, R8684-3.3.5-04
func TestConformWindowClosed(t *testing.T) {
	s := serve(t)
	a := s.open(0)
	a.send("SYN seq 0 win 1000", capable(0))
	a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s)")
	a.send("ACK seq 1 ack 1 win 1000", capable(2))
	s.run(15 * time.Millisecond)
	s.app.s.Write(1000)
	a.want("ACK seq 1 ack 1 len 500 dsn 0 ssn 1 map 500 dack 0") // segments of half a window
	a.want("ACK seq 501 ack 1 len 500 dsn 500 ssn 501 map 500 dack 0")
	a.send("ACK seq 1 ack 1001 win 0 dack 1000")
	s.run(15 * time.Millisecond)
	s.app.s.Write(500)
	a.after(220*time.Millisecond, "ACK seq 1000 ack 1 dack 0")
	a.send("ACK seq 1 ack 1001 win 0 dack 1000")
	a.after(440*time.Millisecond, "ACK seq 1000 ack 1 dack 0")
	a.send("ACK seq 1 ack 1001 win 1000") // of the subflow alone
	s.quiet(100 * time.Millisecond)
	a.send("ACK seq 1 ack 1001 win 1000 dack 1000")
	a.want("ACK seq 1001 ack 1 len 500 dsn 1000 ssn 1001 map 500 dack 0")
	s.end("window-closed")
}

// Mappings need not look like segments: one may cover several, of which the first
// alone carries it; it may come after its data; DSNs and DATA_ACKs may have 32 bits.
//
// Req: R8684-3.3.1-09, R8684-3.3.1-10, R8684-3.3.1-11, R8684-3.3.1-15, R8684-3.3.1-17, R8684-3.3.1-20, R8684-3.3.2-03, R8684-3.3.2-08
func TestConformMappings(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 300 dack 0")
	a.want("ACK seq 1 ack 101 dack 100")
	a.send("ACK seq 101 ack 1 len 100")
	a.want("ACK seq 1 ack 201 dack 200")
	a.send("ACK seq 201 ack 1 len 100")
	a.want("ACK seq 1 ack 301 dack 300")
	s.got(300)

	a.send("ACK seq 301 ack 1 len 100") // acknowledged on the subflow, but not at the data level
	a.want("ACK seq 1 ack 401 dack 300")
	s.got(300)
	a.send("ACK seq 401 ack 1 len 100 dsn 300 ssn 301 map 200 dack 0")
	a.want("ACK seq 1 ack 501 dack 500")
	s.got(500)

	a.send("ACK seq 501 ack 1 len 100 dsn/32 500 ssn 501 map 100")
	a.want("ACK seq 1 ack 601 dack 600")
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 601 len 100 dsn 0 ssn 1 map 100 dack 600")
	a.send("ACK seq 601 ack 101 dack/32 100")
	s.quiet(time.Second)
	s.app.s.Write(100)
	a.want("ACK seq 101 ack 601 len 100 dsn 100 ssn 101 map 100 dack 600")
	a.send("ACK seq 601 ack 201 dack 200")
	s.got(600)
	s.end("mappings")
}

// The peer ends its stream, then we end ours: DATA_FINs, each acknowledged as one
// octet, and then FINs. A repeated DATA_FIN is acknowledged again.
//
// Req: R8684-3.3.3-02, R8684-3.3.3-03, R8684-3.3.3-08, R8684-3.3.3-11, R8684-4-01, R8684-D-01
func TestConformDataFIN(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 dack 100")
	for range 2 {
		a.send("ACK seq 101 ack 1 dsn 100 ssn 0 map 1 DATA_FIN dack 0")
		a.want("ACK seq 1 ack 101 dack 101")
	}
	if !s.app.eof || s.app.done {
		t.Errorf("end of data %v, closed %v; want the first alone", s.app.eof, s.app.done)
	}
	s.app.s.Write(50)
	a.want("ACK seq 1 ack 101 len 50 dsn 0 ssn 1 map 50 dack 101")
	a.send("ACK seq 101 ack 51 dack 50")
	s.run(15 * time.Millisecond)
	s.app.s.CloseWrite()
	a.want("ACK seq 51 ack 101 dsn 50 ssn 0 map 1 DATA_FIN dack 101")
	a.send("ACK seq 101 ack 51 dack 51")
	a.want("FIN ACK seq 51 ack 101 dack 101")
	a.send("FIN ACK seq 101 ack 52 dack 51")
	a.want("ACK seq 52 ack 102 dack 101")
	s.quiet(2 * time.Second)
	if !s.app.done || s.app.err != nil {
		t.Errorf("closed %v, %v; want an orderly close", s.app.done, s.app.err)
	}
	if n := s.server.Host().Sockets(); n != 0 {
		t.Errorf("%d endpoints are left", n)
	}
	s.end("data-fin")
}

// The client closes at once, and all the way: DATA_FIN both ways, then FIN. The peer's
// DATA_ACK may come out of order with its own DATA_FIN.
//
// Req: R8684-3.3.3-03, R8684-3.3.3-08, R8684-3.3.3-11
func TestConformConnectClose(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprint(late), func(t *testing.T) {
			s := dial(t)
			a := s.reach()
			s.app.s.CloseWrite()
			a.want("ACK seq 1 ack 1 dsn 0 ssn 0 map 1 DATA_FIN dack 0")
			if late { // the ACK of our DATA_FIN overtakes what acknowledges nothing
				a.send("ACK seq 1 ack 1 dack 1")
				a.send("ACK seq 1 ack 1 dack 0")
			} else {
				a.send("ACK seq 1 ack 1 dack 1")
			}
			s.quiet(50 * time.Millisecond)
			a.send("ACK seq 1 ack 1 dsn 0 ssn 0 map 1 DATA_FIN dack 1")
			a.want("ACK seq 1 ack 1 dack 1")
			a.want("FIN ACK seq 1 ack 1 dack 1")
			a.send("FIN ACK seq 1 ack 2 dack 1")
			a.want("ACK seq 2 ack 2 dack 1")
			if !s.app.done || s.app.err != nil {
				t.Errorf("closed %v, %v; want an orderly close", s.app.done, s.app.err)
			}
			s.end(fmt.Sprintf("connect-close-%v", late))
		})
	}
}

// "A DATA_FIN ... with data": the mapping is one longer than the payload. We have
// closed already, so that it ends the connection: DATA_ACK and FIN. The keys may be those
// of a first data segment, and the DATA_FIN alone.
//
// Req: R8684-3.3.3-02, R8684-3.3.3-05, R8684-3.3.3-08
func TestConformDataFINWithData(t *testing.T) {
	t.Run("mapping", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		s.app.s.CloseWrite()
		a.want("ACK seq 1 ack 1 dsn 0 ssn 0 map 1 DATA_FIN dack 0")
		a.send("ACK seq 1 ack 1 dack 1")
		a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 101 DATA_FIN dack 1")
		a.want("FIN ACK seq 1 ack 101 dack 101")
		a.want("ACK seq 2 ack 101 dack 101")
		s.got(100)
		s.end("data-fin-with-data")
	})
	t.Run("first of all", func(t *testing.T) { // the client has no DSS of its own yet
		s := dial(t)
		s.connect()
		a := s.meet()
		a.want("SYN seq 0 MP_CAPABLE v1")
		a.send("SYN ACK seq 0 ack 1", capable(1))
		a.want("ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)")
		s.app.s.CloseWrite()
		a.want("ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)") // lest the keys were lost
		a.want("ACK seq 1 ack 1 dsn 0 ssn 0 map 1 DATA_FIN dack 0")
		a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 101 DATA_FIN dack 1")
		a.want("FIN ACK seq 1 ack 101 dack 101")
		a.want("ACK seq 2 ack 101 dack 101")
		s.got(100)
		s.end("data-fin-first")
	})
	t.Run("hole", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		a.send("ACK seq 101 ack 1 len 100 dsn 100 ssn 101 map 101 DATA_FIN dack 0")
		a.want("ACK seq 1 ack 1 sack 101-201 dack 0")
		a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
		g := a.want("ACK seq 1 ack 201 dack 201")
		if !s.app.eof {
			t.Errorf("no end of data at %v", g.at)
		}
		s.got(200)
		s.end("data-fin-hole")
	})
}

// Our DATA_FIN is repeated, with back-off, until it is acknowledged, whatever the
// peer has closed before or since. The first repetition comes after two RTOs, those that a
// subflow has for its own repair, where Linux takes one.
//
// Req: R8684-3.3.3-03, R8684-D-01
func TestConformDataFINRepeated(t *testing.T) {
	const theirs = "ACK seq 1 ack 1 dsn 0 ssn 0 map 1 DATA_FIN dack 0"
	for _, c := range []struct {
		name          string
		before, after bool // the peer closes
	}{{"fin-wait", false, false}, {"close-wait", true, false}, {"closing", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t)
			a := s.begin()
			dack := 0
			if c.before {
				a.send(theirs)
				a.want("ACK seq 1 ack 1 dack 1")
				dack = 1
			}
			s.app.s.CloseWrite()
			a.want(fmt.Sprintf("ACK seq 1 ack 1 dsn 0 ssn 0 map 1 DATA_FIN dack %d", dack))
			rto := 440 * time.Millisecond
			if c.after {
				a.send(theirs)
				a.want("ACK seq 1 ack 1 dack 1")
				rto -= 20 * time.Millisecond
				dack = 1
			}
			fin := fmt.Sprintf("ACK seq 1 ack 1 dsn 0 ssn 0 map 1 DATA_FIN dack %d", dack)
			a.after(rto, fin)
			a.after(880*time.Millisecond, fin)
			a.after(1760*time.Millisecond, fin)
			a.send("ACK seq 1 ack 1 dack 1")
			if dack == 1 {
				a.want("FIN ACK seq 1 ack 1 dack 1")
			}
			s.quiet(100 * time.Millisecond)
			s.end("data-fin-repeated-" + c.name)
		})
	}
}

// A DATA_FIN that follows data which has left already goes alone: length 1, SSN 0.
// If the data still waits, the DATA_FIN goes with the last of it.
//
// Req: R8684-3.3.3-02, R8684-3.3.3-03
func TestConformDataFINAfterData(t *testing.T) {
	s := serve(t)
	a := s.begin()
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	s.app.s.CloseWrite()
	a.want("ACK seq 101 ack 1 dsn 100 ssn 0 map 1 DATA_FIN dack 0")
	a.send("ACK seq 1 ack 101 dack 101")
	s.quiet(time.Second)
	s.end("data-fin-after-data")

	s = serve(t)
	a = s.open(0)
	a.send("SYN seq 0 win 100", capable(0))
	a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s)")
	a.send("ACK seq 1 ack 1 win 100", capable(2))
	s.run(15 * time.Millisecond)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	s.app.s.Write(50)
	s.app.s.CloseWrite()
	a.send("ACK seq 1 ack 101 dack 100")
	a.want("ACK seq 101 ack 1 len 50 dsn 100 ssn 101 map 51 DATA_FIN dack 0")
	a.send("ACK seq 1 ack 151 dack 151")
	s.quiet(time.Second)
	s.end("data-fin-on-data")
}

// The DSS of the peer vanish after the handshake, so that our first data is acknowledged
// without a DATA_ACK: fallback, no reset. The next data has an infinite mapping, and once that is
// acknowledged nothing has options. Late DATA_ACKs mean nothing any more.
//
// Req: R8684-3.7-05, R8684-3.7-06, R8684-3.7-13, R8684-3.7-19, R8684-3.7-20, R8684-3.7-22, R8684-3.3.1-21
func TestConformDSSVanishes(t *testing.T) {
	rest := func(s *script, a *flow) {
		t.Helper()
		a.send("ACK seq 1 ack 101")
		s.quiet(50 * time.Millisecond)
		s.fellBack(mptcp.Unconfirmed)
		a.send("ACK seq 1 ack 101 len 100")
		a.want("ACK seq 101 ack 101")
		s.got(100)
		s.app.s.Write(100)
		a.want("ACK seq 101 ack 101 len 100 dsn 0 ssn 1 map infinite")
		a.send("ACK seq 101 ack 201 dack 77")
		s.quiet(50 * time.Millisecond)
		s.app.s.Write(100)
		a.want("ACK seq 201 ack 101 len 100")
		a.send("ACK seq 101 ack 301 len 100 dsn 100 ssn 101 map 100 dack 300")
		a.want("ACK seq 301 ack 201")
		s.got(200)
		s.app.s.CloseWrite()
		a.want("FIN ACK seq 301 ack 201")
		a.send("FIN ACK seq 201 ack 302")
		a.want("ACK seq 302 ack 202")
	}
	t.Run("server", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		s.app.s.Write(100)
		a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
		rest(s, a)
		s.end("dss-vanishes-server")
	})
	t.Run("client", func(t *testing.T) {
		s := dial(t)
		s.connect()
		a := s.meet()
		a.want("SYN seq 0 MP_CAPABLE v1")
		a.send("SYN ACK seq 0 ack 1", capable(1))
		a.want("ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)")
		s.app.s.Write(100)
		a.want("ACK seq 1 ack 1 len 100 MP_CAPABLE v1 2 key(s) data 100")
		rest(s, a)
		s.end("dss-vanishes-client")
	})
}

// Mappings that vanish once the connection was MPTCP: the bytes are acknowledged
// on the subflow, and wait. When they have waited too long, the subflow is reset because of a
// middlebox; with late_fallback, as in Linux, the connection becomes TCP at once.
//
// Req: R8684-3.3.1-09, R8684-3.3.1-10, R8684-3.7-07, R8684-3.7-08
func TestConformMappingsVanish(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprint(late), func(t *testing.T) {
			s := serve(t, func(c *mptcp.Config) { c.Protocol.LateFallback = late })
			a := s.begin()
			a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
			a.want("ACK seq 1 ack 101 dack 100")
			a.send("ACK seq 101 ack 1 len 100")
			if late {
				a.want("ACK seq 1 ack 201")
				s.fellBack(mptcp.LateLoss)
				s.got(200)
			} else {
				a.want("ACK seq 1 ack 201 dack 100")
				a.after(time.Second, "RST ACK seq 1 ack 201 MP_TCPRST 6")
				s.fellBack(mptcp.NoFallback)
				s.got(100)
			}
			s.end(fmt.Sprintf("mappings-vanish-%v", late))
		})
	}
}

// Data beyond the window of the connection is dropped, a DATA_ACK of what was never sent is
// ignored, and so are the options of a segment that TCP would not accept.
//
// Req: R8684-3-05, R8684-3.3.4-03, R8684-3.8-02, R8684-3.4.1-01, R8684-3.4.2-09
func TestConformOutOfWindow(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100 dsn 70000 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 dack 0")
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 101 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("ACK seq 101 ack 101 dack 5000")
	a.after(440*time.Millisecond, "ACK seq 101 ack 101 len 100 dsn 0 ssn 101 map 100 dack 0")
	a.send("ACK seq 101 ack 201 dack 100")
	s.quiet(time.Second)
	if sent, _ := s.conn.Queued(); sent != 0 {
		t.Errorf("%d bytes are still queued", sent)
	}
	for _, o := range []option{fastClose(0), addAddr(wire.AddAddr{AddrID: 5, Addr: 0x0a000005}), prio(wire.Prio{Backup: true}), removeAddr(0)} {
		a.send("ACK seq 200101 ack 201", o)
		a.want("ACK seq 201 ack 101 dack 0") // TCP's answer to an unacceptable segment,
		s.quiet(500 * time.Millisecond)      // which it does not give more often
	}
	s.quiet(time.Second)
	if s.live() != 1 || s.mp().Subflows()[0].Backup || len(s.pm.events) != 1 {
		t.Errorf("an option has had an effect: %d live, backup %v, events %+v", s.live(), s.mp().Subflows()[0].Backup, s.pm.events)
	}
	s.end("out-of-window")
}

// The keys have come, but the first data has no mapping, and no DSS has come at all: the peer
// speaks TCP.
//
// Req: R8684-3.7-05, R8684-3.7-22
func TestConformFirstDataUnmapped(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100")
	a.want("ACK seq 1 ack 101")
	s.fellBack(mptcp.NoMapping)
	s.got(100)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 101 len 100")
	a.send("ACK seq 101 ack 101 dack 100")
	s.quiet(time.Second)
	s.end("first-data-unmapped")
}

// checksums are used by both ends.
func checksums(c *mptcp.Config) { c.Protocol.Checksum = mptcp.ChecksumWant }

// summing is begin for a connection with checksums.
func (s *script) summing() *flow {
	s.t.Helper()
	asks := func(k *wire.Capable) { k.Checksum = true }
	a := s.open(0)
	a.send("SYN seq 0", capable(0, asks))
	a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 A 1 key(s)")
	a.send("ACK seq 1 ack 1", capable(2, asks))
	s.run(15 * time.Millisecond)
	return a
}

// A checksum that does not fit, on the only subflow: MP_FAIL on the ACK, the bytes
// are delivered as they came, and the peer's infinite mapping ends MPTCP. Our own
// data starts with one, too.
//
// Req: R8684-3.3.1-06, R8684-3.7-12, R8684-3.7-13, R8684-3.7-20, R8684-3.7-22
func TestConformChecksumFails(t *testing.T) {
	s := serve(t, checksums)
	a := s.summing()
	a.send("ACK seq 1 ack 1 len 101 dsn 0 ssn 1 map 101 dack 0", summed(0))
	a.want("ACK seq 1 ack 102 dack 101")
	a.send("ACK seq 102 ack 1 len 100 dsn 101 ssn 102 map 100 dack 0", summed(1))
	a.want("ACK seq 1 ack 202 MP_FAIL dsn 101")
	s.fellBack(mptcp.BadChecksum)
	s.got(201)
	a.send("ACK seq 202 ack 1 len 100 dsn 201 ssn 202 map 100 dack 0", summed(0)) // sent before it knew
	a.want("ACK seq 1 ack 302 MP_FAIL dsn 101")
	a.send("ACK seq 302 ack 1 len 100 dsn 101 ssn 102 map 0 pos 301", summed(0))
	a.want("ACK seq 1 ack 402")
	s.got(401)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 402 len 100 dsn 0 ssn 1 map infinite sum")
	a.send("ACK seq 402 ack 101")
	s.run(15 * time.Millisecond)
	s.app.s.Write(100)
	a.want("ACK seq 101 ack 402 len 100")
	s.end("checksum-fails")
}

// The same with data missing before it, or beside another subflow: RST with MP_FAIL, the bytes are discarded and
// not acknowledged at the data level.
//
// Req: R8684-3.7-09, R8684-3.7-10, R8684-3.7-11, R8684-3.7-15
func TestConformChecksumFailsReset(t *testing.T) {
	t.Run("another subflow", func(t *testing.T) {
		s := serve(t, checksums)
		a := s.summing()
		b := s.join(0)
		b.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0", summed(1))
		b.want("RST ACK seq 1 ack 101 MP_FAIL dsn 0 MP_TCPRST 6")
		s.got(0)
		a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0", summed(0))
		a.want("ACK seq 1 ack 101 dack 100")
		s.got(100)
		s.fellBack(mptcp.NoFallback)
		s.end("checksum-fails-beside")
	})
	t.Run("data missing", func(t *testing.T) {
		s := serve(t, checksums)
		a := s.summing()
		a.send("ACK seq 1 ack 1 len 100 dsn 100 ssn 1 map 100 dack 0", summed(1))
		a.want("RST ACK seq 1 ack 101 MP_FAIL dsn 100 MP_TCPRST 6")
		s.got(0)
		b := s.join(0) // the connection lives
		b.send("ACK seq 1 ack 1 len 200 dsn 0 ssn 1 map 200 dack 0", summed(0))
		b.want("ACK seq 1 ack 201 dack 200")
		s.got(200)
		s.end("checksum-fails-missing")
	})
}

// Bytes wait for a mapping whose checksum is over more than has come. One that maps some of them otherwise
// makes that subflow unfit, as one of the two mappings is not the peer's.
//
// Req: R8684-3.3.1-01
func TestConformContradiction(t *testing.T) {
	for _, tt := range []struct{ name, second string }{
		{"elsewhere", "ACK seq 101 ack 1 len 100 dsn 900 ssn 101 map 100 dack 0"},
		{"shorter", "ACK seq 101 ack 1 len 100 dsn 100 ssn 101 map 100 dack 0"},
		{"longer", "ACK seq 101 ack 1 len 100 dsn 0 ssn 1 map 500 dack 0"},
	} {
		s := serve(t, checksums)
		s.summing()
		b := s.join(0)
		b.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 300 dack 0", summed(0))
		b.want("ACK seq 1 ack 101 dack 0")
		b.send(tt.second, summed(0))
		b.want("RST ACK seq 1 ack 101 MP_TCPRST 6")
		s.got(0)
		s.end("contradiction-" + tt.name)
	}
}

// A checksum that was not agreed upon, or none though one was, is an error of MPTCP.
//
// Req: R8684-3.3-04, R8684-3.3-05, R8684-3.3-06
func TestConformChecksumPresence(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0", summed(0))
	a.want("RST ACK seq 1 ack 1 MP_TCPRST 1")
	s.got(0)
	s.end("checksum-unwanted")

	s = serve(t, checksums)
	a = s.summing()
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("RST ACK seq 1 ack 1 MP_TCPRST 1")
	s.got(0)
	s.end("checksum-missing")
}

// A peer that reports a bad checksum on the only subflow is answered by MP_FAIL, and gets
// an infinite mapping from the last data that it has acknowledged on.
//
// Req: R8684-3.7-06, R8684-3.7-13, R8684-3.7-14
func TestConformFailReceived(t *testing.T) {
	s := serve(t)
	a := s.begin()
	for i := range units.Bytes(2) {
		s.app.s.Write(100)
		a.want(fmt.Sprintf("ACK seq %d ack 1 len 100 dsn %d ssn %d map 100 dack 0", 1+100*i, 100*i, 1+100*i))
	}
	a.send("ACK seq 1 ack 101 dack 100")
	a.send("ACK seq 1 ack 201", fail(100))
	a.want("ACK seq 201 ack 1 MP_FAIL dsn 0")
	s.fellBack(mptcp.PeerFail)
	s.app.s.Write(100)
	a.want("ACK seq 201 ack 1 len 100 dsn 100 ssn 101 map infinite")
	a.send("ACK seq 1 ack 301")
	s.quiet(100 * time.Millisecond)
	s.app.s.Write(100)
	a.want("ACK seq 301 ack 1 len 100")
	s.end("fail-received")
}

// An infinite mapping makes us TCP, for this connection and for ever: joins are refused.
//
// Req: R8684-3.3.1-21, R8684-3.7-20, R8684-3.7-22
func TestConformInfiniteReceived(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 dack 100")
	a.send("ACK seq 101 ack 1 len 100 dsn 100 ssn 101 map 0")
	a.want("ACK seq 1 ack 201")
	s.fellBack(mptcp.Infinite)
	s.got(200)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 201 len 100")
	b := s.open(1)
	b.send("SYN seq 0", joining(2))
	b.want("RST ACK seq 0 ack 1 MP_TCPRST 1")
	s.end("infinite-received")
}
