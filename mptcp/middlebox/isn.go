package middlebox

import (
	"math/rand/v2"

	"mpsim/mptcp/wire"
)

func init() {
	Registry.Register("rewrite-isn", "RFC 8684, section 3.3.1; Honda et al., Is It Still Possible to Extend TCP?, IMC 2011", func() Model {
		return &RewriteISN{FixSACK: true}
	})
}

// RewriteISN adds an offset to the sequence numbers of each connection, one drawn
// for each direction, as firewalls do that distrust the initial numbers of hosts.
type RewriteISN struct {
	entire
	FixSACK bool `toml:"fix_sack" doc:"corrects the blocks of SACK options too, which some such boxes forget"`
}

// Make implements Model.
func (m *RewriteISN) Make(env Env) Box {
	return &isnRewriter{fixSACK: m.FixSACK, rand: env.Rand, acts: env.Acts}
}

type isnRewriter struct {
	fixSACK bool
	rand    *rand.Rand
	acts    [2]bool
}

// offsets are what is added to sequence numbers, by direction.
type offsets [2]uint32

// Take implements Box. A connection whose beginning the box has not seen passes.
func (b *isnRewriter) Take(x Passage) bool {
	if x.flow.state == nil && classOf(x.Seg) == syn {
		o := new(offsets)
		for i, acts := range b.acts {
			if n := b.rand.Uint32(); acts {
				o[i] = n
			}
		}
		x.flow.state = o
	}
	o, ok := x.flow.state.(*offsets)
	if !ok {
		x.Forward()
		return false
	}
	s, back := x.Seg, o[1-x.Dir]
	s.Seq += o[x.Dir]
	if s.Flags.Has(wire.ACK) {
		s.Ack -= back
	}
	if b.fixSACK {
		for i := range s.SACK[:s.NSACK] {
			s.SACK[i].Left -= back
			s.SACK[i].Right -= back
		}
	}
	x.Forward()
	return true
}
