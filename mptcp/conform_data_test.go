package mptcp_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/wire"
	"mpsim/sim/units"
)

// Data that a subflow acknowledges without a DATA_ACK is not delivered yet: it stays in the
// send buffer, and goes out again when the data-level timer expires, on whichever
// subflow is better.
//
// Req: R8684-3.3.6-07, R8684-4-02
func TestConformAckWithoutDataAck(t *testing.T) {
	s := serve(t)
	a := s.begin()
	b := s.join(0)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("ACK seq 1 ack 101 dack 100") // so that the path is known to let options through
	s.run(15 * time.Millisecond)
	s.app.s.Write(100)
	a.want("ACK seq 101 ack 1 len 100 dsn 100 ssn 101 map 100 dack 0")
	a.send("ACK seq 1 ack 201")
	s.run(15 * time.Millisecond)
	if n, _ := s.conn.Queued(); n != 100 {
		t.Errorf("%d bytes are in the send buffer, want 100", n)
	}
	a.after(465*time.Millisecond, "ACK seq 201 ack 1 len 100 dsn 100 ssn 201 map 100 dack 0")
	b.send("ACK seq 1 ack 1 dack 200") // any subflow may say it
	s.run(25 * time.Millisecond)
	if n, _ := s.conn.Queued(); n != 0 {
		t.Errorf("%d bytes are in the send buffer, want none", n)
	}
	a.send("ACK seq 1 ack 301")
	s.quiet(2 * time.Second)
	s.end("ack-without-data-ack")
}

// A receive window full of data without mapping: the subflow is reset because of a middlebox,
// before the time for late mappings is over.
//
// Req: R8684-3.3.1-12, R8684-3.7-07, R8684-3.7-08
func TestConformUnmappedWindow(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("ACK seq 1 ack 1 dack 0")
	const n = 1400
	most := int(s.cfg.TCP.ReceiveBuffer) / n
	for i := range most + 1 {
		a.send(fmt.Sprintf("ACK seq %d ack 1 len %d", 1+i*n, n))
	}
	s.run(30 * time.Millisecond)
	for len(a.inbox) > 1 {
		if g := a.inbox[0]; g.Len > 0 || g.DataAck != wire.SHA256.IDSN(s.key)+1 {
			t.Errorf("came %q, want no DATA_ACK beyond 0", g.text)
		}
		a.inbox = a.inbox[1:]
	}
	a.want(fmt.Sprintf("RST ACK seq 1 ack %d MP_TCPRST 6", 1+(most+1)*n))
	s.got(0)
	s.end("unmapped-window")
}

// wrapKey has an initial data sequence number whose lower half is wrapAt short of 2^32.
const (
	wrapKey = 40233962
	wrapAt  = 159
)

// DSNs of 32 bits stand for 64: the upper half steps where the lower one wraps, and a segment
// from before that comes late is not taken for one far ahead.
//
// Req: R8684-3.3.1-13, R8684-3.3.1-15, R8684-3.3.1-17, R8684-3.3.1-18
func TestConformShortDSNWraps(t *testing.T) {
	if got := 1<<32 - uint64(uint32(wire.SHA256.IDSN(wrapKey)+1)); got != wrapAt {
		t.Fatalf("the key wraps at %d, want %d", got, wrapAt)
	}
	s := serve(t)
	s.key = wrapKey
	a := s.begin()
	const old = "ACK seq 1 ack 1 len 100 dsn/32 0 ssn 1 map 100 dack 0"
	a.send(old)
	a.want("ACK seq 1 ack 101 dack 100")
	a.send("ACK seq 201 ack 1 len 100 dsn/32 200 ssn 201 map 100 dack 0") // beyond the wrap
	a.want("ACK seq 1 ack 101 sack 201-301 dack 100")
	a.send("ACK seq 101 ack 1 len 100 dsn/32 100 ssn 101 map 100 dack 0") // across it
	a.want("ACK seq 1 ack 301 dack 300")
	b := s.join(300)
	b.send(old) // again, on another subflow
	b.want("ACK seq 1 ack 101 dack 300")
	b.send("ACK seq 101 ack 1 len 100 dsn/32 300 ssn 101 map 100 dack 0")
	b.want("ACK seq 1 ack 201 dack 400")
	s.got(400)
	if st := s.mp().Stats; st.Duplicates != 100 {
		t.Errorf("%d bytes came twice, want 100", st.Duplicates)
	}
	s.end("short-dsn-wraps")
}

