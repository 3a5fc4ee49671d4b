package prediction

import (
	"errors"
	"fmt"
	"slices"

	"mpsim/cc/fluid"
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
	var unknown *fluid.UserError
	if errors.As(err, &unknown) {
		return nil, scenarios.Problems{m.problem(unknown)}
	}
	if err != nil {
		return nil, err
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
		return nil, scenarios.Problems{s.ProblemAt("flow", "the differential equations are of windows, and udp has none")}
	}
	return list, nil
}

// problem returns the problem with the controller of a user.
func (m *model) problem(e *fluid.UserError) scenarios.Problem {
	i := slices.IndexFunc(m.users, func(users []int) bool { return slices.Contains(users, e.User) })
	return m.scenario.ProblemAt(fmt.Sprintf("flow[%d].cc", i), "%v", e.Err)
}
