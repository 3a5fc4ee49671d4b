package mptcp_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// stripper is a middlebox that takes options away, or changes bytes, now and then.
type stripper struct {
	r       *rand.Rand
	eng     *sim.Engine
	kind    int
	p       float64  // of a packet that it cares for
	after   sim.Time // when it begins
	loss    float64
	altered uint64 // bytes that it has changed
}

// The kinds of stripper.
const (
	stripNothing = iota
	stripAll
	stripDSS
	stripPast // all that is behind the SYNs
	stripCapable
	stripJoin
	stripSignals
	stripSACK
	alterPayload
	cut // nothing gets through
	stripperKinds
)

func (b *stripper) Lose(_ sim.Time, p *netem.Packet) bool {
	s := p.Payload.(*wire.Segment)
	if b.eng.Now() >= b.after && b.r.Float64() < b.p {
		if b.kind == cut {
			return true
		}
		b.strip(s)
	}
	return b.r.Float64() < b.loss
}

func (b *stripper) strip(s *wire.Segment) {
	o := wire.Options{WScale: -1}
	if s.Opt != nil {
		o = *s.Opt
	}
	switch b.kind {
	case stripAll:
		dropMPTCP(s)
		return
	case stripPast:
		if isPast(s) {
			dropMPTCP(s)
		}
		return
	case stripDSS:
		s.DSS = 0
		return
	case stripCapable:
		o.Capable = nil
	case stripJoin:
		o.Join = nil
	case stripSignals:
		o.AddAddr, o.RemoveAddr, o.Prio, o.Fail, o.FastClose, o.Reset = nil, nil, nil, nil, nil, nil
	case stripSACK:
		s.NSACK = 0
		return
	case alterPayload:
		if s.Len == 0 || o.Payload != nil {
			return
		}
		o.Payload = wire.AppendContent(nil, s.Pos, int(s.Len))
		o.Payload[b.r.IntN(int(s.Len))] ^= 0x55
		b.altered++
	default:
		return
	}
	if s.Opt != nil || o.Payload != nil {
		s.Opt = &o
	}
}

// idle reports whether w waits for nothing but what the peer may say.
func (w *talker) idle() bool {
	send, _ := w.s.(mptcp.Connection).Queued()
	return w.left == 0 && send == 0
}

// A transfer over two lossy paths, with middleboxes that take options away or change bytes, ends: either in
// good order with every byte in its place, or with an error. No packet and no endpoint
// is left, and nothing panics.
//
// Req: R8684-1.1-01, R8684-1.1-02, R8684-6-07, R8684-6-09
func TestStrippedTransfers(t *testing.T) {
	seeds := uint64(600)
	if os.Getenv("MPSIM_LONG") != "" {
		seeds = 20000
	}
	for seed := range seeds {
		if t.Failed() {
			return
		}
		stripped(t, seed)
	}
}

func stripped(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	l := newLab(t, seed, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{4 * units.Mbps, 30 * time.Millisecond, 20, 0})
	p := &l.cfg.Protocol
	p.Profile = mptcp.Profile(r.IntN(3))
	p.Checksum = mptcp.ChecksumPolicy(r.IntN(2))
	p.ShortDSN, p.Sparse = r.IntN(2) == 0, r.IntN(2) == 0
	p.RetryV0 = p.Profile != mptcp.V0 && r.IntN(4) == 0
	p.CloseTimeout = 20 * time.Second
	l.cfg.TCP.Retries, l.cfg.TCP.RTOMax, l.cfg.TCP.SACK = 6, 5*time.Second, r.IntN(4) > 0
	l.cfg.Manager = func() pathmgr.Manager { return &pathmgr.FullMesh{Subflows: 8, Joins: 8} } // which never tries again
	l.net.Altered = true
	var boxes []*stripper
	for _, d := range l.links {
		for _, k := range []*netem.Link{d.Up, d.Down} {
			b := &stripper{r: rand.New(rand.NewPCG(seed, uint64(len(boxes)))), eng: l.eng, kind: max(r.IntN(2*stripperKinds)-stripperKinds, 0)}
			b.p = []float64{0.01, 0.1, 1}[r.IntN(3)]
			b.after = sim.Time(time.Duration(r.IntN(2)*r.IntN(1000)) * time.Millisecond)
			b.loss = []float64{0, 0.01, 0.05}[r.IntN(3)]
			if seed%4 == 3 { // the rarer cases of section 3.7
				p.Checksum, b.kind = mptcp.ChecksumWant, []int{stripNothing, alterPayload, cut}[r.IntN(3)]
			}
			boxes = append(boxes, b)
			k.SetLoss(b)
		}
	}
	up, down := units.Bytes(r.IntN(400e3)), units.Bytes(r.IntN(2)*r.IntN(200e3))
	a, b := &talker{left: up}, &talker{left: down}
	what := fmt.Sprintf("seed %d: %+v, boxes %v", seed, *p, func() (s []string) {
		for _, b := range boxes {
			s = append(s, fmt.Sprintf("{kind %d p %g after %v loss %g}", b.kind, b.p, b.after, b.loss))
		}
		return s
	}())
	defer func() {
		if e := recover(); e != nil {
			t.Errorf("%s: %v", what, e)
			panic(e)
		}
	}()
	l.talk(a, b)
	l.validator.blind = true // a box may make a liar of an honest end
	l.eng.Run(sim.Time(1000 * time.Second))
	stats := func() string {
		s := fmt.Sprintf("\nclient: got %d of %d, done %v %v, %+v\nserver: got %d of %d, done %v %v", a.got, down, a.done, a.err, l.up.Stats, b.got, up, b.done, b.err)
		if l.down != nil {
			s += fmt.Sprintf(", %+v", l.down.Stats)
		}
		return s
	}
	altered := uint64(0)
	for _, b := range boxes {
		altered += b.altered
	}
	over, err := l.up.Ended()
	upWaits, downWaits := !over || a.opened && !a.done, b.opened && !b.done
	switch {
	case downWaits && err != nil && b.idle() || upWaits && b.err != nil && a.idle() || err != nil && l.down != nil && !b.opened:
		return // nobody tells one who listens alone that the peer is gone
	case upWaits || downWaits:
		t.Errorf("%s: not over%s", what, stats())
	case a.done && b.done && a.err == nil && b.err == nil && (a.got != down || b.got != up):
		t.Errorf("%s: ended well, with bytes missing%s", what, stats())
	}
	for _, c := range []*mptcp.Conn{l.up, l.down} {
		if c != nil && (c.Stats.Corrupted+c.Stats.Rewritten > altered || p.Checksum == mptcp.ChecksumWant && c.Stats.Corrupted > 0) {
			t.Errorf("%s: bytes changed%s", what, stats())
		}
	}
	if !t.Failed() {
		l.clean()
		if t.Failed() {
			t.Errorf("%s%s", what, stats())
		}
	}
}
