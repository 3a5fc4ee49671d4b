package experiment

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"mpsim/cc"
	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/sim"
)

// result makes the result of a run that has come to end.
func (o *observer) result(end sim.Time) *record.Result {
	o.log.settle()
	s := o.m.Scenario
	res := &record.Result{}
	res.Scenario, res.Seed, res.Overrides = s.Name, s.Seed, s.Overrides
	res.Duration, res.Warmup = end.Seconds(), s.Warmup.Seconds()
	res.Events = o.m.Engine.Fired()
	res.Hash = fmt.Sprintf("%016x", o.m.Engine.Hash())
	res.Course = fmt.Sprintf("%016x", o.m.Network.Course())
	res.Incidents = slices.Clone(o.incidents)
	res.PacketHops = o.m.Network.Stats().PacketHops
	for _, f := range o.flows {
		sum := f.summary(end)
		if f.why != nil {
			f.why.finish(end)
			sum.Reasons = f.why.reasons()
			res.Decisions = append(res.Decisions, f.why.list.Items()...)
			res.Thin("decisions", f.Name, f.why.list.Thinned())
		}
		list := f.connections(end)
		if len(f.conns) > 1 {
			sum.Rates = rates(list)
		}
		some := thin(list)
		res.Connections = append(res.Connections, some...)
		if len(some) < len(list) {
			res.Thin("connections", f.Name, &record.Thinning{Samples: len(list), Kept: len(some)})
		}
		res.Flows = append(res.Flows, sum)
		if o.keeps {
			res.Series = append(res.Series, f.series(end)...)
			res.Sequences = append(res.Sequences, f.sequences()...)
		}
		if f.timeline != nil {
			f.timeline.result(res, end)
		}
		res.Reorders = append(res.Reorders, f.reorder()...)
		res.Transfers = append(res.Transfers, f.list()...)
		res.Thin("transfers", f.Name, f.done.Thinned())
		res.Incidents = append(res.Incidents, f.losses.Items()...)
		res.Thin("incidents", f.Name, f.losses.Thinned())
		res.Incidents = append(res.Incidents, f.turns.Items()...)
		res.Thin("incidents", f.Name, f.turns.Thinned())
	}
	res.Calls = o.calls
	for i, l := range o.links {
		sum := l.summary()
		sum.Middleboxes = middleboxes(s.Links[i/2].Middleboxes, o.m.Middleboxes[i/2], i%2)
		res.Links = append(res.Links, sum)
		res.Series = append(res.Series, l.overTime()...)
	}
	slices.SortStableFunc(res.Incidents, func(a, b record.Incident) int { return cmp.Compare(a.T, b.T) })
	share(res)
	return res
}

// share sets the shares, of what arrived, and the fairness of the flows.
func share(res *record.Result) {
	var n, sum, squares, arrived float64
	for i := range res.Flows {
		f := &res.Flows[i]
		if f.Goodput == nil {
			continue
		}
		n++
		sum += *f.Goodput
		squares += float64(*f.Goodput * *f.Goodput)
		arrived += *f.Throughput
	}
	if sum > 0 {
		res.Jain = new(sum * sum / (n * squares))
	}
	for i := range res.Flows {
		if f := &res.Flows[i]; f.Throughput != nil && arrived > 0 {
			f.Share = new(*f.Throughput / arrived)
		}
	}
}

