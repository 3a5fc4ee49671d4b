package experiment

import (
	"cmp"
	"slices"

	"mpsim/experiment/record"
	"mpsim/sim"
)

// span returns the part of the run in which c is measured: from the end of the warm-up, or its opening, to
// the end or, of a transfer that is complete, to the last byte. If the workload stops and all that it wrote
// has come, the part ends with the last byte or the stop, whichever is later. Of what was over before there
// is none: until is not after from.
func (c *conn) span(end sim.Time) (from, until sim.Time) {
	from = max(c.f.warmed, c.Opened)
	switch {
	case c.finished && c.f.finite():
		return from, c.last
	case c.over(c.f.warmed):
		return from, from
	case c.Flow.Stop > 0 && !c.f.finite() && c.over(end):
		return from, min(end, max(from, sim.Time(c.Flow.Stop), c.last))
	}
	return from, end
}

// over reports whether c had come to its end in order by t. Datagrams do so when nothing more comes of what was sent.
func (c *conn) over(t sim.Time) bool {
	if c.Flow.UDP() {
		return c.Flow.Stop > 0 && sim.Time(c.Flow.Stop) <= t && c.last <= t
	}
	for _, l := range c.life {
		if l.ended == 0 || l.ended > t || l.err != nil {
			return false
		}
	}
	return true
}

// goodput returns what the application of c could read in its span, in bit/s; nil: it has none.
func (c *conn) goodput(end sim.Time) *float64 {
	from, until := c.span(end)
	return bitsPerSecond(c.ends[c.f.sender.other()].since(), until.Sub(from).Seconds())
}

// connections lists the connections of f, those with the least goodput first.
func (f *flow) connections(end sim.Time) []record.Connection {
	list := make([]record.Connection, 0, len(f.conns))
	for _, c := range f.conns {
		x := record.Connection{
			Flow: f.Name, Connection: c.Index, From: c.Hosts().From, To: c.Hosts().To, Opened: c.Opened.Seconds(),
			Established: c.life[f.sender].established.Seconds(), Goodput: c.goodput(end),
		}
		if c.life[from].ended > 0 && c.life[to].ended > 0 {
			x.Ended = max(c.life[from].ended, c.life[to].ended).Seconds()
		}
		if err := cmp.Or(c.life[from].err, c.life[to].err); err != nil {
			x.Error = err.Error()
		}
		list = append(list, x)
	}
	slices.SortStableFunc(list, func(a, b record.Connection) int { return cmp.Compare(rate(a), rate(b)) })
	return list
}

// rate returns the goodput of c, or 0.
func rate(c record.Connection) float64 { return record.OrZero(c.Goodput) }

// rates summarises the goodputs of a sorted list of connections. Those that have none do not count.
func rates(all []record.Connection) record.Rates {
	var list []float64
	var sum, squares float64
	for _, c := range all {
		if c.Goodput != nil {
			list = append(list, *c.Goodput)
			sum += *c.Goodput
			squares += float64(*c.Goodput * *c.Goodput)
		}
	}
	n := len(list)
	if n == 0 {
		return record.Rates{}
	}
	at := func(part float64) float64 { return list[min(n-1, int(part*float64(n)))] }
	r := record.Rates{Count: n, Mean: sum / float64(n), Min: list[0], P10: at(0.1), P50: at(0.5), Max: list[n-1]}
	if squares > 0 {
		r.Jain = new(sum * sum / (float64(n) * squares))
	}
	return r
}

// list returns the transfers of f: those that are complete in the order of their ends, then those that are not.
func (f *flow) list() []record.Transfer {
	var list []record.Transfer
	for _, t := range f.done.Items() {
		list = append(list, t.record())
	}
	for _, c := range f.conns {
		if c.begun {
			list = append(list, transfer{c, c.pending}.record())
		}
	}
	return list
}

// record returns t as results have it.
func (t transfer) record() record.Transfer {
	x := record.Transfer{
		Flow: t.c.Flow.Name, Connection: t.c.Index, From: t.c.Hosts().From, To: t.c.Hosts().To, Paths: t.c.PathNames(),
		Bytes: uint64(t.Bytes), Start: t.Start.Seconds(),
	}
	if t.End > 0 {
		x.End, x.FCT = t.End.Seconds(), t.Duration().Seconds()
	}
	return x
}

// thin returns at most record.DefaultPoints of a sorted list, evenly spread and with both ends.
func thin[T any](list []T) []T {
	n := len(list)
	if n <= record.DefaultPoints {
		return list
	}
	some := make([]T, record.DefaultPoints)
	for i := range some {
		some[i] = list[i*(n-1)/(len(some)-1)]
	}
	return some
}
