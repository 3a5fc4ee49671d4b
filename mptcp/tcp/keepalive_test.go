package tcp_test

import (
	"testing"
	"time"
)

// "Such a segment generally contains SEG.SEQ = SND.NXT-1" (RFC 9293, section 3.8.4): the
// peer answers each with an ACK, which is no duplicate ACK, and nothing else follows.
func TestKeepAlive(t *testing.T) {
	l := newLab(t, wide(nil))
	l.transfer(t, 1000, reno)
	l.source.open = true
	log := l.capture()
	for i := range 5 {
		l.at(time.Second+time.Duration(i)*500*time.Millisecond, func() { l.src.KeepAlive() })
	}
	l.at(5*time.Second, func() { l.source.left, l.source.open = 1000, false; l.source.Writable() })
	l.at(4*time.Second, func() {
		var probes, answers int
		for _, p := range log.packets {
			switch {
			case p.at < time.Second:
			case p.up && p.Len == 0 && p.Seq == 1000:
				probes++
			case !p.up && p.Len == 0 && p.Ack == 1001:
				answers++
			default:
				t.Errorf("unexpected: %v", p)
			}
		}
		if probes != 5 || answers != 5 {
			t.Errorf("%d probes and %d answers, want 5 and 5", probes, answers)
		}
	})
	l.finish(t, 7*time.Second, 2000)
	if s := l.src.Stats; s.Retransmits+s.FastRecoveries+s.Timeouts != 0 {
		t.Errorf("%d retransmissions, %d fast recoveries, %d timeouts; want none", s.Retransmits, s.FastRecoveries, s.Timeouts)
	}
}
