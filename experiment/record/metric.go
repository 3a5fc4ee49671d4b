package record

import "strconv"

// Metric is one number of a summary.
type Metric struct {
	Of    string  // "run", "flow" or "link"
	Name  string  // of the flow or link
	Part  string  // index of the subflow, or direction of the link; "" for the whole
	What  string  // name of the metric, as in scenarios
	Unit  string  // "bit/s", "B", "s", or "" for counts and ratios
	Value float64 // in that unit
}

// Metrics returns all numbers of the summary in a fixed order. What could not be
// measured, such as a mean without samples, is missing.
func (s *Summary) Metrics() []Metric {
	m := metrics{of: "run", name: s.Scenario}
	if s.Jain != 0 {
		m.add("jain", "", s.Jain)
	}
	m.add("events", "", float64(s.Events))
	m.add("packet-hops", "", float64(s.PacketHops))
	for i := range s.Flows {
		m.flow(&s.Flows[i])
	}
	for i := range s.Links {
		m.link(&s.Links[i])
	}
	return m.list
}

// Find returns one metric of the summary, and whether it was measured.
func (s *Summary) Find(of, name, part, what string) (m Metric, ok bool) {
	for _, m := range s.Metrics() {
		if m.Of == of && m.Part == part && m.What == what && (m.Name == name || of == "run") {
			return m, true
		}
	}
	return Metric{}, false
}

// Metric returns the value of what Find finds.
func (s *Summary) Metric(of, name, part, what string) (value float64, ok bool) {
	m, ok := s.Find(of, name, part, what)
	return m.Value, ok
}

// metrics collects the numbers of one thing after the other.
type metrics struct {
	of, name, part string
	list           []Metric
}

func (m *metrics) add(what, unit string, v float64) {
	m.list = append(m.list, Metric{m.of, m.name, m.part, what, unit, v})
}

func (m *metrics) distribution(what string, d Distribution) {
	if d.Count == 0 {
		return
	}
	m.add(what+"-mean", "s", d.Mean)
	m.add(what+"-p50", "s", d.P50)
	m.add(what+"-p95", "s", d.P95)
	m.add(what+"-p99", "s", d.P99)
	m.add(what+"-max", "s", d.Max)
}

func (m *metrics) window(w Moments) {
	if w.Mean != 0 {
		m.add("cwnd-mean", "B", w.Mean)
		m.add("cwnd-sd", "B", w.Deviation)
	}
}

func (m *metrics) flow(f *Flow) {
	m.of, m.name, m.part = "flow", f.Name, ""
	m.add("goodput", "bit/s", f.Goodput)
	m.add("share", "", f.Share)
	m.add("received", "B", float64(f.Received))
	if r := f.Rates; r.Count > 0 {
		m.add("connection-goodput-mean", "bit/s", r.Mean)
		m.add("connection-goodput-min", "bit/s", r.Min)
		m.add("connection-goodput-p10", "bit/s", r.P10)
		m.add("connection-goodput-p50", "bit/s", r.P50)
		m.add("connection-goodput-max", "bit/s", r.Max)
		m.add("connection-jain", "", r.Jain)
	}
	m.distribution("rtt", f.RTT)
	m.window(f.Window)
	m.add("gap-max", "s", f.Gap)
	var retransmitted, reinjected, marked, timeouts uint64
	for _, s := range f.Subflows {
		timeouts += s.Timeouts
		retransmitted += s.Retransmitted
		reinjected += s.Reinjected
		marked += s.Marked
	}
	m.add("retransmitted", "B", float64(retransmitted))
	m.add("reinjected", "B", float64(reinjected))
	m.add("marked", "B", float64(marked))
	m.add("timeouts", "", float64(timeouts))
	if f.Second != 0 {
		m.add("second-subflow", "s", f.Second)
	}
	m.distribution("ooo-delay", f.OutOfOrder)
	m.add("transfers", "", float64(f.Transfers.Count))
	m.add("unfinished", "", float64(f.Unfinished))
	m.distribution("fct", f.Transfers)
	n := float64(max(f.Connections, 1))
	fallen := 0
	for _, c := range f.Causes {
		fallen += c.Connections
	}
	m.add("fallback", "", float64(fallen)/n)
	m.add("joined", "", float64(f.Joined)/n)
	m.add("failed", "", float64(f.Failed)/n)
	m.add("stalled", "", float64(f.Stalled)/n)
	m.add("corrupt", "B", float64(f.CorruptBytes))
	m.add("joins", "", float64(f.Joins))
	m.add("joins-refused", "", float64(f.Refused))
	m.add("add-addrs", "", float64(f.AddAddrs))
	m.add("api-failures", "", float64(f.CallFailures))
	for i := range f.Subflows {
		m.part = strconv.Itoa(i)
		m.subflow(&f.Subflows[i])
	}
}

func (m *metrics) subflow(s *Subflow) {
	m.add("goodput", "bit/s", s.Goodput)
	m.add("share", "", s.Share)
	m.add("received", "B", float64(s.Received))
	m.distribution("rtt", s.RTT)
	m.window(s.Window)
	m.add("sent", "B", float64(s.Sent))
	m.add("retransmitted", "B", float64(s.Retransmitted))
	m.add("reinjected", "B", float64(s.Reinjected))
	m.add("marked", "B", float64(s.Marked))
	m.add("timeouts", "", float64(s.Timeouts))
	if s.Established != 0 {
		m.add("established", "s", s.Established)
	}
}

func (m *metrics) link(l *Link) {
	m.of, m.name, m.part = "link", l.Name, l.Direction
	m.add("utilization", "", l.Utilisation)
	m.add("sent", "", float64(l.Sent))
	m.add("drops", "", float64(l.Dropped()))
	for _, d := range l.Drops {
		m.add("drops-"+d.Reason, "", float64(d.Packets))
	}
	m.add("marks", "", float64(l.Marks))
	if l.Sent > 0 {
		m.add("loss", "", l.Loss)
	}
	if len(l.Middleboxes) > 0 {
		m.middleboxes(l.Middleboxes)
	}
	m.distribution("queue-delay", l.QueueDelay)
}

// middleboxes adds up what the middleboxes of a link have done.
func (m *metrics) middleboxes(boxes []Middlebox) {
	var packets, hits uint64
	for _, b := range boxes {
		packets += b.Packets
		hits += b.Hits
	}
	m.add("middlebox-packets", "", float64(packets))
	m.add("middlebox-hits", "", float64(hits))
}
