package cc

func init() {
	Registry.Register("c-mpbbr", "Mahmud et al., IEEE Access, 2020", func() Controller { return &CMPBBR{} })
}

// cmpbbrBand is how far rates may differ in which subflows share a bottleneck.
const cmpbbrBand = 0.2

// CMPBBR is BBR, version 1, for several subflows: those of about the same rate are taken to
// share a bottleneck, and then each cruises at its part of the rate, so that all
// together take no more than one flow does. Separate paths of the same rate are taken for
// one bottleneck, too, and then a third of them is left unused. Unlike the paper it never
// closes a subflow that adds nothing, because a controller cannot.
type CMPBBR struct {
	BBR
	found, before int // subflows at the bottleneck when it was looked last, and the time before
	looked        bool
}

// OnAck implements Controller. In phase 3 of PROBE_BW the sharers are counted. The phases of more and
// of less use the whole rate, so that it goes on to be measured.
func (c *CMPBBR) OnAck(f *Flow, a Ack) {
	c.BBR.OnAck(f, a)
	switch {
	case c.mode != bbrProbeBW || c.phase < 2:
		c.sharers, c.looked = 1, false
	case c.phase == 3 && !c.looked:
		c.looked = true
		c.before, c.found = c.found, c.count(f)
		fallthrough
	default:
		c.sharers = c.divisor()
	}
}

// count returns how many subflows have a rate like this one, itself included.
func (c *CMPBBR) count(f *Flow) int {
	n := 0
	low, high := (1-cmpbbrBand)*c.rates.max, (1+cmpbbrBand)*c.rates.max
	for _, s := range f.Group.Flows {
		if o, ok := s.Controller.(*CMPBBR); ok && low <= o.rates.max && o.rates.max <= high {
			n++
		}
	}
	return n
}

// divisor returns by how many to divide: not on a single guess that others share, nor on a
// single one that none does.
func (c *CMPBBR) divisor() int {
	switch {
	case c.before <= 1:
		return 1
	case c.found > 1:
		return c.found
	}
	return c.before
}
