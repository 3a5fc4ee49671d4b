// Package rare forces what ordinary runs seldom meet: counters that wrap, rings that grow, queues without
// room, things that happen at one instant. A test asks for it; nothing else does. A place in the model
// asks a Force, once, when a thing is made, so that a run without one pays nothing.
package rare

import "mpsim/sim/course"

// A Case is a rare case.
type Case string

// The cases. All but Ties leave the course of a run as it is, but for the numbers on the wire.
const (
	RingWrap       Case = "ring-wrap"       // the indices of the pipe of a link start close to 2^32
	ScoreboardWrap Case = "scoreboard-wrap" // the indices of the records of an endpoint start close to 2^32
	SmallRings     Case = "small-rings"     // rings start with room for one, and grow at once
	SequenceWrap   Case = "sequence-wrap"   // initial sequence numbers are close to 2^32
	DSNWrap        Case = "dsn-wrap"        // initial DSNs are close to a multiple of 2^32, or to 2^64
	TightReorder   Case = "tight-reorder"   // reorder queues have no room at the back
	Unpredicted    Case = "unpredicted"     // no segment takes the way of those that are expected
	Ties           Case = "ties"            // connections start, and links delay, by whole multiples of 10 ms
)

// Cases lists all cases.
var Cases = [...]Case{RingWrap, ScoreboardWrap, SmallRings, SequenceWrap, DSNWrap, TightReorder, Unpredicted, Ties}

// A Force says which cases are forced in a run. A nil Force forces none.
type Force struct {
	seed uint64
	only Case // "": about half of the cases, by seed
	also Case // "": no other
}

// New returns a Force of about half of the cases, which the seed chooses.
func New(seed uint64) *Force { return &Force{seed: seed} }

// Only returns a Force of one case.
func Only(c Case) *Force { return &Force{only: c} }

// With returns a Force of c, and of the cases of f, which has no such case yet.
func (f *Force) With(c Case) *Force {
	if f == nil {
		return Only(c)
	}
	g := *f
	g.also = c
	return &g
}

// Has reports whether c is forced.
func (f *Force) Has(c Case) bool {
	switch {
	case f == nil:
		return false
	case c == f.also:
		return true
	case f.only != "":
		return f.only == c
	}
	return course.Mix(f.seed, course.Text(string(c)))>>32&1 == 1
}

// Before returns a number of up to most that key chooses, how far before its end a counter starts.
func (f *Force) Before(c Case, key, most uint64) uint64 {
	return 1 + course.Mix(f.seed^course.Text(string(c)), key)>>11%most
}
