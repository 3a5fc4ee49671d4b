package mptcp_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/wire"
)

// An announced address is echoed as it came, with its port; with a wrong proof it is
// ignored in silence, as is another address under an id that is taken. A port is
// where the join goes.
//
// Req: R8684-3.4.1-03, R8684-3.4.1-10, R8684-3.4.1-13, R8684-3.4.1-18
func TestConformAddAddrClient(t *testing.T) {
	s := dial(t)
	a := s.reach()
	forged := s.announce(0)
	forged.HMAC = 1
	a.send("ACK seq 1 ack 1", addAddr(forged))
	s.quiet(50 * time.Millisecond)
	if s.mp().Stats.BadHMACs != 1 || s.pm.heard(pathmgr.AddrAnnounced) != 0 {
		t.Errorf("a forged ADD_ADDR: %+v, events %+v", s.mp().Stats, s.pm.events)
	}
	addr := s.links[1].B.Addr
	a.send("ACK seq 1 ack 1 dack 0", addAddr(s.announce(0)))
	a.want(fmt.Sprintf("ACK seq 1 ack 1 ADD_ADDR id 2 %v echo", addr))
	a.send("ACK seq 1 ack 1 dack 0", addAddr(s.announce(8080)))
	a.want(fmt.Sprintf("ACK seq 1 ack 1 ADD_ADDR id 2 %v:8080 echo", addr))
	other := s.announce(0)
	other.Addr++
	a.send("ACK seq 1 ack 1 dack 0", addAddr(other))
	s.quiet(50 * time.Millisecond)
	if err := s.pm.Open(1, false); err != nil {
		t.Fatal(err)
	}
	b := s.meet()
	b.want("SYN seq 0 MP_JOIN id 2 token nonce")
	if b.port != 8080 {
		t.Errorf("the join goes to port %d, want 8080", b.port)
	}
	s.end("add-addr-client")
}

// The server announces its second address right after the handshake, with a proof; the echo
// ends it. Without one it is repeated, with back-off, add_addr_retries times.
//
// Req: R8684-3.4.1-09, R8684-3.4.1-14
func TestConformAddAddrServer(t *testing.T) {
	text := func(s *script) string {
		return fmt.Sprintf("ACK seq 1 ack 1 ADD_ADDR id 2 %v HMAC/64", s.links[1].B.Addr)
	}
	echo := func(s *script) option {
		return addAddr(wire.AddAddr{Echo: true, AddrID: 2, Addr: uint32(s.links[1].B.Addr)})
	}
	t.Run("echoed", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		if err := s.pm.Announce(2); err != nil {
			t.Fatal(err)
		}
		a.want(text(s))
		a.send("ACK seq 1 ack 1", echo(s))
		s.quiet(5 * time.Second)
		if s.pm.heard(pathmgr.AddrEchoed) != 1 {
			t.Errorf("no echo was seen: %+v", s.pm.events)
		}
		s.end("add-addr-server")
	})
	t.Run("lost", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		if err := s.pm.Announce(2); err != nil {
			t.Fatal(err)
		}
		a.want(text(s))
		a.after(220*time.Millisecond, text(s))
		a.send("ACK seq 1 ack 1 len 10 dsn 0 ssn 1 map 10 dack 0")
		a.want("ACK seq 1 ack 11 dack 10")
		again := fmt.Sprintf("ACK seq 1 ack 11 ADD_ADDR id 2 %v HMAC/64", s.links[1].B.Addr)
		a.after(420*time.Millisecond, again)
		a.after(880*time.Millisecond, again)
		s.quiet(10 * time.Second)
		if st := s.mp().Stats; st.AddAddrsSent != 4 || st.AddAddrsGivenUp != 1 {
			t.Errorf("%d ADD_ADDRs, %d given up; want 4 and 1", st.AddAddrsSent, st.AddAddrsGivenUp)
		}
		s.end("add-addr-lost")
	})
	t.Run("echo on the new subflow", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		if err := s.pm.Announce(2); err != nil {
			t.Fatal(err)
		}
		a.want(text(s))
		b := s.join(0)
		b.send("ACK seq 1 ack 1", echo(s))
		s.run(30 * time.Millisecond)
		s.quiet(5 * time.Second)
		if s.pm.heard(pathmgr.AddrEchoed) != 1 {
			t.Errorf("no echo was seen: %+v", s.pm.events)
		}
		s.end("add-addr-echo-new-subflow")
	})
}

// Not more than two ACKs in a row only carry options: a third signal waits for an ACK
// that is due anyway.
//
// Req: R8684-3-02, R8684-3-04, R8684-3.4.1-21, R8684-4-04
func TestConformSignalsInARow(t *testing.T) {
	s := serve(t)
	a := s.begin()
	sf := s.mp().Subflows()[0]
	for _, backup := range []bool{true, false, true} {
		sf.SetBackup(backup)
	}
	a.want("ACK seq 1 ack 1 MP_PRIO backup=true dack 0")
	a.want("ACK seq 1 ack 1 MP_PRIO backup=false dack 0")
	s.quiet(time.Second)
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 MP_PRIO backup=true dack 100")
	s.end("signals-in-a-row")
}

