package mptcp_test

import (
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// marker is a queue's decision to mark, as a middlebox: one in every packets up the link that
// may be marked.
type marker struct {
	every, seen int
	bytes       uint64 // of payload
	setup       []wire.Flags
}

// Process implements netem.Middlebox.
func (m *marker) Process(p *netem.Packet, t *netem.Tap) {
	s := p.Payload.(*wire.Segment)
	if s.Flags.Has(wire.SYN) {
		m.setup = append(m.setup, s.Flags)
	} else if t.Up() && p.ECN != netem.NotECT {
		if m.seen++; m.every > 0 && m.seen%m.every == 0 {
			p.ECN = netem.CE
			m.bytes += uint64(s.Len)
		}
	}
	t.Forward(p)
}

// marked transfers n bytes over two paths that mark every so many packets, 0: none. It
// returns the markers, and of each subflow the bytes that it knows to be marked and how often
// marks cut its window.
func marked(t *testing.T, mode tcp.ECN, controller string, every [2]int) (m [2]marker, known, cuts [2]uint64) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 5000, 0}, path{5 * units.Mbps, 20 * time.Millisecond, 5000, 0})
	l.cfg.TCP.ECN = mode
	l.cfg.Controller = func() cc.Controller { c, _ := cc.Registry.New(controller); return c }
	for i := range m {
		m[i].every = every[i]
		l.links[i].Insert(&m[i])
	}
	l.transfer(2e6)
	var ends []*tcp.Endpoint
	for range 100 { // before the second subflow has a window of data out
		l.eng.Run(l.eng.Now().Add(time.Millisecond))
		for i, sf := range l.up.Subflows() {
			if i < len(ends) {
				continue
			}
			ends = append(ends, sf.Endpoint())
			sf.Endpoint().Points.Episodes.Observe(func(e tcp.Episode) {
				if e.Cause == cc.Mark {
					cuts[i]++
				}
			})
		}
	}
	l.finish(60*time.Second, 2e6)
	for i, e := range ends {
		known[i] = e.MarkedBytes()
		if e.Stats.Retransmits > 0 {
			t.Errorf("subflow %d: %d segments were sent again", i, e.Stats.Retransmits)
		}
	}
	return m, known, cuts
}

// Each subflow is a TCP connection of its own (RFC 8684, section 2): it agrees to ECN with its
// own SYN, and what is marked on its path is echoed on it and cuts its window, not that of
// the other.
func TestECNOnEachSubflow(t *testing.T) {
	for _, mode := range []tcp.ECN{tcp.ECNClassic, tcp.ECNDCTCP} {
		for _, every := range [][2]int{{0, 0}, {50, 0}, {0, 50}, {20, 100}, {1, 1}} {
			for _, law := range []string{"lia", "olia", "dctcp"} {
				m, known, cuts := marked(t, mode, law, every)
				for i := range m {
					if len(m[i].setup) != 2 || m[i].setup[0]&(wire.ECE|wire.CWR) != wire.ECE|wire.CWR || m[i].setup[1]&(wire.ECE|wire.CWR) != wire.ECE {
						t.Errorf("%v: subflow %d is set up by %#x", mode, i, m[i].setup)
					}
					if known[i] < m[i].bytes || (known[i] > 0) != (every[i] > 0) || mode == tcp.ECNDCTCP && known[i] != m[i].bytes {
						t.Errorf("%v, %s, %v: subflow %d knows of %d bytes, marked are %d", mode, law, every, i, known[i], m[i].bytes)
					}
					if (cuts[i] > 0) != (every[i] > 0) {
						t.Errorf("%v, %s, %v: marks cut subflow %d %d times", mode, law, every, i, cuts[i])
					}
				}
			}
		}
	}
}

// Without the option no flag is set, and nothing can be marked.
func TestECNOff(t *testing.T) {
	m, known, cuts := marked(t, tcp.ECNOff, "lia", [2]int{1, 1})
	for i := range m {
		if m[i].seen > 0 || known[i] > 0 || cuts[i] > 0 || m[i].setup[0]&(wire.ECE|wire.CWR) != 0 {
			t.Errorf("subflow %d: %+v, %d, %d", i, m[i], known[i], cuts[i])
		}
	}
}
