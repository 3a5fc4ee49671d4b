package language

import (
	"fmt"

	"mpsim/sim/units"
)

// A Named is something that a scenario may name and that has no parameters.
type Named struct{ Name, Doc string }

// FigureKinds has what can be drawn.
var FigureKinds = []Named{
	{"cwnd", "congestion window and slow-start threshold of each subflow over time"},
	{"throughput", "throughput over time, the subflows of a connection stacked"},
	{"rtt", "smoothed round-trip time of each subflow over time"},
	{"queue", "length and delay of the queue of each link over time"},
	{"sequence", "data sequence number over time, coloured by subflow, reinjections marked"},
	{"rcvbuf", "occupancy of the receive buffer over time, in order and out of order"},
	{"fct-cdf", "distribution of the completion times of transfers"},
	{"goodput-cdf", "distribution of the goodputs of the connections of each flow"},
	{"goodput-rank", "goodput of each connection of a flow, from the least to the greatest"},
	{"sweep", "a metric of flows over an axis of [vary], a curve for each combination of the others"},
	{"matrix", "outcomes of flows: an axis of [vary] by the combinations of the others"},
}

// defaultFigures are drawn if a scenario asks for none.
var defaultFigures = []string{"throughput", "cwnd", "rtt", "queue"}

// Unit says in what a metric is measured.
type Unit uint8

// The units.
const (
	Ratio   Unit = iota // 0 to 1
	Count               // a number of things
	BitRate             // bit/s
	Seconds             // s
	Octets              // bytes
)

// String names the unit of the values of a summary.
func (u Unit) String() string {
	return [...]string{"parts of 1", "a count", "bit/s", "seconds", "bytes"}[u]
}

// Scope says of what a metric is a property.
type Scope uint8

// The scopes.
const (
	OfFlow Scope = iota // all connections of a flow together, or one subflow of them
	OfLink              // one direction of a link
	OfRun
)

// String names what the metric is of.
func (s Scope) String() string { return [...]string{"flow", "link", "run"}[s] }

// A Metric is a number that a run yields.
type Metric struct {
	Named
	Unit  Unit
	Scope Scope
}