// REMOVE_ADDR for an address that no subflow uses is noted, one for an unknown id
// ignored; the connection goes on.
//
// Req: R8684-3.4.2-07, R8684-3.4.2-11, R8684-3.8-03
func TestConformRemoveAddrClient(t *testing.T) {
	s := dial(t)
	a := s.reach()
	a.send("ACK seq 1 ack 1", addAddr(s.announce(0)))
	a.want(fmt.Sprintf("ACK seq 1 ack 1 ADD_ADDR id 2 %v echo", s.links[1].B.Addr))
	a.send("ACK seq 1 ack 1 dack 0", removeAddr(9))
	s.quiet(50 * time.Millisecond)
	if s.pm.heard(pathmgr.AddrRemoved) != 0 {
		t.Error("an address that was never announced has been removed")
	}
	a.send("ACK seq 1 ack 1 dack 0", removeAddr(2))
	s.quiet(50 * time.Millisecond)
	if s.pm.heard(pathmgr.AddrRemoved) != 1 {
		t.Errorf("the path manager has not heard of it: %+v", s.pm.events)
	}
	if err := s.pm.Open(1, false); err == nil {
		t.Error("a subflow was opened to an address that was withdrawn")
	}
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	s.end("remove-addr-client")
}

// The address of a subflow is withdrawn: a keep-alive asks whether it still lives. An answer
// saves it; silence ends it with a RST after an RTO.
//
// Req: R8684-3.2-05, R8684-3.4.2-04, R8684-3.4.2-05, R8684-3.4.2-06, R8684-3.4.2-10
func TestConformRemoveAddrOfSubflow(t *testing.T) {
	for _, alive := range []bool{true, false} {
		t.Run(fmt.Sprint(alive), func(t *testing.T) {
			s := serve(t)
			a := s.begin()
			b := s.join(0)
			b.send("ACK seq 1 ack 1 dack 0", removeAddr(0))
			a.want("ACK seq 0 ack 1 dack 0")
			want := 2
			if alive {
				a.send("ACK seq 1 ack 1 dack 0")
				s.quiet(time.Second)
			} else {
				want = 1
				a.after(220*time.Millisecond, "RST ACK seq 1 ack 1")
				s.quiet(time.Second)
			}
			if got := s.live(); got != want {
				t.Errorf("%d subflows are left, want %d", got, want)
			}
			s.app.s.Write(100)
			if alive {
				a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
			} else {
				b.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
			}
			s.end(fmt.Sprintf("remove-addr-alive-%v", alive))
		})
	}
}

// Our own address is withdrawn: REMOVE_ADDR with its id, on an ACK with a DATA_ACK, also if
// no subflow has used it.
//
// Req: R8684-3.4.2-01, R8684-3.4.2-02
func TestConformRemoveAddrServer(t *testing.T) {
	s := serve(t)
	a := s.begin()
	if err := s.pm.Announce(2); err != nil {
		t.Fatal(err)
	}
	a.want(fmt.Sprintf("ACK seq 1 ack 1 ADD_ADDR id 2 %v HMAC/64", s.links[1].B.Addr))
	a.send("ACK seq 1 ack 1", addAddr(wire.AddAddr{Echo: true, AddrID: 2, Addr: uint32(s.links[1].B.Addr)}))
	s.quiet(50 * time.Millisecond)
	s.pm.Withdraw(2)
	a.want("ACK seq 1 ack 1 REMOVE_ADDR [2] dack 0")
	s.quiet(time.Second)
	s.end("remove-addr-server")
}

// MP_PRIO makes a subflow a backup and takes it back; what we send moves accordingly.
// The form of version 0, with an address id, is ignored.
//
// Req: R8684-3.3.8-01, R8684-3.3.8-02, R8684-3.3.8-03
func TestConformPrio(t *testing.T) {
	s := serve(t)
	a := s.begin()
	b := s.join(0)
	on := a // the path of less delay
	pos, sent := 0, map[*flow]int{}
	write := func(f *flow) {
		t.Helper()
		s.app.s.Write(100)
		f.want(fmt.Sprintf("ACK seq %d ack 1 len 100 dsn %d ssn %d map 100 dack 0", 1+sent[f], pos, 1+sent[f]))
		pos += 100
		sent[f] += 100
		f.send(fmt.Sprintf("ACK seq 1 ack %d dack %d", 1+sent[f], pos))
		s.run(30 * time.Millisecond)
	}
	write(on)
	for _, c := range []struct {
		p    wire.Prio
		next *flow
	}{
		{wire.Prio{Backup: true}, b},
		{wire.Prio{Backup: false, HasAddrID: true, AddrID: 0}, b},
		{wire.Prio{Backup: false}, a},
	} {
		a.send(fmt.Sprintf("ACK seq 1 ack %d dack %d", 1+sent[a], pos), prio(c.p))
		s.run(30 * time.Millisecond)
		write(c.next)
	}
	s.end("prio")
}