// With short_dsn we leave the upper halves away ourselves, but a DSN of 64 bits is answered
// by a DATA_ACK of 64.
//
// Req: R8684-3.3.1-14, R8684-3.3.2-02
func TestConformShortDSNSent(t *testing.T) {
	s := serve(t, func(c *mptcp.Config) { c.Protocol.ShortDSN = true })
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100 dsn/32 0 ssn 1 map 100 dack/32 0")
	a.want("ACK seq 1 ack 101 dack/32 100")
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 101 len 100 dsn/32 0 ssn 1 map 100 dack/32 100")
	a.send("ACK seq 101 ack 101 len 100 dsn 100 ssn 101 map 100 dack/32 100")
	a.want("ACK seq 101 ack 201 dack 200")
	s.end("short-dsn-sent")
}

// With short_data_ack, Linux's way, a DATA_ACK has 4 bytes until the peer has sent an 8-byte DSN.
//
// Req: R8684-3.3.1-14, R8684-3.3.2-02
func TestConformShortDataAck(t *testing.T) {
	s := serve(t, func(c *mptcp.Config) { c.Protocol.ShortDataAck = true })
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100 dsn/32 0 ssn 1 map 100 dack/32 0")
	a.want("ACK seq 1 ack 101 dack/32 100")
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 101 len 100 dsn 0 ssn 1 map 100 dack/32 100")
	a.send("ACK seq 101 ack 101 len 100 dsn 100 ssn 101 map 100 dack 100")
	a.want("ACK seq 101 ack 201 dack 200")
	s.app.s.Write(100)
	a.want("ACK seq 101 ack 201 len 100 dsn 100 ssn 101 map 100 dack 200")
	s.end("short-data-ack")
}

// With sparse_data_ack a DATA_ACK goes only where it, or the window, has moved. Before the peer has
// echoed the timestamp of one, and where it sends again, it may lack the last: then it goes, too,
// because an ACK of data without it would look like that of a path that removes options.
//
// Req: R8684-3.3.2-07
func TestConformSparseDataAck(t *testing.T) {
	s := serve(t, func(c *mptcp.Config) { c.Protocol.Sparse = true })
	stamped := func(val, echo uint32) option {
		return func(_ *flow, g *wire.Segment) { g.HasTS, g.TSVal, g.TSEcr = true, val, echo }
	}
	a := s.open(0)
	a.send("SYN seq 0", capable(0), stamped(1, 0))
	told := a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s)")
	a.send("ACK seq 1 ack 1", capable(2), stamped(2, told.TSVal))
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0", stamped(3, told.TSVal))
	told = a.want("ACK seq 1 ack 101 dack 100")
	a.send("ACK seq 201 ack 1 len 100 dsn 200 ssn 201 map 100 dack 0", stamped(4, told.TSVal))
	told = a.want("ACK seq 1 ack 101 sack 201-301 dack 100")
	a.send("ACK seq 301 ack 1 len 100 dsn 300 ssn 301 map 100 dack 0", stamped(5, told.TSVal))
	a.want("ACK seq 1 ack 101 sack 201-401")
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0", stamped(6, told.TSVal))
	a.want("ACK seq 1 ack 101 sack 1-101 dack 100")
	a.send("ACK seq 101 ack 1 len 100 dsn 100 ssn 101 map 100 dack 0", stamped(7, told.TSVal))
	a.want("ACK seq 1 ack 401 dack 400")
	s.end("sparse-data-ack")
}