// Metrics has what can be measured. Where nothing else is said, the warm-up is
// left out.
var Metrics = []Metric{
	{Named{"goodput", "bytes received in order by the application, over time"}, BitRate, OfFlow},
	{Named{"share", "part of the goodput of the connection that a subflow carried; of a flow: of that of all flows"}, Ratio, OfFlow},
	{Named{"received", "bytes received in order by the application, warm-up included"}, Octets, OfFlow},
	{Named{"connection-goodput-mean", "mean of the goodputs of the connections, if there are several"}, BitRate, OfFlow},
	{Named{"connection-goodput-min", "least of them"}, BitRate, OfFlow},
	{Named{"connection-goodput-p10", "10th percentile of them"}, BitRate, OfFlow},
	{Named{"connection-goodput-p50", "median of them"}, BitRate, OfFlow},
	{Named{"connection-goodput-max", "greatest of them"}, BitRate, OfFlow},
	{Named{"connection-jain", "Jain's fairness index of them"}, Ratio, OfFlow},
	{Named{"rtt-mean", "mean of the RTT samples"}, Seconds, OfFlow},
	{Named{"rtt-p50", "median of the RTT samples"}, Seconds, OfFlow},
	{Named{"rtt-p95", "95th percentile of the RTT samples"}, Seconds, OfFlow},
	{Named{"rtt-p99", "99th percentile of the RTT samples"}, Seconds, OfFlow},
	{Named{"cwnd-mean", "mean congestion window of the first connection, of all its subflows together or of one"}, Octets, OfFlow},
	{Named{"cwnd-sd", "standard deviation of that window over time"}, Octets, OfFlow},
	{Named{"timeouts", "retransmission timeouts, warm-up included"}, Count, OfFlow},
	{Named{"gap-max", "longest time in which the application could read nothing new"}, Seconds, OfFlow},
	{Named{"ooo-delay-mean", "mean time that data waited for what came before it"}, Seconds, OfFlow},
	{Named{"ooo-delay-p95", "95th percentile of that time"}, Seconds, OfFlow},
	{Named{"retransmitted", "bytes sent again on the same subflow, warm-up included"}, Octets, OfFlow},
	{Named{"reinjected", "bytes sent again on another subflow, warm-up included"}, Octets, OfFlow},
	{Named{"marked", "bytes whose acknowledgement echoed a mark (ECN), warm-up included"}, Octets, OfFlow},
	{Named{"second-subflow", "time from the first SYN until the second subflow can carry data"}, Seconds, OfFlow},
	{Named{"transfers", "completed transfers, warm-up included"}, Count, OfFlow},
	{Named{"fct-mean", "mean completion time of transfers, warm-up included"}, Seconds, OfFlow},
	{Named{"fct-p50", "median of the completion times, warm-up included"}, Seconds, OfFlow},
	{Named{"fct-p95", "95th percentile of the completion times, warm-up included"}, Seconds, OfFlow},
	{Named{"fct-p99", "99th percentile of the completion times, warm-up included"}, Seconds, OfFlow},
	{Named{"fallback", "part of the connections that became plain TCP"}, Ratio, OfFlow},
	{Named{"joined", "part of the connections that had a second subflow"}, Ratio, OfFlow},
	{Named{"failed", "part of the connections that ended with an error"}, Ratio, OfFlow},
	{Named{"stalled", "part of the connections that neither finished their transfer nor failed"}, Ratio, OfFlow},
	{Named{"corrupt", "bytes delivered in the wrong place, or changed on the way"}, Octets, OfFlow},
	{Named{"joins", "MP_JOIN handshakes begun by either end"}, Count, OfFlow},
	{Named{"joins-refused", "MP_JOIN handshakes that the other end refused"}, Count, OfFlow},
	{Named{"add-addrs", "ADD_ADDR options sent, repetitions included"}, Count, OfFlow},
	{Named{"api-failures", "calls of the application interface that failed"}, Count, OfFlow},
	{Named{"utilization", "bits sent over what the rate, as it was at each instant, allows while the link is up: an outage does not count"}, Ratio, OfLink},
	{Named{"drops", "packets dropped for any cause, warm-up included"}, Count, OfLink},
	{Named{"marks", "packets that the queue marked with congestion experienced (ECN), warm-up included"}, Count, OfLink},
	{Named{"loss", "part dropped of the packets that the link was offered, by its node or its middleboxes, or held when the warm-up ended"}, Ratio, OfLink},
	{Named{"middlebox-packets", "packets that the conditions of its middleboxes select, warm-up included"}, Count, OfLink},
	{Named{"middlebox-hits", "those of them that a middlebox did not just let pass, warm-up included"}, Count, OfLink},
	{Named{"queue-delay-mean", "mean time that packets wait in the queue, without their own transmission"}, Seconds, OfLink},
	{Named{"queue-delay-p95", "95th percentile of the time that packets wait in the queue"}, Seconds, OfLink},
	{Named{"jain", "Jain's fairness index of the goodputs of all flows"}, Ratio, OfRun},
}

// metric returns the metric called name, or nil.
func metric(name string) *Metric {
	for i := range Metrics {
		if Metrics[i].Name == name {
			return &Metrics[i]
		}
	}
	return nil
}

// names returns the names of a list.
func names(list []Named) []string {
	s := make([]string, len(list))
	for i, n := range list {
		s[i] = n.Name
	}
	return s
}

// parse reads an amount of the unit from the value of a scenario.
func (u Unit) parse(v any) (float64, error) {
	s, text := v.(string)
	switch u {
	case BitRate:
		if text {
			b, err := units.ParseBandwidth(s)
			return float64(b), err
		}
		return 0, fmt.Errorf(`got %s; want a rate such as "8Mbps", in quotes`, describe(v))
	case Seconds:
		if text {
			t, err := units.ParseDuration(s)
			return t.Seconds(), err
		}
		return 0, fmt.Errorf(`got %s; want a time such as "25ms", in quotes`, describe(v))
	case Octets:
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
