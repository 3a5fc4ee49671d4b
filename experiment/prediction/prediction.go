// Package prediction says what the fluid model makes of a scenario: what its
// congestion controllers would settle at if windows were real numbers and losses rates.
package prediction

import (
	"fmt"
	"strconv"
	"strings"

	"mpsim/cc"
	"mpsim/cc/fluid"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// Check reports all that s has and the fluid model has no word for. The error is scenarios.Problems.
func Check(s *scenarios.Scenario) error {
	_, err := newModel(s)
	return err
}

// Predict returns what s settles at. The error is scenarios.Problems if Check reports something, else it
// says why no equilibrium was found.
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

// None returns the prediction for s when there is none, and why.
func None(s *scenarios.Scenario, why error) *record.Prediction {
	p := &record.Prediction{Notes: []string{"nothing is predicted: " + why.Error()}}
	for i := range s.Flows {
		p.Flows = append(p.Flows, record.FluidFlow{Name: s.Flows[i].Name, Outside: why.Error()})
	}
	return p
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
	for _, s := range m.streams[i] {
		out.Goodput += s.goodput(st, &m.network)
	}
	out.Goodput = round(out.Goodput)
	for r, name := range m.names[i] {
		sub := m.subflow(i, r, st)
		sub.Name = name
		out.Goodput += sub.Goodput
		out.Subflows = append(out.Subflows, sub)
	}
	return out
}

// subflow has the sum of the goodputs of the subflows r of flow i, and the means of the rest: of
// windows over connections, of RTT and loss over segments.
func (m *model) subflow(i, r int, st *fluid.State) record.FluidSubflow {
	var count, window, rate, goodput float64
	for _, user := range m.users[i] {
		if r < len(st.Users[user]) {
			path, n := &st.Users[user][r], float64(m.network.Users[user].Count)
			count += n
			window += float64(n * path.Window)
			rate += float64(n * path.Rate)
			goodput += float64(n * path.Goodput)
		}
	}
	return record.FluidSubflow{
		Goodput: round(goodput * float64(m.mss[i]) * 8), Window: round(window / count), MSS: m.mss[i],
		RTT: round(window / rate), Loss: round(max(0, 1-goodput/rate)),
	}
}

// doubts says where the numbers are outside of what the model is good for.
func (m *model) doubts(p *record.Prediction) []string {
	var notes reasons
	for i, f := range p.Flows {
		longest := 0.0
		for r, s := range f.Subflows {
			longest = max(longest, s.RTT)
			if text := doubtWindow(s.Window, len(f.Subflows)); text != "" {
				notes.add(text, fmt.Sprintf("subflow %d of %s", r, f.Name))
			}
		}
		if len(m.users[i]) > 0 {
			m.doubtLaw(&notes, i, f.Subflows)
		}
		buffer := m.scenario.Flows[i].TCP.ReceiveBuffer
		if under := f.Goodput / 8 / float64(max(m.connections(i), 1)) * longest; under > float64(buffer) {
			notes.add(fmt.Sprintf("what is under way in the longest RTT exceeds the receive buffer of %v, which is not in the model", buffer), f.Name)
		}
	}
	return notes.lines()
}

// doubtLaw says where the controller of flow i is known to differ from its limit.
func (m *model) doubtLaw(notes *reasons, i int, subflows []record.FluidSubflow) {
	switch c := m.scenario.Flows[i].CC.New().(type) {
	case *cc.WVegas:
		m.doubtVegas(notes, i, c)
	case *cc.OLIA:
		most := 0.0
		for _, s := range subflows {
			most = max(most, s.Window)
		}
		for r, s := range subflows {
			if s.Window < tinyWindow && most > 2*s.Window { // cc.TestOLIANoise
				notes.add("olia no more than probes this path in the model; where losses are random it often takes it for its best one, and leaves others on it up to 22 % less", fmt.Sprintf("subflow %d of %s", r, m.scenario.Flows[i].Name))
			}
		}
	}
}

// doubtVegas says where flow i, of wVegas, does not have what the model gives it
// (validate.TestOneFlowFillsALink).
func (m *model) doubtVegas(notes *reasons, i int, v *cc.WVegas) {
	name := m.scenario.Flows[i].Name
	if !v.Pacing && !m.scenario.Flows[i].TCP.Pacing {
		notes.add("wvegas without pacing takes its own bursts for a queue, and leaves as much as three quarters of a link idle that the model has full", name)
	}
	notes.add("wvegas empties its queues when they have doubled, which leaves up to a tenth of a link idle that the model has full", name)
	flows := 0
	for k := range m.users {
		flows += m.connections(k)
	}
	if flows > 1 {
		notes.add("wvegas knows the least RTT that it has seen; where others never let a queue run empty, it keeps more in it than the model has", name)
	}
}

// connections returns how many connections flow i has.
func (m *model) connections(i int) (n int) {
	for _, user := range m.users[i] {
		n += m.network.Users[user].Count
	}
	return n
}

// reasons are texts, each with the names of those that it is about.
type reasons []struct {
	text  string
	names []string
}

// add adds a name to those of a text.
func (r *reasons) add(text, name string) {
	for i := range *r {
		if (*r)[i].text == text {
			(*r)[i].names = append((*r)[i].names, name)
			return
		}
	}
	*r = append(*r, struct {
		text  string
		names []string
	}{text, []string{name}})
}

// lines returns a line for each text, with the first of its names.
func (r reasons) lines() (list []string) {
	const most = 3
	for _, x := range r {
		who := strings.Join(x.names[:min(most, len(x.names))], ", ")
		if n := len(x.names) - most; n > 0 {
			who += fmt.Sprintf(" and %d more", n)
		}
		list = append(list, who+": "+x.text)
	}
	return list
}

// The windows, in segments, below which the floor of ssthresh lifts a coupled window (cc.TestSmallWindows), and
// losses often end in timeouts.
const (
	smallWindow = 8
	tinyWindow  = 4
)

// doubtWindow says how far a window of one of so many subflows may be off, in segments.
func doubtWindow(w float64, subflows int) string {
	switch {
	case w >= smallWindow || subflows < 2 && w >= tinyWindow:
		return ""
	case subflows < 2:
		return fmt.Sprintf("a window of less than %d segments is small for a fluid; timeouts will take more", tinyWindow)
	case w >= tinyWindow:
		return fmt.Sprintf("a window of less than %d segments is small for a fluid: ssthresh is at least two, which leaves others on the path up to 4 %% less", smallWindow)
	}
	return fmt.Sprintf("a window of less than %d segments is small for a fluid: ssthresh is at least two, which lifts it and leaves others on the path less, 4 %% where it is 3 segments and a quarter where it is 2; timeouts will take more", tinyWindow)
}
