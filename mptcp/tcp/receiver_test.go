package tcp_test

import (
	"slices"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
)

// "an ACK SHOULD be generated for at least every second full-sized segment, and
// MUST be generated within 500 ms" (RFC 5681, section 4.2).
func TestDelayedAck(t *testing.T) {
	s := newScript(t, noQuickAcks)
	s.connect(offer())
	s.send(wire.ACK, 1, 1448)
	s.none()
	s.send(wire.ACK, 1449, 1448)
	if a := s.one(); a.Ack != 2897 {
		t.Errorf("ack %d, want 2897 for two segments", a.Ack)
	}
	s.send(wire.ACK, 2897, 1448)
	if a := s.take(39 * time.Millisecond); len(a) != 0 {
		t.Errorf("the ACK was not delayed: %+v", a)
	}
	if a := s.take(10 * time.Millisecond); len(a) != 1 || a[0].Ack != 4345 {
		t.Errorf("after the delay came %+v, want ack 4345", a)
	}
	if a := s.take(time.Second); len(a) != 0 {
		t.Errorf("the ACK was repeated: %+v", a)
	}
}

// The first segments are acknowledged at once, so that the sender's slow start
// gets going.
func TestQuickAcks(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.QuickAcks = 3 })
	s.connect(offer())
	seq := uint32(1)
	for range 3 {
		s.send(wire.ACK, seq, 1448)
		s.one()
		seq += 1448
	}
	s.send(wire.ACK, seq, 1448)
	s.none()
}

// So are those after the sender was idle for longer than an RTO, when it starts
// slowly again.
func TestQuickAcksAfterIdle(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.QuickAcks = 2 })
	s.connect(offer())
	seq := uint32(1)
	for range 4 {
		s.send(wire.ACK, seq, 1448)
		seq += 1448
	}
	s.take(2 * time.Second)
	for range 2 {
		s.send(wire.ACK, seq, 1448)
		s.one()
		seq += 1448
	}
	s.send(wire.ACK, seq, 1448)
	s.none()
}

// "A TCP receiver SHOULD send an immediate duplicate ACK when an out-of-order
// segment arrives" and "an immediate ACK when the incoming segment fills in all
// or part of a gap" (RFC 5681, section 4.2); the first SACK block is the one that
// contains the segment (RFC 2018, section 4).
func TestOutOfOrder(t *testing.T) {
	s := newScript(t, noQuickAcks)
	s.connect(offer())
	for _, st := range []struct {
		seq, ack uint32
		sack     []wire.Block
	}{
		{1001, 1, []wire.Block{{Left: 1001, Right: 2001}}},
		{3001, 1, []wire.Block{{Left: 3001, Right: 4001}, {Left: 1001, Right: 2001}}},
		{5001, 1, []wire.Block{{Left: 5001, Right: 6001}, {Left: 3001, Right: 4001}, {Left: 1001, Right: 2001}}},
		// With timestamps, option space ends here: 12 + 4 + 3·8 = 40.
		{7001, 1, []wire.Block{{Left: 7001, Right: 8001}, {Left: 5001, Right: 6001}, {Left: 3001, Right: 4001}}},
		{2001, 1, []wire.Block{{Left: 1001, Right: 4001}, {Left: 7001, Right: 8001}, {Left: 5001, Right: 6001}}},
		{1, 4001, []wire.Block{{Left: 7001, Right: 8001}, {Left: 5001, Right: 6001}}},
		{4001, 6001, []wire.Block{{Left: 7001, Right: 8001}}},
		{6001, 8001, nil},
	} {
		s.send(wire.ACK, st.seq, 1000)
		a := s.one()
		if got := a.SACK[:a.NSACK]; a.Ack != st.ack || !slices.Equal(got, st.sack) {
			t.Errorf("after %d: ack %d sack %v, want %d %v", st.seq, a.Ack, got, st.ack, st.sack)
		}
	}
	if s.sink.got != 8000 {
		t.Errorf("%d bytes were delivered, want 8000", s.sink.got)
	}
}

// Without timestamps a fourth block fits (RFC 2018, section 3).
func TestSACKOptionSpace(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.Timestamps = false })
	s.connect(offer())
	for i := range uint32(5) {
		s.send(wire.ACK, 1001+2000*i, 1000)
		if a := s.one(); int(a.NSACK) != min(int(i)+1, 4) {
			t.Errorf("%d holes: %d blocks", i+1, a.NSACK)
		}
	}
}

