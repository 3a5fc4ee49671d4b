package prediction

import (
	"errors"

	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// points is how many samples a trajectory has.
const points = 500

// Trajectory returns the windows of the first connection of each flow of s over time, as the differential
// equations have them, in bytes; all flows begin at 0, with 10 segments on each path, and
// without slow start.
func Trajectory(s *scenarios.Scenario) ([]record.Series, error) {
	m, err := newModel(s)
	if err != nil {
		return nil, err
	}
	d := s.Duration.Seconds()
	tr, err := m.network.Integrate(d, d/points, nil)
	if err != nil {
		return nil, m.explain(err)
	}
	var list []record.Series
	for i := range s.Flows {
		if len(m.users[i]) == 0 {
			continue
		}
		for r, windows := range tr.Windows[m.users[i][0]] {
			x := record.Series{Name: record.Cwnd, Unit: "B", Flow: s.Flows[i].Name, Subflow: m.names[i][r], T: tr.T}
			for _, w := range windows {
				x.V = append(x.V, round(w*float64(m.mss[i])))
			}
			list = append(list, x)
		}
	}
	if len(list) == 0 {
		return nil, errors.New("the fluid model knows none of the flows")
	}
	return list, nil
}
