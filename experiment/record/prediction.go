package record

import "strconv"

// A Prediction is what the fluid model makes of a scenario: means over time, for
// the time in which all its flows are there.
type Prediction struct {
	Flows []FluidFlow `json:"flows"` // as the scenario has them
	Links []FluidLink `json:"links"` // up and down of each link of the scenario
	// Notes say what the model leaves out of this scenario, and where it is likely to err.
	Notes []string `json:"notes,omitempty"`
}

// FluidFlow is the connections of one name, together.
type FluidFlow struct {
	Name string `json:"name"` // as in the scenario
	// Outside says why the model does not know the flow, which it takes as absent; "": it does.
	Outside  string         `json:"outside,omitempty"`
	Goodput  float64        `json:"goodput_bps"`        // payload, bit/s
	Subflows []FluidSubflow `json:"subflows,omitempty"` // by index; none: datagrams, or outside of the model
}

// FluidSubflow is the subflows of one index of all connections of a flow.
type FluidSubflow struct {
	Name    string  `json:"name"`            // the links of its path
	Goodput float64 `json:"goodput_bps"`     // payload, bit/s
	Window  float64 `json:"window_segments"` // of one connection
	MSS     int     `json:"mss_bytes"`       // payload of a segment
	RTT     float64 `json:"rtt_s"`           // with queueing
	Loss    float64 `json:"loss"`            // on the way there
}

// FluidLink is one direction of a link.
type FluidLink struct {
	Name        string  `json:"name"`        // as in the scenario
	Direction   string  `json:"direction"`   // "up" or "down"
	Utilisation float64 `json:"utilization"` // part of the capacity
	Loss        float64 `json:"loss"`        // of the queue and the channel
	Bottleneck  bool    `json:"bottleneck"`  // it is full: its queue drops, or holds what waits
	Wait        float64 `json:"wait_s"`      // mean time in the queue
}

// predicting collects what is predicted of one thing after the other.
type predicting struct {
	of, name, part string
	list           []Measured
}

func (m *predicting) add(what string, v float64) {
	m.list = append(m.list, Measured{m.of, m.name, m.part, what, LookUp(what).Unit.Symbol(), v})
}

// Flow returns what is predicted of a flow, or nil if the model does not know it.
func (p *Prediction) Flow(name string) *FluidFlow {
	if p == nil {
		return nil
	}
	for i := range p.Flows {
		if f := &p.Flows[i]; f.Name == name && f.Outside == "" {
			return f
		}
	}
	return nil
}

// WindowBytes returns the window of a connection, bytes of payload.
func (s *FluidSubflow) WindowBytes() float64 { return s.Window * float64(s.MSS) }

// Metrics returns what the model knows of the metrics of a run, named as those of a
// Summary: goodput, share, rtt-mean, cwnd-mean, loss, utilization,
// queue-delay-mean and jain. Flows outside of the model have none.
func (p *Prediction) Metrics() []Measured {
	var m predicting
	total, squares, complete := 0.0, 0.0, true
	for i := range p.Flows {
		f := &p.Flows[i]
		total += f.Goodput
		squares += float64(f.Goodput * f.Goodput)
		complete = complete && f.Outside == ""
	}
	if complete && squares > 0 {
		m.of = "run"
		m.add("jain", total*total/(float64(len(p.Flows))*squares))
	}
	for i := range p.Flows {
		f := &p.Flows[i]
		if f.Outside != "" {
			continue
		}
		m.fluidFlow(f)
		if complete && total > 0 {
			m.part = ""
			m.add("share", f.Goodput/total)
		}
	}
	for _, l := range p.Links {
		m.of, m.name, m.part = "link", l.Name, l.Direction
		m.add("utilization", l.Utilisation)
		m.add("loss", l.Loss)
		m.add("queue-delay-mean", l.Wait)
	}
	return m.list
}

// fluidFlow adds the numbers of a flow. Its RTT is the mean over segments, as samples are.
func (m *predicting) fluidFlow(f *FluidFlow) {
	m.of, m.name, m.part = "flow", f.Name, ""
	m.add("goodput", f.Goodput)
	if len(f.Subflows) == 0 { // UDP has no windows
		return
	}
	segments, rate, window := 0.0, 0.0, 0.0
	for i := range f.Subflows {
		s := &f.Subflows[i]
		segments += s.Window
		rate += s.Window / s.RTT
		window += s.WindowBytes()
	}
	m.add("rtt-mean", segments/rate)
	m.add("cwnd-mean", window)
	for i := range f.Subflows {
		s := &f.Subflows[i]
		m.part = strconv.Itoa(i)
		m.add("goodput", s.Goodput)
		if f.Goodput > 0 {
			m.add("share", s.Goodput/f.Goodput)
		}
		m.add("rtt-mean", s.RTT)
		m.add("cwnd-mean", s.WindowBytes())
	}
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
