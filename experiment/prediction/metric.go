package prediction

import (
	"strconv"

	"mpsim/experiment/record"
)

// Metrics returns what the model knows of the metrics of a run, named as those of
// record.Summary: goodput, share, rtt-mean, cwnd-mean, loss, utilization,
// queue-delay-mean and jain. Flows outside of the model have none.
func (p *Prediction) Metrics() (list []record.Metric) {
	add := func(of, name, part, what, unit string, v float64) {
		list = append(list, record.Metric{Of: of, Name: name, Part: part, What: what, Unit: unit, Value: v})
	}
	total, squares, n := 0.0, 0.0, 0
	for i := range p.Flows {
		f := &p.Flows[i]
		total += f.Goodput
		squares += float64(f.Goodput * f.Goodput)
		if f.Outside == "" {
			n++
		}
	}
	if n == len(p.Flows) && total > 0 {
		add("run", "", "", "jain", "", total*total/(float64(n)*squares))
	}
	for i := range p.Flows {
		f := &p.Flows[i]
		if f.Outside != "" {
			continue
		}
		add("flow", f.Name, "", "goodput", "bit/s", f.Goodput)
		if n == len(p.Flows) {
			add("flow", f.Name, "", "share", "", f.Goodput/total)
		}
		rtt, segments, window := 0.0, 0.0, 0.0
		for _, s := range f.Subflows {
			rate := s.Window / s.RTT
			rtt += float64(rate * s.RTT)
			segments += rate
			window += s.Window * float64(s.MSS)
		}
		add("flow", f.Name, "", "rtt-mean", "s", rtt/segments)
		add("flow", f.Name, "", "cwnd-mean", "B", window)
		for r, s := range f.Subflows {
			part := strconv.Itoa(r)
			add("flow", f.Name, part, "goodput", "bit/s", s.Goodput)
			add("flow", f.Name, part, "share", "", s.Goodput/f.Goodput)
			add("flow", f.Name, part, "rtt-mean", "s", s.RTT)
			add("flow", f.Name, part, "cwnd-mean", "B", s.Window*float64(s.MSS))
		}
	}
	for _, l := range p.Links {
		add("link", l.Name, l.Direction, "utilization", "", l.Utilisation)
		add("link", l.Name, l.Direction, "loss", "", l.Loss)
		add("link", l.Name, l.Direction, "queue-delay-mean", "s", l.Wait)
	}
	return list
}

// Metric returns one of Metrics, and whether the model knows it.
func (p *Prediction) Metric(of, name, part, what string) (value float64, ok bool) {
	for _, m := range p.Metrics() {
		if m.Of == of && m.Part == part && m.What == what && (m.Name == name || of == "run") {
			return m.Value, true
		}
	}
	return 0, false
}
