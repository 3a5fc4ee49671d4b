package pathmgr

import (
	"time"

	"mpsim/sim"
)

// backoff knows which paths may be tried again after a subflow on them has ended,
// and when: later with each failure in a row (RFC 8684, section 3.9.3). The zero
// backoff lets every path be tried.
type backoff struct {
	paths []attempts // by path; those beyond the end have no past
}

// attempts is the past of one path.
type attempts struct {
	failures int // in a row
	next     sim.Time
	closed   bool // in order: nobody wants a subflow there
}

// patience has, by reason of an MP_TCPRST, the waiting time as a multiple of that
// for a failure without a reason. RFC 8684, section 3.6, leaves the times open.
var patience = [...]float64{
	0: 1,   // unspecified
	1: 4,   // MPTCP-specific error: the same options would meet the same box
	2: 4,   // lack of resources: load passes slowly
	3: 16,  // prohibited: policies change seldom
	4: 0.1, // too much outstanding data: the peer wants a fresh start
	5: 8,   // unacceptable performance
	6: 16,  // middlebox interference
}

// due reports whether path may be tried now.
func (b *backoff) due(now sim.Time, path int) bool {
	return path >= len(b.paths) || now >= b.paths[path].next && !b.paths[path].closed
}

// of returns the past of path.
func (b *backoff) of(path int) *attempts {
	for len(b.paths) <= path {
		b.paths = append(b.paths, attempts{})
	}
	return &b.paths[path]
}

// forget clears the past of path.
func (b *backoff) forget(path int) { *b.of(path) = attempts{} }

// ended notes the end of a subflow, which e tells, on a path that is up. If the
// path is to be tried again an Alarm with the path as its tag follows: after first
// for the first failure in a row, twice that for the second, and so on up to most.
// If first is 0 it is never tried again. After a permanent reset neither: the path
// is barred.
func (b *backoff) ended(c Control, e Event, first, most time.Duration) {
	switch {
	case e.Err == nil:
		b.of(e.Path).closed = true
	case e.Reset && !e.Transient:
	case e.Reset && int(e.Reason) < len(patience):
		b.failed(c, e.Path, time.Duration(float64(first)*patience[e.Reason]), most)
	default:
		b.failed(c, e.Path, first, most)
	}
}

// failed notes an attempt in vain.
func (b *backoff) failed(c Control, path int, first, most time.Duration) {
	a := b.of(path)
	if first <= 0 {
		a.next = sim.Never
		return
	}
	d := min(first, most)
	for range a.failures {
		if d = min(2*d, most); d == most {
			break
		}
	}
	a.failures++
	a.next = c.Now().Add(d)
	c.After(d, path)
}
