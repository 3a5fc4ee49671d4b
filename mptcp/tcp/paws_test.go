package tcp_test

import (
	"testing"

	"mpsim/mptcp/wire"
)

// "If there is a Timestamps option in the arriving segment, SEG.TSval < TS.Recent ...
// and if the RST bit is not set, then treat the arriving segment as not acceptable:
// send an acknowledgment in reply ... and drop the segment" (RFC 7323, section 5.3): an
// old duplicate whose sequence number has come round is not taken for new data.
func TestPAWS(t *testing.T) {
	s := newScript(t, nil)
	s.stamp = 1000
	s.connect(offer())
	s.send(wire.ACK, 1, 1000)
	if a := s.one(); a.Ack != 1001 {
		t.Fatalf("ack %d, want 1001", a.Ack)
	}
	for _, c := range []struct {
		name  string
		flags wire.Flags
		n     int
		stamp uint32
		taken bool
	}{
		{"an old duplicate", wire.ACK, 500, 999, false},
		{"half the clock ahead is behind", wire.ACK, 500, 1000 + 1<<31, false},
		{"an old FIN", wire.ACK | wire.FIN, 0, 999, false},
		{"the same tick", wire.ACK, 500, 1000, true},
		{"a later one", wire.ACK, 500, 1001, true},
	} {
		got, seq := s.sink.got, uint32(1001+s.sink.got-1000)
		s.stamp = c.stamp
		s.send(c.flags, seq, c.n)
		want := seq
		if c.taken {
			want += uint32(c.n)
		}
		if a := s.one(); a.Ack != want {
			t.Errorf("%s: ack %d, want %d", c.name, a.Ack, want)
		}
		if taken := s.sink.got > got; taken != c.taken || s.sink.eof != 0 {
			t.Errorf("%s: taken %v, want %v", c.name, taken, c.taken)
		}
	}
	s.stamp = 1
	s.send(wire.RST, uint32(1+s.sink.got), 0)
	s.none()
	if s.sink.err == nil {
		t.Error("an old RST is dropped; it has no timestamp to be judged by")
	}
}

// ACKs that the network has reordered are not answered: the sender of data would take
// the answers for duplicate ACKs.
func TestPAWSSparesACKs(t *testing.T) {
	s := newScript(t, nil)
	s.stamp = 1000
	s.connect(offer())
	s.stamp = 999
	s.send(wire.ACK, 1, 0)
	s.none()
}