// summary has the numbers of a flow. What is over time is over its span.
func (f *flow) summary(end sim.Time) record.Flow {
	sum := record.Flow{
		Name: f.Name, Protocol: f.Protocol, CC: f.CC.Kind, Connections: len(f.conns),
		Received: f.read().received, OutOfOrder: f.ooo.Distribution(), Transfers: f.transfers.Distribution(),
	}
	if f.MPTCP() {
		sum.Scheduler = f.Scheduler.Kind
	}
	if f.seconds > 0 {
		sum.Second = new(f.second.Seconds() / float64(f.seconds))
	}
	arrived := uint64(0) // since the warm-up
	for _, s := range f.subflows {
		n := s.arrived()
		sum.Arrived += n
		arrived += n - s.warm
	}
	seconds := f.span(end)
	sum.Goodput, sum.Throughput = bitsPerSecond(f.read().since(), seconds), bitsPerSecond(arrived, seconds)
	var rtt record.Quantiles
	for _, s := range f.subflows {
		rtt.Merge(&s.rtt)
		sum.Subflows = append(sum.Subflows, s.summary(seconds, arrived))
	}
	sum.RTT = rtt.Distribution()
	sum.Window = f.window.summary()
	if seconds > 0 && f.last > 0 {
		sum.Gap = new(f.longestGap(end).Seconds())
	}
	sum.Labels, sum.Drawn = f.Labels, f.Drawn
	sum.Outcomes = f.outcomes()
	sum.MPTCP = f.mptcp(end)
	sum.CallFailures = f.failures
	for _, c := range f.conns {
		if c.begun || f.finite() && !c.finished {
			sum.Unfinished++
		}
	}
	for at := range sides {
		sum.Ends = append(sum.Ends, f.endSummary(at, seconds))
	}
	return sum
}

// read is what the applications could read of the data that f is about.
func (f *flow) read() reading { return f.at(f.sender.other()) }

// at is what the applications at one end could read.
func (f *flow) at(end side) (sum reading) {
	for _, c := range f.conns {
		sum.received += c.ends[end].received
		sum.warm += c.ends[end].warm
	}
	return sum
}

// endSummary has the numbers of one end in so many seconds.
func (f *flow) endSummary(at side, seconds float64) record.End {
	read := f.at(at)
	sum := record.End{Name: at.String(), Received: read.received, Goodput: bitsPerSecond(read.since(), seconds)}
	for _, s := range f.subflows {
		for _, e := range s.endpoints[at] {
			sum.Sent += e.Stats.BytesSent
			sum.Retransmitted += e.Stats.BytesRetransmitted
			sum.Timeouts += e.Stats.Timeouts
		}
		for _, e := range s.sockets[at] {
			sent, _ := e.Progress()
			sum.Sent += sent
		}
	}
	return sum
}

// bitsPerSecond returns what so many bytes in so many seconds are, or nil if there was no time.
func bitsPerSecond(bytes uint64, seconds float64) *float64 {
	if seconds <= 0 {
		return nil
	}
	return new(float64(bytes) * 8 / seconds)
}

// span returns for how many seconds f is measured: from the first span of its connections to the last, or 0 if none
// was open in that time.
func (f *flow) span(end sim.Time) float64 {
	first, last, open := sim.Never, sim.Time(0), false
	for _, c := range f.conns {
		from, until := c.span(end)
		first, last, open = min(first, from), max(last, until), open || until > from
	}
	if !open {
		return 0
	}
	return last.Sub(first).Seconds()
}

// longestGap returns the longest time after the first byte without a new one.
func (f *flow) longestGap(end sim.Time) time.Duration {
	if since := max(f.last, f.warmed); !f.ended() && end > since {
		return max(f.gap, end.Sub(since))
	}
	return f.gap
}

// finite reports whether each connection of f carries one transfer.
func (f *flow) finite() bool { return f.Workload.Kind == "file" }

// ended reports whether all connections of f have ended.
func (f *flow) ended() bool {
	return f.finite() && f.transfers.Count() == uint64(len(f.conns))
}

// mostSteps bounds those of the distribution of a flow: a figure is not higher than so many dots.
const mostSteps = 512

// reorder has the distribution of what data waited for order, if there was any.
func (f *flow) reorder() []record.Reorder {
	if f.ooo.Count() == 0 {
		return nil
	}
	x := record.Reorder{Flow: f.Name, Count: f.ooo.Count()}
	up, below := f.ooo.Steps(mostSteps)
	x.Wait = make([]float64, 0, len(up))
	for _, d := range up {
		x.Wait = append(x.Wait, d.Seconds())
	}
	x.Below = below
	return []record.Reorder{x}
}

