// Package prediction says what the fluid model makes of a scenario: what its
// congestion controllers would settle at if windows were real numbers and losses rates.
package prediction

import (
	"errors"
	"fmt"

	"mpsim/cc/fluid"
	"mpsim/scenarios"
)

// A Prediction is the equilibrium of a scenario. Its numbers are means over time, for
// the time in which all flows are there.
type Prediction struct {
	Flows []Flow // as the scenario has them
	Links []Link // up and down of each link of the scenario
	// Notes say what the model leaves out of this scenario, and where it is likely to err.
	Notes []string
}

// Flow is the connections of one name, together.
type Flow struct {
	Name string
	// Outside says why the model does not know the flow, which it takes as absent; "": it does.
	Outside  string
	Goodput  float64 // payload, bit/s
	Subflows []Subflow
}

// Subflow is the subflows of one index of all connections of a flow.
type Subflow struct {
	Name    string  // as in legends: the links of its path
	Goodput float64 // payload, bit/s
	Window  float64 // of one connection, segments
	MSS     int     // payload of a segment, bytes
	RTT     float64 // with queueing, s
	Loss    float64 // on the way there
}

// Link is one direction of a link.
type Link struct {
	Name, Direction string
	Capacity        float64 // bit/s
	Utilisation     float64 // part of the capacity
	Loss            float64 // of the queue and the channel
	Bottleneck      bool    // its queue drops, or holds what waits
	Wait            float64 // mean time in the queue, s
}

// errNothing says that the model knows none of the flows.
var errNothing = errors.New("the fluid model knows none of the flows")

// Predict returns what s settles at.
func Predict(s *scenarios.Scenario) (*Prediction, error) {
	m, err := newModel(s)
	if err != nil {
		return nil, err
	}
	st, err := m.network.Equilibrium()
	if err != nil {
		return nil, m.explain(err)
	}
	return m.prediction(st), nil
}

// prediction puts numbers of the model into those of the scenario.
func (m *model) prediction(st *fluid.State) *Prediction {
	p := &Prediction{Notes: m.notes}
	for i := range m.scenario.Flows {
		p.Flows = append(p.Flows, m.flow(i, st))
	}
	for i, l := range st.Links {
		in := m.network.Links[i]
		link := Link{Name: m.scenario.Links[i/2].Name, Direction: directions[i%2], Capacity: in.Capacity * 8}
		link.Utilisation = min(l.Load*(1-l.Loss)/in.Capacity, 1)
		link.Loss = l.Loss + in.Loss - float64(l.Loss*in.Loss)
		link.Bottleneck = l.Loss > 0 || link.Utilisation > 0.999
		if link.Bottleneck {
			link.Wait = l.Wait
		}
		p.Links = append(p.Links, link)
	}
	p.Notes = append(p.Notes, m.doubts(p)...)
	return p
}

// directions are the names of those of a link.
var directions = [2]string{"up", "down"}

// flow has the numbers of flow i.
func (m *model) flow(i int, st *fluid.State) Flow {
	f := &m.scenario.Flows[i]
	out := Flow{Name: f.Name, Outside: m.outside[i]}
	user := m.user[i]
	if user < 0 {
		return out
	}
	for r, path := range st.Users[user] {
		sub := Subflow{Name: m.names[i][r], Window: path.Window, MSS: m.mss[i], RTT: path.RTT, Loss: path.Loss}
		sub.Goodput = path.Goodput * float64(m.network.Users[user].Count) * float64(m.mss[i]) * 8
		out.Goodput += sub.Goodput
		out.Subflows = append(out.Subflows, sub)
	}
	return out
}

// doubts says where the numbers are outside of what the model is good for.
func (m *model) doubts(p *Prediction) (notes []string) {
	for i, f := range p.Flows {
		longest := 0.0
		for r, s := range f.Subflows {
			longest = max(longest, s.RTT)
			if s.Window < smallWindow {
				notes = append(notes, fmt.Sprintf("flow %s, subflow %d: a window of %.1f segments is small for a fluid; timeouts will take more", f.Name, r, s.Window))
			}
		}
		count := float64(max(m.scenario.Flows[i].Count, 1))
		if need := f.Goodput / 8 / count * longest; need > float64(m.scenario.Flows[i].TCP.ReceiveBuffer) && len(f.Subflows) > 0 {
			notes = append(notes, fmt.Sprintf("flow %s: %.0f kB would be under way, more than the receive buffer of %v holds: that is not in the model", f.Name, need/1000, m.scenario.Flows[i].TCP.ReceiveBuffer))
		}
	}
	return notes
}

// smallWindow is the window, in segments, below which losses often end in timeouts.
const smallWindow = 4
