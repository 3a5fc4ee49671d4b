package tcp

import (
	"mpsim/cc"
	"mpsim/mptcp/seqnum"
	"mpsim/sim"
	"mpsim/sim/units"
)

// meter measures the delivery rate for a controller that models the path
// (draft-cheng-iccrg-delivery-rate-estimation, section 3; Linux: tcp_rate.c). Others
// have none, and pay for nil checks.
type meter struct {
	model       cc.Modeler
	delivered   units.Bytes
	deliveredAt sim.Time // when that grew last
	firstSent   sim.Time // of the flight that is measured: when its first segment left
	lost        units.Bytes
	limited     units.Bytes // there was too little to send until delivered exceeds this; 0: enough

	departures []departure // one a record: departures[i&mask] is of record i
	last       departure   // of the segment sent last that this ACK delivers
	lastSent   sim.Time    // when it was
	lastEnd    uint32
	found      bool // there is one

	sample cc.Sample
}

// departure is how things stood when a segment was sent last.
type departure struct {
	delivered, lost, inFlight units.Bytes
	deliveredAt, firstSent    sim.Time
	limited                   bool
}

// newMeter returns a meter for e, which counts what is out already as sent now. What leaves
// before the first ACK does not fill the pipe.
func newMeter(m cc.Modeler, e *Endpoint) *meter {
	now := e.eng.Now()
	k := &meter{model: m, deliveredAt: now, firstSent: now, limited: 1, departures: make([]departure, len(e.out.ring))}
	for i := range k.departures {
		k.departures[i] = departure{deliveredAt: now, firstSent: now}
	}
	return k
}

func (k *meter) at(i uint32) *departure { return &k.departures[i&uint32(len(k.departures)-1)] }

// sent notes that e sends record i.
func (k *meter) sent(e *Endpoint, i uint32, again bool) {
	if n := len(e.out.ring); n != len(k.departures) {
		grown := make([]departure, n)
		for j := e.out.head; j != e.out.tail; j++ {
			grown[j&uint32(n-1)] = *k.at(j)
		}
		k.departures = grown
	}
	if now := e.eng.Now(); e.out.len() == 1 && !again {
		k.firstSent, k.deliveredAt = now, now
		if k.limited > 0 && k.delivered > 0 {
			k.model.OnRestart(&e.Flow, now)
		}
	}
	*k.at(i) = departure{
		delivered: k.delivered, lost: k.lost, inFlight: units.Bytes(e.out.pipe()),
		deliveredAt: k.deliveredAt, firstSent: k.firstSent, limited: k.limited > 0,
	}
}

// take notes that record i was delivered.
func (k *meter) take(i uint32, r *record, now sim.Time) {
	k.delivered += units.Bytes(r.size())
	k.deliveredAt = now
	end := r.end()
	if !k.found || r.sent > k.lastSent || r.sent == k.lastSent && seqnum.Before(k.lastEnd, end) {
		k.found, k.last, k.lastSent, k.lastEnd = true, *k.at(i), r.sent, end
	}
}

// measure returns the sample of the ACK whose segments take has seen. Its rate is that
// of the slower of sending and acknowledging, since each may be compressed; over less
// than the least RTT it is that of a retransmission whose original has arrived.
func (k *meter) measure(f *cc.Flow) *cc.Sample {
	if !k.found {
		return nil
	}
	k.found = false
	if k.delivered > k.limited {
		k.limited = 0
	}
	d := &k.last
	interval := max(k.lastSent.Sub(d.firstSent), k.deliveredAt.Sub(d.deliveredAt))
	k.firstSent = k.lastSent
	k.sample = cc.Sample{
		Total: k.delivered, Prior: d.delivered, InFlight: d.inFlight, Lost: k.lost - d.lost, AppLimited: d.limited,
	}
	if interval >= f.MinRTT && interval > 0 {
		k.sample.Rate = float64(k.delivered-d.delivered) / interval.Seconds()
	}
	return &k.sample
}

// limit notes that e could send and did not: there was nothing to send, or the scheduler
// chose other subflows, or the connection has no window.
func (k *meter) limit(e *Endpoint) { k.limited = max(k.delivered+units.Bytes(e.out.pipe()), 1) }

// lose marks record i as to be sent again.
func (e *Endpoint) lose(i uint32) {
	r := e.out.at(i)
	known := r.flags&(lost|inFlight) == lost
	e.out.markLost(i)
	if k := e.rate; k != nil && !known {
		n, d := units.Bytes(r.size()), k.at(i)
		k.lost += n
		k.model.OnLost(&e.Flow, n, cc.Sample{
			Total: k.delivered, Prior: d.delivered, InFlight: d.inFlight, Lost: k.lost - d.lost, AppLimited: d.limited,
		})
	}
}