// One window for all subflows, the largest that a DATA_ACK has given; and each subflow keeps to
// its own as well. A late ACK with less takes nothing back.
//
// Req: R8684-3.3.5-01, R8684-3.3.5-02, R8684-3.3.5-03, R8684-3.3.5-04, R8684-4-05
func TestConformWindows(t *testing.T) {
	s := serve(t, func(c *mptcp.Config) { c.TCP.InitialWindow = 4 })
	a := s.begin()
	b := s.open(1)
	b.send("SYN seq 0 win 2000", joining(2))
	b.want("SYN ACK seq 0 ack 1 MP_JOIN id 2 HMAC/64 nonce")
	b.send("ACK seq 1 ack 1 win 2000", joining(0))
	b.want("ACK seq 1 ack 1 dack 0")
	b.send("ACK seq 1 ack 1 win 2000 dack 0") // less than what flow a has said
	s.run(25 * time.Millisecond)
	s.app.s.Write(20000)
	const mss = 1432
	for i := range 4 {
		a.want(fmt.Sprintf("ACK seq %d ack 1 len 1432 dsn %d ssn %d map 1432 dack 0", 1+i*mss, i*mss, 1+i*mss))
	}
	for i := range 2 { // segments of half a window; a third does not fit
		b.want(fmt.Sprintf("ACK seq %d ack 1 len 1000 dsn %d ssn %d map 1000 dack 0", 1+i*1000, 4*mss+i*1000, 1+i*1000))
	}
	b.send("ACK seq 1 ack 1001 win 1000 dack 0")
	s.quiet(25 * time.Millisecond)
	a.send(fmt.Sprintf("ACK seq 1 ack %d win 60000 dack %d", 1+4*mss, 4*mss+2000))
	for i := range 8 { // a tail loss probe, then slow start
		a.want(fmt.Sprintf("ACK seq %d ack 1 len 1432 dsn %d ssn %d map 1432 dack 0", 1+(4+i)*mss, (4+i)*mss+2000, 1+(4+i)*mss))
	}
	s.run(15 * time.Millisecond)
	s.end("windows")
}

// A reader that stops: the window shrinks to what the buffer still takes, on all subflows
// alike, and its right edge never moves left. What goes beyond is dropped.
//
// Req: R8684-3.3.4-01, R8684-3.3.4-02, R8684-3.3.4-03
func TestConformReceiveWindow(t *testing.T) {
	s := serve(t, func(c *mptcp.Config) { c.TCP.ReceiveBuffer = 3000 })
	s.app.deaf = true
	a := s.begin()
	b := s.join(0)
	a.send("ACK seq 1 ack 1 len 1400 dsn 0 ssn 1 map 1400 dack 0")
	if g := a.want("ACK seq 1 ack 1401 dack 1400"); g.Window != 1600 {
		t.Errorf("window %d, want 1600", g.Window)
	}
	b.send("ACK seq 1 ack 1 len 1400 dsn 1400 ssn 1 map 1400 dack 0")
	if g := b.want("ACK seq 1 ack 1401 dack 2800"); g.DataAck+uint64(g.Window) < wire.SHA256.IDSN(s.key)+1+3000 {
		t.Errorf("window %d at 2800, and the edge was 3000 before", g.Window)
	}
	b.send("ACK seq 1401 ack 1 len 400 dsn 2800 ssn 1401 map 400 dack 0") // 200 too many
	b.want("ACK seq 1 ack 1801 dack 2800")
	_, got := s.conn.Progress()
	if got != 2800 {
		t.Errorf("%d bytes were taken, want 2800", got)
	}
	if n := s.app.s.Read(5000); n != units.Bytes(2800) {
		t.Errorf("%d bytes can be read, want 2800", n)
	}
	s.run(50 * time.Millisecond)
	for _, f := range s.flows {
		for _, g := range f.inbox {
			if g.DataAck+uint64(g.Window) < wire.SHA256.IDSN(s.key)+1+3000 {
				t.Errorf("the edge has moved left: %s window %d", g.text, g.Window)
			}
		}
		f.inbox = nil
	}
	s.end("receive-window")
}

// Several options in one segment: each takes effect.
//
// Req: R8684-3-02
func TestConformOptionsTogether(t *testing.T) {
	s := dial(t)
	a := s.reach()
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("ACK seq 1 ack 101 dack 100", addAddr(s.announce(0)), prio(wire.Prio{Backup: true}), removeAddr(2))
	a.want(fmt.Sprintf("ACK seq 101 ack 1 ADD_ADDR id 2 %v echo", s.links[1].B.Addr))
	if n, _ := s.conn.Queued(); n != 0 {
		t.Error("DATA_ACK had no effect")
	}
	if !s.mp().Subflows()[0].Backup {
		t.Error("MP_PRIO had no effect")
	}
	if s.pm.heard(pathmgr.AddrAnnounced) != 1 || s.pm.heard(pathmgr.AddrRemoved) != 1 {
		t.Errorf("ADD_ADDR and REMOVE_ADDR: the path manager heard %+v", s.pm.events)
	}
	s.end("options-together")
}