// summary has the numbers of a subflow of a flow to which so many bytes came in so many seconds.
func (s *subflow) summary(seconds float64, arrived uint64) record.Subflow {
	all := s.arrived()
	sum := record.Subflow{
		Name: s.name, Path: s.path, Received: s.received, Arrived: all,
		RTT: s.rtt.Distribution(), Window: s.window.summary(), Losses: s.episodes[cc.FastRetransmit], Marks: s.episodes[cc.Mark],
	}
	if s.f.MPTCP() {
		sum.Reinjected = new(s.reinjected)
	}
	if s.isUp {
		sum.Established = new(s.up.Seconds())
	}
	sum.Goodput, sum.Throughput = bitsPerSecond(s.received-s.warmRead, seconds), bitsPerSecond(all-s.warm, seconds)
	if arrived > 0 {
		sum.Share = new(float64(all-s.warm) / float64(arrived))
	}
	for _, e := range s.sockets[s.f.sender] {
		sent, _ := e.Progress()
		sum.Sent += sent
	}
	for _, end := range s.endpoints {
		for _, e := range end {
			sum.Sent += e.Stats.BytesSent
			sum.Retransmitted += e.Stats.BytesRetransmitted
			sum.Segments += e.Stats.Retransmits
			sum.Marked += e.MarkedBytes()
			sum.Timeouts += e.Stats.Timeouts
		}
	}
	return sum
}

func (f *flow) series(end sim.Time) []record.Series {
	var list []record.Series
	add := func(name, unit, sub string, d *record.Decimator) {
		if d.Len() == 0 {
			return
		}
		x := record.Series{Name: name, Unit: unit, Flow: f.Name, Subflow: sub}
		x.T, x.V = d.Points()
		x.Thinned = d.Thinned()
		list = append(list, x)
	}
	binned := func(name, sub string, b *record.Bins) {
		t, v := b.Rate(end)
		for i := range v {
			v[i] *= 8
		}
		list = append(list, record.Series{
			Name: name, Unit: "bit/s", Flow: f.Name, Subflow: sub, Bin: b.Width.Seconds(), Thinned: b.Thinned(end), T: t, V: v,
		})
	}
	for _, s := range f.subflows {
		binned(record.Throughput, s.name, &s.bins)
		add(record.Cwnd, "B", s.name, &s.cwnd)
		add(record.Ssthresh, "B", s.name, &s.ssthresh)
		add(record.SRTT, "s", s.name, &s.srtt)
		add(record.RTO, "s", s.name, &s.rto)
		add(record.InFlight, "B", s.name, &s.inflight)
	}
	binned(record.Delivered, "", &f.bins)
	add(record.SendBuffer, "B", "", &f.sndbuf)
	add(record.RecvBuffer, "B", "", &f.rcvbuf)
	add(record.RecvLimit, "B", "", &f.limit)
	add(record.OutOfOrder, "B", "", &f.held)
	add(record.WindowBlocked, "connections", "", &f.blocks[mptcp.WindowBlock])
	add(record.BufferBlocked, "connections", "", &f.blocks[mptcp.BufferBlock])
	add(record.Wait, "s", "", &f.wait)
	return list
}

func (f *flow) sequences() []record.Sequence {
	var list []record.Sequence
	for _, s := range f.subflows {
		for _, k := range []struct {
			points *record.Thin[[2]float64]
			again  bool
		}{{&s.sent, false}, {&s.again, true}} {
			q := record.Sequence{Flow: f.Name, Subflow: s.name, Reinjected: k.again, Thinned: k.points.Thinned()}
			for _, p := range k.points.Items() {
				q.T, q.DSN = append(q.T, p[0]), append(q.DSN, p[1])
			}
			if len(q.T) > 0 {
				list = append(list, q)
			}
		}
	}
	return list
}
