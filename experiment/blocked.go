package experiment

import (
	"time"

	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/sim"
)

// blocks is for how long something has kept new data of a connection back, since the end of the warm-up.
type blocks struct {
	by    mptcp.Block
	since sim.Time // that does
	spent [mptcp.Blocks]time.Duration
}

// until adds the time up to now.
func (b *blocks) until(now, warmed sim.Time) {
	if b.since = max(b.since, warmed); now > b.since {
		b.spent[b.by] += now.Sub(b.since)
	}
	b.since = max(b.since, now)
}

// turns notes that something else keeps new data of c back from now on.
func (c *conn) turns(x mptcp.Blocked) {
	c.blocks.until(x.Now, c.f.warmed)
	c.f.counts(x.Now, c.blocks.by, -1)
	c.f.counts(x.Now, x.By, 1)
	c.blocks.by = x.By
}

// counts adds n to the connections whose new data is kept back by something.
func (f *flow) counts(now sim.Time, by mptcp.Block, n int) {
	if by == mptcp.NoBlock {
		return
	}
	f.blocked[by] += n
	if f.keeps && by != mptcp.SchedulerBlock { // which changes with every segment, and no figure shows over a whole run
		f.blocks[by].Add(now, float64(f.blocked[by]))
	}
}

// mptcp has the numbers that flows of MPTCP alone have.
func (f *flow) mptcp(end sim.Time) *record.MPTCP {
	if !f.MPTCP() {
		return nil
	}
	var sum record.MPTCP
	var blocked [mptcp.Blocks]time.Duration
	var all time.Duration
	for _, c := range f.conns {
		for at := range sides {
			if e, ok := c.end(at).(*mptcp.Conn); ok {
				sum.Copies += e.Stats.Copies
				sum.Opportunistic += e.Stats.Opportunistic
				sum.Penalised += e.Stats.Penalised
				if at != f.sender {
					sum.Duplicates += e.Stats.Duplicates
				}
			}
		}
		from, until := c.span(end)
		if until <= from {
			continue
		}
		b := c.blocks
		until = max(until, b.since) // a sender may wait for room when all has come, until it hears of it
		all += until.Sub(from)
		b.until(until, f.warmed)
		for by := range blocked {
			blocked[by] += b.spent[by]
		}
	}
	if all > 0 {
		sum.WindowBlocked = new(blocked[mptcp.WindowBlock].Seconds() / all.Seconds())
		sum.BufferBlocked = new(blocked[mptcp.BufferBlock].Seconds() / all.Seconds())
		sum.SchedulerWait = new(blocked[mptcp.SchedulerBlock].Seconds() / all.Seconds())
	}
	return &sum
}
