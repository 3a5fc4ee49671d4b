// Package prediction says what the fluid model makes of a scenario: what its
// congestion controllers would settle at if windows were real numbers and losses rates.
package prediction

import (
	"errors"
	"fmt"
	"strconv"

	"mpsim/cc/fluid"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// errNothing says that the model knows none of the flows.
var errNothing = errors.New("the fluid model knows none of the flows")

// Predict returns what s settles at.
func Predict(s *scenarios.Scenario) (*record.Prediction, error) {
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
func (m *model) prediction(st *fluid.State) *record.Prediction {
	p := &record.Prediction{Notes: m.notes}
	for i := range m.scenario.Flows {
		p.Flows = append(p.Flows, m.flow(i, st))
	}
	for i, l := range st.Links {
		in := m.network.Links[i]
		link := record.FluidLink{Name: m.scenario.Links[i/2].Name, Direction: directions[i%2]}
		link.Utilisation = round(min(l.Load*(1-l.Loss)/in.Capacity, 1))
		link.Loss = round(l.Loss + in.Loss - float64(l.Loss*in.Loss))
		link.Bottleneck = l.Loss > 0 || link.Utilisation > 0.999
		if link.Bottleneck {
			link.Wait = round(l.Wait)
		}
		p.Links = append(p.Links, link)
	}
	p.Notes = append(p.Notes, m.doubts(p)...)
	return p
}

// round leaves six digits: the solver promises no more, and the next may depend on the processor.
func round(x float64) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	return y
}

// directions are the names of those of a link.
var directions = [2]string{"up", "down"}

// flow has the numbers of flow i.
func (m *model) flow(i int, st *fluid.State) record.FluidFlow {
	f := &m.scenario.Flows[i]
	out := record.FluidFlow{Name: f.Name, Outside: m.outside[i]}
	user := m.user[i]
	if user < 0 {
		return out
	}
	for r, path := range st.Users[user] {
		sub := record.FluidSubflow{Name: m.names[i][r], Window: round(path.Window), MSS: m.mss[i], RTT: round(path.RTT), Loss: round(path.Loss)}
		sub.Goodput = round(path.Goodput * float64(m.network.Users[user].Count) * float64(m.mss[i]) * 8)
		out.Goodput += sub.Goodput
		out.Subflows = append(out.Subflows, sub)
	}
	return out
}

// doubts says where the numbers are outside of what the model is good for.
func (m *model) doubts(p *record.Prediction) (notes []string) {
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
