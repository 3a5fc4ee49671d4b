package experiment

import (
	"mpsim/experiment/record"
	"mpsim/mptcp"
)

// outcomes says what became of the connections of f.
func (f *flow) outcomes() (o record.Outcomes) {
	causes := make([]int, mptcp.Causes)
	for _, c := range f.conns {
		f.outcome(c, &o, causes)
	}
	for cause, n := range causes {
		if cause != int(mptcp.NoFallback) && n > 0 {
			o.Causes = append(o.Causes, record.Cause{Text: mptcp.Cause(cause).String(), Connections: n})
		}
	}
	return o
}

// outcome counts one connection.
func (f *flow) outcome(c *conn, o *record.Outcomes, causes []int) {
	var failed, lost, joined bool
	var corrupt uint64
	var cause mptcp.Cause
	for _, end := range []mptcp.Connection{c.From, c.To} {
		if end == nil {
			continue
		}
		_, err := end.Ended()
		failed = failed || err != nil
		m, ok := end.(*mptcp.Conn)
		if !ok {
			continue
		}
		corrupt += m.Stats.Corrupted
		cause = max(cause, m.Stats.Fallback)
		joined = joined || m.Stats.SecondSubflowAt > 0
		lost = lost || m.Stats.SubflowsFailed > 0
		o.Joins += m.Stats.Joins
		o.Refused += m.Stats.JoinsRefused
		o.AddAddrs += m.Stats.AddAddrsSent
	}
	o.CorruptBytes += corrupt
	if joined {
		o.Joined++
	}
	causes[cause]++
	unfinished := f.finite() && !c.finished
	switch {
	case corrupt > 0:
		o.Corrupt++
	case unfinished && !failed:
		o.Stalled++
	case failed && (unfinished || !f.finite()):
		o.Failed++
	case cause != mptcp.NoFallback:
		o.Fallback++
	case f.MPTCP() && c.Paths() > 1 && (lost || !joined):
		o.Lost++
	}
}
