package qdisc

import (
	"math/bits"
	"math/rand/v2"

	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// A flow is the FIFO of one flow, or of all that share its place in the table.
type flow struct {
	netem.DropTail
	control             // of FQ-CoDel
	credits units.Bytes // what it may still send in this round
	in      *round      // where it waits for its turn; nil: it has nothing
	next    *flow       // in the same round
}

// A flowTable finds the flow of a packet by addresses and ports; the protocol, the
// fifth of the usual five, is always TCP.
type flowTable struct {
	salt  uint64
	slots []*flow          // made when they are first used
	exact map[flowID]*flow // in place of slots: no two flows share
}

// flowID is what the packets of a flow have in common.
type flowID struct{ addrs, ports uint64 }

// newFlowTable returns a table of n places, or one as large as it takes.
func newFlowTable(n int, exact bool, r *rand.Rand) flowTable {
	if exact {
		return flowTable{exact: make(map[flowID]*flow)}
	}
	return flowTable{salt: r.Uint64(), slots: make([]*flow, n)}
}

// of returns the flow of p.
func (t *flowTable) of(p *netem.Packet) *flow {
	id := flowID{uint64(p.Src)<<32 | uint64(p.Dst), uint64(p.SrcPort)<<16 | uint64(p.DstPort)}
	if t.exact != nil {
		f := t.exact[id]
		if f == nil {
			f = new(flow)
			t.exact[id] = f
		}
		return f
	}
	f := &t.slots[t.slot(id)]
	if *f == nil {
		*f = new(flow)
	}
	return *f
}

// slot returns the place of a flow. Unlike RFC 8290, section 4.1, it is not by Jenkins'
// hash, because mixing 64 bits at a time costs less and spreads as well. The salt keeps
// any set of flows from meeting in every queue of a network.
func (t *flowTable) slot(id flowID) uint64 {
	hi, _ := bits.Mul64(mix(mix(id.addrs^t.salt)^id.ports), uint64(len(t.slots)))
	return hi
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", OOPSLA 2014): each bit of x changes half of the
// bits of the result.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