// "a TCP MUST NOT send a SACK option unless it has received SACK-permitted"
// (RFC 2018, section 2).
func TestSACKNotPermitted(t *testing.T) {
	s := newScript(t, nil)
	if a := s.connect(wire.Options{MSS: 1460, WScale: -1}); a.Opt.SACKPermitted {
		t.Error("the SYN/ACK permits what the SYN did not offer")
	}
	s.send(wire.ACK, 1001, 1000)
	if a := s.one(); a.NSACK != 0 {
		t.Errorf("%d SACK blocks", a.NSACK)
	}
}

// RFC 2883, section 4: the first block reports the duplicate segment, below the
// ACK field or within the second block, and each duplicate once only.
func TestDSACK(t *testing.T) {
	s := newScript(t, nil)
	s.connect(offer())
	for _, st := range []struct {
		name     string
		seq, ack uint32
		sack     []wire.Block
	}{
		{"in order", 1, 1001, nil},
		{"below the ACK field", 1, 1001, []wire.Block{{Left: 1, Right: 1001}}},
		{"out of order", 2001, 1001, []wire.Block{{Left: 2001, Right: 3001}}},
		{"out of order too", 3001, 1001, []wire.Block{{Left: 2001, Right: 4001}}},
		{"within the held range", 3001, 1001, []wire.Block{{Left: 3001, Right: 4001}, {Left: 2001, Right: 4001}}},
		{"below, with a hole", 1, 1001, []wire.Block{{Left: 1, Right: 1001}, {Left: 2001, Right: 4001}}},
		{"fills the hole", 1001, 4001, nil},
		{"another hole", 5001, 4001, []wire.Block{{Left: 5001, Right: 6001}}},
		{"yet another", 7001, 4001, []wire.Block{{Left: 7001, Right: 8001}, {Left: 5001, Right: 6001}}},
		{"within the older range", 5001, 4001, []wire.Block{{Left: 5001, Right: 6001}, {Left: 5001, Right: 6001}, {Left: 7001, Right: 8001}}},
	} {
		s.send(wire.ACK, st.seq, 1000)
		a := s.one()
		if got := a.SACK[:a.NSACK]; a.Ack != st.ack || !slices.Equal(got, st.sack) {
			t.Errorf("%s: ack %d sack %v, want %d %v", st.name, a.Ack, got, st.ack, st.sack)
		}
	}
	if n := s.dst.Stats.DuplicatesReceived; n != 4 {
		t.Errorf("%d duplicates were counted, want 4", n)
	}
}

// Only what is new in a segment that overlaps what has come is delivered.
func TestOverlap(t *testing.T) {
	s := newScript(t, nil)
	s.connect(offer())
	s.send(wire.ACK, 1, 1000)
	s.send(wire.ACK, 501, 1000)
	s.send(wire.ACK, 2001, 1000)
	s.send(wire.ACK, 1001, 1448)
	s.run(5 * time.Millisecond)
	if s.sink.got != 3000 {
		t.Errorf("%d bytes were delivered, want 3000", s.sink.got)
	}
}

// RFC 7323, section 4.3: TS.Recent follows a segment that spans Last.ACK.sent. So
// a delayed ACK echoes the oldest segment, one above a hole the last in order, and
// one that fills a hole the filler: A1 C3 B2 E5 D4 echo 1 1 2 2 4.
func TestTimestampEcho(t *testing.T) {
	s := newScript(t, nil)
	s.connect(offer())
	for _, st := range []struct{ letter, stamp, echo uint32 }{{0, 1, 1}, {2, 3, 1}, {1, 2, 2}, {4, 5, 2}, {3, 4, 4}} {
		s.stamp = st.stamp
		s.send(wire.ACK, 1+1000*st.letter, 1000)
		if a := s.one(); a.TSEcr != st.echo {
			t.Errorf("segment %c: echo %d, want %d", 'A'+rune(st.letter), a.TSEcr, st.echo)
		}
	}

	s = newScript(t, noQuickAcks)
	s.connect(offer())
	s.stamp = 10
	s.send(wire.ACK, 1, 1448)
	s.none()
	s.stamp = 20
	s.send(wire.ACK, 1449, 1448)
	if a := s.one(); a.TSEcr != 10 {
		t.Errorf("a delayed ACK echoes %d, want 10, of the first segment", a.TSEcr)
	}
}
