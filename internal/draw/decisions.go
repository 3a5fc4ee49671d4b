package draw

import (
	"cmp"
	"fmt"
	"slices"

	"mpsim/experiment/record"
	"mpsim/mptcp/tcp"
	"mpsim/scenarios"
	"mpsim/sched"
)

// decisions checks that what a scheduler decided, if it was recorded, comes in order of time and is counted by reason,
// and that no byte is new twice, or left out.
func decisions(s *scenarios.Scenario, res *record.Result) error {
	for i := range s.Flows {
		f := &s.Flows[i]
		if !f.MPTCP() || slices.ContainsFunc(res.Thinned, func(p record.Part) bool { return p.Table == "decisions" && p.Flow == f.Name }) {
			continue
		}
		var list, fresh []record.Decision
		for _, d := range res.Decisions {
			if d.Flow != f.Name {
				continue
			}
			if n := len(list); d.To < d.From || n > 0 && d.T < list[n-1].T {
				return &Failure{"decisions are out of order", fmt.Sprintf("%+v", d)}
			}
			list = append(list, d)
			if d.Gives() && d.To > d.From && (d.Job == record.Fresh || d.Job == record.Pull) {
				fresh = append(fresh, d)
			}
		}
		counted := uint64(0)
		for _, r := range res.Flows[i].Reasons {
			counted += r.Decisions
		}
		if counted != uint64(len(list)) {
			return &Failure{"decisions are not counted", fmt.Sprintf("flow %s: %d of %d", f.Name, counted, len(list))}
		}
		// A copy may be made when new bytes are at hand, and what was queued on a subflow that fails is new again.
		if traits := sched.TraitsOf(f.Scheduler.New()); traits&(sched.Copies|sched.Queues|sched.Recalls|sched.Reorders) != 0 {
			continue
		}
		slices.SortStableFunc(fresh, func(a, b record.Decision) int { return cmp.Compare(a.From, b.From) })
		end := uint64(0)
		if len(fresh) > 0 && (f.TCP.FastOpen != tcp.FastOpenOff || f.Server.TCP.FastOpen != tcp.FastOpenOff) {
			end = fresh[0].From // nobody decides about what goes with a SYN
		}
		for _, d := range fresh {
			if d.From != end {
				return &Failure{"bytes are new twice or left out", fmt.Sprintf("after %d: %+v", end, d)}
			}
			end = d.To
		}
	}
	return nil
}
