package record

// Segment is data that the first connection of a flow sent, once or again, and what became of it. Positions
// count the bytes of the stream from 0.
type Segment struct {
	T       float64 // when it was sent, s
	Flow    string  // its name
	Subflow string  // its name
	Kind    string  // new, copy, reinjected or retransmitted
	From    uint64  // of its first byte
	To      uint64  // behind the last one
	Reason  string  // of the scheduler; "": none given, or it was not asked
	Arrived float64 // when its first byte was in order on that subflow, and had not come on another one, s; 0: never
	Read    float64 // when its last byte was in order at the other end, s; 0: before it was sent, or not at all
}

// Kinds of segments. Each byte is new once, unless it is reinjected before the subflow in whose queue it
// waits has sent it.
const (
	New           = "new"
	Copy          = "copy"          // another subflow carries it, and the scheduler wants more to
	Reinjected    = "reinjected"    // another subflow has not delivered it
	Retransmitted = "retransmitted" // by TCP, on the same subflow
)

// Pause is a time in which something kept new data of the first connection of a flow back: see MPTCP.
type Pause struct {
	From, Until float64 // s
	Flow        string  // its name
	By          string  // window, send buffer or scheduler
	Reason      string  // of the scheduler
	About       string  // the subflow that the reason is about
}

// What keeps new data back.
const (
	ByWindow    = "window"
	ByBuffer    = "send buffer"
	ByScheduler = "scheduler"
)

var timeline = Dataset{
	"timeline", "a segment that the first connection of a flow sent, within the part of the run that a figure `timeline` shows; of " +
		"more than 262 144 in a run a sample. Only with such a figure",
	[]Column{
		{"t_s", "simulated time at which it was sent, s", Instant}, {"flow", "name", Text}, {"subflow", "name", Text},
		{"kind", "new; copy: another subflow carries it, and the scheduler wants more to; reinjected: another subflow has not " +
			"delivered it; retransmitted: by TCP, on the same subflow", Text},
		{"from_bytes", "position in the stream of its first byte, B", Integer},
		{"to_bytes", "position behind the last one, B", Integer},
		{"reason", "of the scheduler, as in decisions; empty: none given, or it was not asked", Text},
		{"arrived_s", "simulated time at which its first byte was in order on that subflow, s; empty: never, or it had come on " +
			"another one before", Instant},
		{"read_s", "simulated time at which its last byte was in order at the other end; s; empty: before this segment was sent, or never", Instant},
	},
	func(res *Result, row func(...any)) {
		for i := range res.Segments {
			g := &res.Segments[i]
			row(g.T, g.Flow, g.Subflow, g.Kind, g.From, g.To, g.Reason, nonzero(g.Arrived), nonzero(g.Read))
		}
	},
}

var pauses = Dataset{
	"pauses", "a time in which something kept new data of the first connection of a flow back, within the part of the run that a " +
		"figure `timeline` shows. Only with such a figure",
	[]Column{
		{"from_s", "simulated time, s", Instant}, {"until_s", "simulated time, s", Instant}, {"flow", "name", Text},
		{"by", "window, send buffer or scheduler", Text},
		{"reason", "of the scheduler, as in decisions", Text}, {"about", "subflow that the reason is about", Text},
	},
	func(res *Result, row func(...any)) {
		for i := range res.Pauses {
			p := &res.Pauses[i]
			row(p.From, p.Until, p.Flow, p.By, p.Reason, p.About)
		}
	},
}
