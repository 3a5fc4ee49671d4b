package language

import (
	"fmt"

	"mpsim/experiment/record"
	"mpsim/sim/units"
)

// A Named is something that a scenario may name and that has no parameters.
type Named struct{ Name, Doc string }

// FigureKinds has what can be drawn.
var FigureKinds = []Named{
	{"cwnd", "congestion window and slow-start threshold of each subflow over time"},
	{"throughput", "what arrives on the subflows of a flow over time, stacked, and what of it becomes readable in order"},
	{"rtt", "smoothed round-trip time of each subflow over time"},
	{"queue", "length and delay of the queue of each link over time"},
	{"sequence", "who sends what around an event, a loss or the start: data sequence numbers ahead of the mean rate, a lane a subflow"},
	{"rcvbuf", "occupancy of the receive buffer over time, in order and out of order"},
	{"fct-cdf", "distribution of the completion times of transfers"},
	{"goodput-cdf", "distribution of the goodputs of the connections of each flow"},
	{"goodput-rank", "goodput of each connection of a flow, from the least to the greatest"},
	{"sweep", "a metric of flows over an axis of [vary], a curve for each combination of the others"},
	{"matrix", "outcomes of flows: an axis of [vary] by the combinations of the others"},
}

// defaultFigures are drawn if a scenario asks for none.
var defaultFigures = []string{"throughput", "cwnd", "rtt", "queue"}

// names returns the names of a list.
func names(list []Named) []string {
	s := make([]string, len(list))
	for i, n := range list {
		s[i] = n.Name
	}
	return s
}

// amount reads what a scenario gives in the unit of a metric.
func amount(u record.Unit, v any) (float64, error) {
	s, text := v.(string)
	switch u {
	case record.BitRate:
		if text {
			b, err := units.ParseBandwidth(s)
			return float64(b), err
		}
		return 0, fmt.Errorf(`got %s; want a rate such as "8Mbps", in quotes`, describe(v))
	case record.Seconds:
		if text {
			t, err := units.ParseDuration(s)
			return t.Seconds(), err
		}
		return 0, fmt.Errorf(`got %s; want a time such as "25ms", in quotes`, describe(v))
	case record.Octets:
		if text {
			b, err := units.ParseBytes(s)
			return float64(b), err
		}
		return 0, fmt.Errorf(`got %s; want a size such as "64KiB", in quotes`, describe(v))
	}
	switch n := v.(type) {
	case int64:
		return float64(n), nil
	case float64:
		return n, nil
	}
	return 0, fmt.Errorf("got %s; want a number", describe(v))
}
