package experiment

import (
	"mpsim/experiment/record"
	"mpsim/mptcp/middlebox"
	"mpsim/scenarios/language"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// link is what is kept of one direction of a link.
type link struct {
	waited record.Quantiles // of the packets that left the queue since the end of the warm-up
	keeps  bool             // series over time
	*netem.Link
	name, direction string
	start           netem.LinkStats // at the end of the warm-up
	length, wait    record.Decimator
}

// watchLink keeps the numbers of l from the end of the warm-up on, and its series if they are wanted.
func (o *observer) watchLink(l *netem.Link, name, direction string, keeps bool) *link {
	k := &link{Link: l, name: name, direction: direction, keeps: keeps}
	o.log.queueing(&l.Points, &k.waited)
	if keeps {
		l.Points.Dequeued.Observe(func(e netem.DequeueEvent) { k.wait.Add(e.Now, e.Waited.Seconds()) })
		l.Points.Length.Observe(func(e netem.LengthEvent) { k.length.Add(e.Now, float64(e.Packets)) })
	}
	return k
}

// startsMeasuring is called at the end of the warm-up.
func (l *link) startsMeasuring() { l.start = l.Stats() }

// sample looks at the queue. Where nothing is, nobody waits.
func (l *link) sample(t sim.Time) {
	if !l.keeps {
		return
	}
	l.length.Add(t, float64(l.QueueLen()))
	if l.Idle() {
		l.wait.Add(t, 0)
	}
}

// summary has the numbers of the link.
func (l *link) summary() record.Link {
	st := l.Stats()
	sum := record.Link{
		Name: l.name, Direction: l.direction, Sent: st.Offered().Packets, Bytes: uint64(st.Delivered.Bytes),
		Marks: st.Marked.Packets, QueueDelay: l.waited.Distribution(),
	}
	if capacity := st.Capacity - l.start.Capacity; capacity >= 1 { // a bit: the nanosecond of a change counts as of before it
		// Of the packet that is in transmission when the warm-up ends a part has been sent before.
		sum.Utilisation = new(min(1, float64(st.Transmitted.Bytes-l.start.Transmitted.Bytes)*8/capacity))
	}
	if n := st.Offered().Packets - (l.start.Offered().Packets - l.start.Held.Packets); n > 0 {
		sum.Loss = new(float64(st.Dropped.Total().Packets-l.start.Dropped.Total().Packets) / float64(n))
	}
	for reason, c := range st.Dropped {
		if c.Packets > 0 {
			sum.Drops = append(sum.Drops, record.Drop{Reason: netem.Reason(reason).String(), Packets: c.Packets})
		}
	}
	return sum
}

// overTime has the length of the queue and what packets waited in it.
func (l *link) overTime() []record.Series {
	if !l.keeps {
		return nil
	}
	length := record.Series{Name: record.QueueLength, Unit: "packets", Link: l.name, Direction: l.direction}
	length.T, length.V = l.length.Points()
	length.Thinned = l.length.Thinned()
	delay := record.Series{Name: record.QueueDelay, Unit: "s", Link: l.name, Direction: l.direction}
	delay.T, delay.V = l.wait.Points()
	delay.Thinned = l.wait.Thinned()
	return []record.Series{length, delay}
}

// middleboxes has the numbers of the middleboxes of a link, of direction dir: 0 is up.
func middleboxes(parts []language.Middlebox, boxes []*middlebox.Element, dir int) (list []record.Middlebox) {
	for i, b := range boxes {
		m := record.Middlebox{Kind: parts[i].Model.Kind, Packets: b.Packets[dir], Hits: b.Hits[dir]}
		if dir == 0 {
			for _, c := range b.Counters() {
				m.Counters = append(m.Counters, record.Counter(c))
			}
		}
		list = append(list, m)
	}
	return list
}
