package middlebox

import (
	"fmt"
	"time"

	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

func init() {
	Registry.Register("proactive-ack", "RFC 3135, section 2; RFC 8684, section 3.3.6", func() Model {
		return &ProactiveACK{Buffer: units.MiB, RTO: 300 * time.Millisecond, MPTCP: "drop"}
	})
}

// ProactiveACK is a performance-enhancing proxy: it acknowledges data that comes in
// order, before the receiver does, keeps it, and sends it again if the receiver does not
// acknowledge it. FINs are left to the ends.
type ProactiveACK struct {
	entire
	Buffer units.Bytes   `toml:"buffer" doc:"most payload that it keeps of each direction of a connection; more passes without its help"`
	RTO    time.Duration `toml:"rto" doc:"time after which it sends again, doubled each time"`
	MPTCP  string        `toml:"mptcp" doc:"what becomes of MPTCP options after the SYNs: drop; or copy, and its own acknowledgements repeat the last DATA_ACK of the receiver"`
}

// Validate reports parameters out of range.
func (m *ProactiveACK) Validate() error {
	switch {
	case m.Buffer <= 0:
		return fmt.Errorf("buffer %v: want more than 0B", m.Buffer)
	case m.RTO <= 0:
		return fmt.Errorf("rto %v: want more than 0", m.RTO)
	}
	return words.Check("mptcp", m.MPTCP, "drop", "copy")
}

// Make implements Model.
func (m *ProactiveACK) Make(env Env) Box { return &pep{ProactiveACK: *m, env: env} }

type pep struct {
	ProactiveACK
	env         Env
	acked, sent uint64 // segments acknowledged, and sent again
}

// relay is what a proxy does for one direction of a connection. Sequence numbers are
// those of the data.
type relay struct {
	box     *pep
	dir     int        // of the data, by Passage.Dir
	tap     *netem.Tap // of that direction, if there are kept ones
	started bool       // the receiver has been heard
	next    uint32     // the box has acknowledged all before
	una     uint32     // and the receiver all before this
	edge    uint32     // up to here the receiver admits data
	told    uint16     // window field of the last acknowledgement to the sender
	recover uint32     // una at which the present losses are repaired
	dupACKs int
	kept    []*netem.Packet // copies from una on, in order
	bytes   units.Bytes     // of their payload
	timer   sim.Timer
	rto     time.Duration
	resends int // in a row without progress

	tsVal   uint32     // last of the receiver
	echo    wire.Flags // ECE, if its last ACK had it
	dataAck uint64     // last of the receiver, if dss
	dss     wire.DSSFlags
}

// maxResends is how often in vain a proxy sends again: then it gives up.
const maxResends = 10

// of returns the relays of the connection of x, by direction.
func (b *pep) of(x Passage) *[2]relay {
	r, ok := x.flow.state.(*[2]relay)
	if !ok {
		r = new([2]relay)
		for i := range r {
			r[i].box, r[i].dir, r[i].rto = b, i, b.RTO
			r[i].timer.Init(b.env.Engine, &r[i], 0)
		}
		x.flow.state = r
	}
	return r
}

// Take implements Box.
func (b *pep) Take(x Passage) bool {
	r, s := b.of(x), x.Seg
	if s.Flags.Has(wire.RST) {
		r[0].giveUp()
		r[1].giveUp()
		x.Forward()
		return false
	}
	before := size(s)
	hit := false
	if back := &r[1-x.Dir]; s.Flags.Has(wire.ACK) && b.env.Acts[1-x.Dir] {
		back.acknowledged(x)
		var absorb bool
		if hit, absorb = back.disguise(x); absorb {
			x.Absorb()
			return true
		}
	}
	if s.Flags.Has(wire.SYN) {
		x.Forward()
		return hit
	}
	if s.Len > 0 && r[x.Dir].take(x) {
		hit = true
	}
	if b.MPTCP == "drop" && strip(s, multipath) {
		hit = true
	}
	x.fit(before)
	x.Forward()
	return hit
}

// take acknowledges the data of x and keeps a copy, if it comes in order and the
// receiver has room for it.
func (r *relay) take(x Passage) bool {
	s := x.Seg
	end := s.Seq + uint32(s.Len)
	switch {
	case !r.started:
		return false
	case seqnum.BeforeEq(end, r.next) && len(r.kept) > 0: // it was acknowledged before
		r.reply(x)
		return true
	case s.Seq == r.next && r.bytes+units.Bytes(s.Len) <= r.box.Buffer && seqnum.BeforeEq(end, r.edge):
		r.keep(x)
		r.next = end
		r.reply(x)
		return true
	}
	return false
}

// keep stores a copy of x without its FIN. As what a sender sends again, it says nothing of
// congestion (RFC 3168, section 6.1.5).
func (r *relay) keep(x Passage) {
	r.tap = x.Tap
	p, s := clone(x.Tap, x.Packet)
	s.Flags &^= wire.FIN | wire.CWR
	p.ECN = netem.NotECT
	if r.box.MPTCP == "drop" {
		before := size(s)
		strip(s, multipath)
		x.Tap.Resize(p, p.Size+size(s)-before)
	}
	r.kept = append(r.kept, p)
	r.bytes += units.Bytes(s.Len)
	if !r.timer.Armed() {
		r.timer.ArmAfter(r.rto)
	}
}

// reply acknowledges, in the name of the receiver, all that the box has.
func (r *relay) reply(x Passage) {
	r.box.acked++
	s := x.Seg
	r.told = r.window(x)
	a := wire.Segment{
		Flags: wire.ACK | r.echo, Seq: s.Ack, Ack: r.next, Window: r.told,
		HasTS: s.HasTS, TSVal: r.tsVal, TSEcr: s.TSVal,
	}
	if r.box.MPTCP == "copy" {
		a.DSS, a.DataAck = r.dss, r.dataAck
	}
	x.reply(a)
}

// window returns the field that tells the sender what the receiver admits beyond next.
func (r *relay) window(x Passage) uint16 {
	if seqnum.Before(r.edge, r.next) {
		return 0
	}
	return uint16(min((r.edge-r.next)>>x.flow.shift(1-r.dir, x.Seg), 1<<16-1))
}

// acknowledged takes what the receiver says in x.
func (r *relay) acknowledged(x Passage) {
	s := x.Seg
	if !r.started {
		r.started = true
		r.next, r.una, r.recover, r.edge = s.Ack, s.Ack, s.Ack, s.Ack
	}
	if edge := s.Ack + uint32(s.Window)<<x.flow.shift(x.Dir, s); seqnum.Before(r.edge, edge) {
		r.edge = edge
	}
	if s.HasTS {
		r.tsVal = s.TSVal
	}
	if !s.Flags.Has(wire.SYN) {
		r.echo = s.Flags & wire.ECE
	}
	if s.DSS.Has(wire.HasDataAck) {
		r.dss, r.dataAck = s.DSS&(wire.HasDataAck|wire.Ack32), s.DataAck
	}
	switch {
	case seqnum.Before(r.una, s.Ack):
		r.advance(s.Ack)
	case s.Ack == r.una && s.Len == 0 && len(r.kept) > 0:
		if r.dupACKs++; r.dupACKs == 3 && seqnum.BeforeEq(r.recover, r.una) {
			r.recover = r.next
			r.resend()
		}
	}
}

// advance forgets what the receiver has.
func (r *relay) advance(ack uint32) {
	r.una, r.dupACKs, r.rto, r.resends = ack, 0, r.box.RTO, 0
	if seqnum.Before(r.next, ack) {
		r.next = ack
	}
	n := 0
	for n < len(r.kept) && seqnum.BeforeEq(segment(r.kept[n]).Seq+uint32(segment(r.kept[n]).Len), ack) {
		r.forget(r.kept[n])
		n++
	}
	r.kept = append(r.kept[:0], r.kept[n:]...)
	r.timer.Stop()
	if len(r.kept) == 0 {
		return
	}
	r.timer.ArmAfter(r.rto)
	if seqnum.Before(ack, r.recover) { // RFC 6582: a partial acknowledgement
		r.resend()
	}
}

func (r *relay) forget(p *netem.Packet) {
	r.bytes -= units.Bytes(segment(p).Len)
	r.tap.Absorb(p)
}

// giveUp forgets all.
func (r *relay) giveUp() {
	for _, p := range r.kept {
		r.forget(p)
	}
	r.kept = nil
	r.timer.Stop()
}

// resend sends a copy of the first that the receiver lacks.
func (r *relay) resend() {
	r.box.sent++
	p, _ := clone(r.tap, r.kept[0])
	forward(r.tap, p)
}

// HandleTimer implements sim.Handler: the receiver has not acknowledged in time.
func (r *relay) HandleTimer(int) {
	if r.resends++; r.resends > maxResends {
		r.giveUp()
		return
	}
	r.recover = r.next
	r.resend()
	r.rto = min(2*r.rto, time.Minute)
	r.timer.ArmAfter(r.rto)
}

// disguise puts what the box has acknowledged in place of an older acknowledgement of
// the receiver. absorb tells that the sender would learn nothing from x, and might take it
// for a sign of loss.
func (r *relay) disguise(x Passage) (changed, absorb bool) {
	s := x.Seg
	if !seqnum.Before(s.Ack, r.next) {
		r.told = s.Window
		return false, false
	}
	s.Ack, s.Window, s.NSACK = r.next, r.window(x), 0
	if s.Len == 0 && !s.Flags.Has(wire.FIN) && s.Window <= r.told && r.told > 0 {
		return true, true
	}
	r.told = s.Window
	return true, false
}

func (b *pep) counters() []Counter { return []Counter{{"acked", b.acked}, {"resent", b.sent}} }
