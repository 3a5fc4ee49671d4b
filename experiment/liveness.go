package experiment

import (
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim"
)

// An end of a connection that has something to send, or that its peer has to acknowledge, makes progress
// as long as packets can pass. Two laws say so, judged by looking alone, from sample to sample:
//
//   - An end with something pending and no timer, of whose packets none is under way, waits for ever.
//   - While a path of a usable subflow stays clean, and drops nothing, in both directions, something is
//     acknowledged within the time that timers take. Those that run may have been backed off
//     by what was before, timeouts grow with the round-trip times that are measured meanwhile, and subflows
//     that are dead take some timeouts until others send what they have.
//
// Whoever may wait for ever is left out: a path with a middlebox, a loss process, a rate or delay that varies or
// a long queue, and a peer whose application does not read.
type lively struct {
	end      mptcp.Waiter
	peer     func() mptcp.Connection
	c        *conn
	pending  bool // at the last look: it may have been idle since, if not
	segments uint64
	idle     sim.Time // since when no segment was sent or received
	acked    uint64
	drops    uint64
	since    sim.Time // since when nothing is acknowledged, over a clean path
	longest  time.Duration
}

// longQueue is the wait in a queue beyond which nothing is said of a path.
const longQueue = time.Second

// settle is what the ends and the paths take besides timers: delayed ACKs and some round trips.
const settle = 10 * time.Second

// samplesOfLife is from how many samples one is judged: what is judged takes seconds, and a look at all
// timers of an end takes longer than all else that a sample does.
const samplesOfLife = 8

// checkLiveness looks at the ends of all connections.
func (o *observer) checkLiveness(t sim.Time) {
	kept := o.ends[:0]
	for _, l := range o.ends {
		if over, _ := l.end.Ended(); over {
			continue
		}
		if o.checkEnd(t, l) {
			kept = append(kept, l)
		}
	}
	clear(o.ends[len(kept):])
	o.ends = kept
}

// checkEnd judges one end, and reports whether it goes on being judged.
func (o *observer) checkEnd(t sim.Time, l *lively) bool {
	w := &o.waits
	l.end.Waits(w)
	fresh := !l.pending
	l.pending = w.Pending
	if w.Segments != l.segments || !w.Pending || fresh {
		l.segments, l.idle = w.Segments, t
	}
	if w.Pending && w.Timer == sim.Never && (o.m.Pool.Live() == 0 || t.Sub(l.idle) > settle+o.slow+4*w.Longest) {
		o.stuck(t, l, "waits for ever, because no timer runs and no packet of it is under way")
		return false
	}
	drops, clean := clearest(w)
	if !w.Pending || fresh || w.Acked != l.acked || !clean || drops != l.drops || l.peerFull() {
		l.restart(t, w, drops)
		return true
	}
	l.longest = max(l.longest, w.RTO)
	if t.Sub(l.since) > patience(l.longest, w.Stale)+o.slow {
		o.stuck(t, l, "has made no progress since "+l.since.String()+", although packets pass on a path")
		return false
	}
	return true
}

// roundTrips returns a bound of four round trips over any path: before an end has measured one, its timers
// know nothing of a path that is longer than they are.
func roundTrips(s *scenarios.Scenario) (d time.Duration) {
	add := func(x language.Duplex[language.Delay]) {
		for _, p := range []language.Part[language.Delay]{x.Up, x.Down} {
			if !p.IsZero() {
				d += min(4*min(p.New().Min(), time.Hour), 1000*time.Hour-d)
			}
		}
	}
	for i := range s.Links {
		add(s.Links[i].Delay)
	}
	for i := range s.Events {
		add(s.Events[i].Delay)
	}
	return d
}

// patience is the time within which timers of which the longest runs for d act, if other subflows wait for
// stale timeouts, each twice as long as the one before it.
func patience(d time.Duration, stale int) time.Duration {
	most := time.Duration(1<<62) >> (min(stale, 20) + 2)
	return settle + min(d, most)<<(min(stale, 20)+2)
}

// restart begins to measure anew.
func (l *lively) restart(t sim.Time, w *tcp.Waits, drops uint64) {
	l.acked, l.since, l.drops, l.longest = w.Acked, t, drops, w.Longest
}

// peerFull reports whether the application at the other end has not read what it could.
func (l *lively) peerFull() bool {
	peer := l.peer()
	if peer == nil {
		return true
	}
	_, held := peer.Queued()
	if m, ok := peer.(*mptcp.Conn); ok {
		held -= m.OutOfOrder()
	}
	return held > 0
}

// clearest reports whether the path of a usable subflow is clean, and how much the paths of all that
// are have dropped.
func clearest(w *tcp.Waits) (drops uint64, clean bool) {
	for _, r := range w.Routes {
		if n, ok := dropped(r); ok {
			drops += n
			clean = true
		}
	}
	return drops, clean
}

// stuck reports an end that does not go on.
func (o *observer) stuck(t sim.Time, l *lively, how string) {
	text := "flow %s, connection %d, end %q %s: %s"
	args := []any{l.c.Flow.Name, l.c.Index, l.c.side(l.end).String(), how, l.end.Describe()}
	if peer, ok := l.peer().(mptcp.Waiter); ok {
		text += "; the other end: %s"
		args = append(args, peer.Describe())
	}
	o.violated(t, text, args...)
}
