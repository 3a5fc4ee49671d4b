package record

import "math"

// What goes over several subflows, and what blocks them: of MPTCP alone.
func init() {
	for _, k := range []struct {
		name, label, doc string
		unit             Unit
		none             string
		of               func(*MPTCP) float64
	}{
		{"copied", "Copied", "bytes sent on a further subflow because the scheduler copies, warm-up included", Octets, otherProtocol,
			func(m *MPTCP) float64 { return float64(m.Copies) }},
		{"opportunistic", "Opportunistic", "of the reinjected bytes, those that held up the window or the send buffer, warm-up included", Octets, otherProtocol,
			func(m *MPTCP) float64 { return float64(m.Opportunistic) }},
		{"penalised", "Penalised", "times that a subflow had to yield because it held up the window or the send buffer, warm-up included", Count, otherProtocol,
			func(m *MPTCP) float64 { return float64(m.Penalised) }},
		{"duplicate", "Duplicate", "bytes of the flow that the receiving connection had already, whichever subflow brought them again, warm-up included", Octets, otherProtocol,
			func(m *MPTCP) float64 { return float64(m.Duplicates) }},
		{"window-blocked", "Blocked by the window", "part of the time in which data was written that no subflow had been given, and the peer's window took none of it", Ratio, NoSamples,
			func(m *MPTCP) float64 { return known(m.WindowBlocked) }},
		{"buffer-blocked", "Blocked by the send buffer", "part of the time in which the send buffer was full, all that it held was sent, " +
			"and the application had more", Ratio, NoSamples,
			func(m *MPTCP) float64 { return known(m.BufferBlocked) }},
		{"scheduler-wait", "Scheduler waits", "part of the time in which the scheduler waited with new data at hand, although a subflow had room in its window", Ratio, NoSamples,
			func(m *MPTCP) float64 { return known(m.SchedulerWait) }},
	} {
		RegisterMetric(Metric{
			Name: k.name, Label: k.label, Unit: k.unit, Doc: k.doc, None: k.none, Only: Multipath,
			Flow: func(f *Flow) float64 {
				if f.MPTCP == nil {
					return math.NaN()
				}
				return k.of(f.MPTCP)
			},
		})
	}
}

// otherProtocol says that a flow is not MPTCP.
const otherProtocol = "another protocol"
