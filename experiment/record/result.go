package record

// Result is everything that a run yields, but for the time it took.
type Result struct {
	Summary
	Trace
}

// Summary has the numbers of a run. Unless said otherwise they leave out the
// warm-up.
type Summary struct {
	Scenario    string   `json:"scenario"`              // its name
	Seed        uint64   `json:"seed"`                  // origin of all randomness
	Overrides   []string `json:"overrides,omitempty"`   // of the scenario, as given
	Duration    float64  `json:"duration_s"`            // simulated time, s
	Warmup      float64  `json:"warmup_s"`              // s
	Interrupted bool     `json:"interrupted,omitempty"` // the run was stopped before its end: the numbers are of the time so far
	Warnings    []string `json:"warnings,omitempty"`    // of the scenario: what has no effect that its writer may want
	Defects     []string `json:"defects,omitempty"`     // what the run has found wrong with the model: do not use its numbers
	Random      bool     `json:"random,omitempty"`      // more than keys and the like was drawn: another seed may differ

	Events     uint64 `json:"events"`      // of the engine
	Hash       string `json:"event_hash"`  // of their order, in hexadecimal
	Course     string `json:"course_hash"` // of what was sent, and what links did with it, in hexadecimal
	PacketHops uint64 `json:"packet_hops"` // packets that crossed a link

	Jain         *float64      `json:"jain"`                   // fairness index of the goodputs that flows have; nil: no goodput
	Flows        []Flow        `json:"flows"`                  // as the scenario has them
	Links        []Link        `json:"links"`                  // up and down of each link of the scenario
	Expectations []Expectation `json:"expectations,omitempty"` // of the scenario, in its order
	Prediction   *Prediction   `json:"prediction,omitempty"`   // of the fluid model, if the scenario asks for it
}

// Distribution summarises samples, in seconds. Without samples all is 0, and null in JSON but for the count.
type Distribution struct {
	Count uint64  `json:"count"`  // of the samples
	Mean  float64 `json:"mean_s"` // of all of them
	Min   float64 `json:"min_s"`  // the least
	P50   float64 `json:"p50_s"`  // their median
	P95   float64 `json:"p95_s"`  // 95 % are not above it
	P99   float64 `json:"p99_s"`  // 99 % are not above it
	Max   float64 `json:"max_s"`  // the greatest
}

// Moments summarises samples of equal weight, in bytes. Without samples all is 0, and null in JSON but for
// the count.
type Moments struct {
	Count     uint64  `json:"count"`      // of the samples
	Mean      float64 `json:"mean_bytes"` // of all of them
	Deviation float64 `json:"sd_bytes"`   // their standard deviation
}

// Flow is the connections of one name, together.
type Flow struct {
	Name        string `json:"name"`                // as in the scenario
	Protocol    string `json:"protocol"`            // "mptcp", "tcp" or "udp"
	CC          string `json:"cc,omitempty"`        // of MPTCP and TCP
	Scheduler   string `json:"scheduler,omitempty"` // of MPTCP
	Connections int    `json:"connections"`         // how many it had, those that had not opened at the end among them

	Goodput    *float64 `json:"goodput_bps"`      // bytes in order at the application over time, bit/s; nil: it was not open in that time
	Throughput *float64 `json:"throughput_bps"`   // bytes that arrived over time, in order or not, bit/s; nil: it was not open in that time
	Share      *float64 `json:"share"`            // of the throughput of all flows; nil: nothing arrived
	Received   uint64   `json:"received_bytes"`   // in order at the application, with the warm-up
	Arrived    uint64   `json:"arrived_bytes"`    // on subflows, with the warm-up; what came on two counts twice
	Second     *float64 `json:"second_subflow_s"` // mean time from the first SYN until a second subflow can carry data of the flow, s; nil: never

	RTT        Distribution `json:"rtt"`              // samples of all subflows
	Window     Moments      `json:"cwnd"`             // of the first connection, all subflows together
	Gap        *float64     `json:"longest_gap_s"`    // longest time after the first byte without a new one, s; nil: not open, or nothing read
	OutOfOrder Distribution `json:"out_of_order"`     // time that data waited for what came before
	Transfers  Distribution `json:"transfers"`        // completion times, with the warm-up
	Unfinished uint64       `json:"unfinished"`       // transfers under way at the end
	Labels     []string     `json:"labels,omitempty"` // axis=value, of a varied flow
	Drawn      []string     `json:"drawn,omitempty"`  // axis.quantity=value, of what was drawn for it
	Outcomes
	MPTCP        *MPTCP    `json:"mptcp,omitempty"`             // nil: of other protocols
	Ends         []End     `json:"ends"`                        // from, then to
	Rates        Rates     `json:"connection_goodput,omitzero"` // of several connections
	Reasons      []Reason  `json:"reasons,omitempty"`           // of decisions of the scheduler of the first connection, the most frequent first; only with --explain
	CallFailures int       `json:"api_failures,omitempty"`      // calls of the application interface that failed
	Subflows     []Subflow `json:"subflows"`                    // by index, of all connections together
}

// MPTCP is what flows of MPTCP alone have: bytes that went twice, and what kept new data back at the end
// that sends the data of the flow. The window does if data is written that no subflow has been given, and
// the peer's window at the level of the connection takes none of it, or less than a segment while data is
// on its way; the send buffer if it is full, all that it holds has been given to subflows, and the
// application waits to write more, until a half is free. For these two it does not matter whether
// congestion windows would take the data. The scheduler does if neither does, and it waits with new data at
// hand although a subflow would take a segment: a regular one, or a backup while no regular one is up. A
// connection that has become plain TCP is not counted as blocked.
type MPTCP struct {
	Copies        uint64   `json:"copied_bytes"`        // sent by either end on a further subflow because the scheduler copies, with the warm-up
	Opportunistic uint64   `json:"opportunistic_bytes"` // of the reinjected bytes of either end, those that held up the window or the send buffer, with the warm-up
	Penalised     uint64   `json:"penalised"`           // times a subflow of either end had to yield because it held these up, with the warm-up
	Duplicates    uint64   `json:"duplicate_bytes"`     // of the data of the flow that the receiving connection had already, with the warm-up
	WindowBlocked *float64 `json:"window_blocked"`      // part of the time in which the window kept new data back, of all connections together; nil: not open in that time
	BufferBlocked *float64 `json:"buffer_blocked"`      // part of the time in which the send buffer did, of all connections together; nil: not open in that time
	SchedulerWait *float64 `json:"scheduler_wait"`      // part of the time in which the scheduler did, of all connections together; nil: not open in that time
}

// End is what one end of a flow received and sent. Of a flow whose data go one way the other end has zeros.
type End struct {
	Name          string   `json:"end"`                 // "from" or "to", as in the scenario
	Goodput       *float64 `json:"goodput_bps"`         // bytes in order at its application over time, bit/s; nil: the flow was not open
	Received      uint64   `json:"received_bytes"`      // in order at its application, with the warm-up
	Sent          uint64   `json:"sent_bytes"`          // payload with repetitions and the warm-up
	Retransmitted uint64   `json:"retransmitted_bytes"` // on the same subflow, with the warm-up
	Timeouts      uint64   `json:"timeouts"`            // RTO expirations, with the warm-up
}

// Rates summarises the goodputs of the connections of a flow, in bit/s. One that was over when the warm-up was, or
// that never opened, does not count.
type Rates struct {
	Count int      `json:"count"`    // of the connections
	Mean  float64  `json:"mean_bps"` // of all of them
	Min   float64  `json:"min_bps"`  // the least
	P10   float64  `json:"p10_bps"`  // a tenth is below it
	P50   float64  `json:"p50_bps"`  // their median
	Max   float64  `json:"max_bps"`  // the greatest
	Jain  *float64 `json:"jain"`     // fairness index; nil: no goodput
}

// Outcomes says what became of the connections of a flow. Each is counted under the
// worst that happened to it; the rest counts all alike.
type Outcomes struct {
	Corrupt  int `json:"corrupt,omitempty"`      // delivered bytes in the wrong place, or changed
	Stalled  int `json:"stalled,omitempty"`      // neither finished nor failed
	Failed   int `json:"failed,omitempty"`       // ended with an error
	Fallback int `json:"fallback,omitempty"`     // became plain TCP
	Lost     int `json:"subflow_lost,omitempty"` // did without a subflow that it could have had

	Joined       int     `json:"joined,omitempty"`          // had a second subflow
	Causes       []Cause `json:"fallback_causes,omitempty"` // why connections became plain TCP
	CorruptBytes uint64  `json:"corrupt_bytes,omitempty"`   // in the wrong place, or changed
	Joins        int     `json:"joins,omitempty"`           // MP_JOIN handshakes begun by either end
	Refused      uint64  `json:"joins_refused,omitempty"`   // of these
	AddAddrs     uint64  `json:"add_addrs,omitempty"`       // sent, with repetitions
}

// Cause counts connections that fell back for one reason.
type Cause struct {
	Text        string `json:"text"`        // in words
	Connections int    `json:"connections"` // that fell back for it
}

// Outcome returns the worst that happened to any connection: "corrupt", "stall",
// "reset", "fallback", "subflow lost" or "ok".
func (o *Outcomes) Outcome() string {
	switch {
	case o.Corrupt > 0:
		return "corrupt"
	case o.Stalled > 0:
		return "stall"
	case o.Failed > 0:
		return "reset"
	case o.Fallback > 0:
		return "fallback"
	case o.Lost > 0:
		return "subflow lost"
	}
	return "ok"
}

// Subflow is one subflow, or the subflows of that index of all connections of a
// flow. Of single-path TCP there is one. What is received is the data that the flow is about; what is sent, once and
// again, is that of both ends.
type Subflow struct {
	Name string `json:"name"` // as in legends: the links of its path
	Path string `json:"path"` // nodes and links in order

	Goodput       *float64     `json:"goodput_bps"`            // of the connection, carried here, bit/s; nil: the flow was not open
	Throughput    *float64     `json:"throughput_bps"`         // of what arrived here, in order or not, bit/s; nil: the flow was not open
	Share         *float64     `json:"share"`                  // of the throughput of the flow; nil: nothing arrived
	Received      uint64       `json:"received_bytes"`         // of the connection, carried here, with the warm-up
	Arrived       uint64       `json:"arrived_bytes"`          // payload that came here for the first time, with the warm-up
	Sent          uint64       `json:"sent_bytes"`             // payload with repetitions and the warm-up
	Retransmitted uint64       `json:"retransmitted_bytes"`    // on the same subflow, with the warm-up
	Segments      uint64       `json:"retransmitted_segments"` // sent again on the same subflow, with the warm-up
	Reinjected    *uint64      `json:"reinjected_bytes"`       // first sent on another subflow, with the warm-up; nil: another protocol than MPTCP
	Marked        uint64       `json:"marked_bytes"`           // acknowledged with the echo of a mark (ECN), with the warm-up
	Losses        uint64       `json:"loss_episodes"`          // fast recoveries, also of a window that a mark has cut, with the warm-up
	Marks         uint64       `json:"ecn_episodes"`           // responses to marks (ECN) without a loss, with the warm-up
	Timeouts      uint64       `json:"timeouts"`               // RTO expirations, with the warm-up
	RTT           Distribution `json:"rtt"`                    // samples of the end that sends the data of the flow
	Window        Moments      `json:"cwnd"`                   // of the first connection
	Established   *float64     `json:"established_s"`          // since the first SYN of the connection, s; nil: never
}

// Link is one direction of a link.
type Link struct {
	Name      string `json:"name"`      // as in the scenario
	Direction string `json:"direction"` // "up" or "down"

	Utilisation *float64     `json:"utilization"`     // part of what could be transmitted while the link was up that was, lost on the channel or not; nil: nothing could be
	Sent        uint64       `json:"sent_packets"`    // offered to the link by its node or its middleboxes, with the warm-up
	Bytes       uint64       `json:"delivered_bytes"` // on the wire, with the warm-up
	Drops       []Drop       `json:"drops,omitempty"` // with the warm-up, by reason
	Marks       uint64       `json:"marks,omitempty"` // packets that the queue made CE, with the warm-up
	Loss        *float64     `json:"loss"`            // part of the packets offered that was dropped; nil: no packets
	QueueDelay  Distribution `json:"queue_delay"`     // what packets waited, from the queue's acceptance to their transmission

	Middleboxes []Middlebox `json:"middleboxes,omitempty"` // from the first node to the second
}

// Middlebox is what a middlebox has done in one direction of a link, with the warm-up.
type Middlebox struct {
	Kind     string    `json:"kind"`               // as in the scenario
	Packets  uint64    `json:"packets"`            // that its conditions select
	Hits     uint64    `json:"hits"`               // of them, those that it did not just let pass
	Counters []Counter `json:"counters,omitempty"` // of both directions; only with the first
}

// Counter is what a middlebox counts of its own.
type Counter struct {
	Name  string `json:"name"`  // what is counted
	Value uint64 `json:"value"` // how often, or how much
}

// Drop counts packets dropped for one reason.
type Drop struct {
	Reason  string `json:"reason"`  // "overflow", "early", "channel", "down" or "middlebox"
	Packets uint64 `json:"packets"` // dropped for it
}

// Dropped returns the packets dropped for any reason.
func (l *Link) Dropped() (n uint64) {
	for _, d := range l.Drops {
		n += d.Packets
	}
	return n
}

// Expectation is a bound that the scenario sets, and what came of it.
type Expectation struct {
	Text  string   `json:"text"`           // the bound in words
	Value *float64 `json:"value"`          // in the unit; nil: it was not measured
	Unit  string   `json:"unit,omitempty"` // bit/s, B or s; "": a count or a part of 1
	None  string   `json:"none,omitempty"` // why there is no value
	Met   bool     `json:"met"`            // there is a value, and it is within the bound
}

// Failed returns the expectations that were not met.
func (s *Summary) Failed() []Expectation {
	var failed []Expectation
	for _, e := range s.Expectations {
		if !e.Met {
			failed = append(failed, e)
		}
	}
	return failed
}

// Trace has what happened over time.
type Trace struct {
	Series    []Series   `json:"series"`              // of the flows, then of the links
	Incidents []Incident `json:"incidents,omitempty"` // in the order of time
	Sequences []Sequence `json:"sequences,omitempty"` // of the first connection of each flow
	Transfers []Transfer `json:"transfers,omitempty"` // of many complete ones a sample
	Calls     []Call     `json:"api,omitempty"`       // in the order of time
	Reorders  []Reorder  `json:"reorder,omitempty"`   // of the flows of MPTCP
	// Connections are those of all flows, by goodput; of many a sample.
	Connections []Connection `json:"connections,omitempty"`
	Decisions   []Decision   `json:"-"`                 // only with --explain; in a table alone, since they are many
	Segments    []Segment    `json:"-"`                 // by time; only with a figure timeline, in a table alone
	Pauses      []Pause      `json:"-"`                 // by time; only with a figure timeline, in a table alone
	Thinned     []Part       `json:"thinned,omitempty"` // lists that are not complete; series and sequences say it themselves
}

// Connection is one connection of a flow.
type Connection struct {
	Flow        string   `json:"flow"`                   // its name
	Connection  int      `json:"connection"`             // index among those of the flow
	From        string   `json:"from"`                   // host
	To          string   `json:"to"`                     // host
	Opened      float64  `json:"opened_s"`               // when it opened, or was to, s
	Established float64  `json:"established_s,omitzero"` // when the end that sends could send; 0: never
	Ended       float64  `json:"ended_s,omitzero"`       // when both ends were over; 0: they are not
	Error       string   `json:"error,omitempty"`        // why it failed, at one end at least
	Goodput     *float64 `json:"goodput_bps,omitempty"`  // bit/s; nil: it was over when the warm-up was, or never opened
}

// Names of series. The figures draw them.
const (
	Cwnd       = "cwnd"         // B, of a subflow
	Ssthresh   = "ssthresh"     // B, of a subflow
	SRTT       = "srtt"         // s, of a subflow
	RTO        = "rto"          // s, of a subflow
	InFlight   = "inflight"     // B, of a subflow
	Throughput = "throughput"   // bit/s that arrive, of a subflow; binned
	Delivered  = "delivered"    // bit/s that become readable in order, of a flow; binned
	SendBuffer = "sndbuf"       // B, of a flow
	RecvBuffer = "rcvbuf"       // B held by the receiver, of a flow
	RecvLimit  = "rcvbuf-limit" // B that the receiver may hold, of a flow
	OutOfOrder = "rcvbuf-ooo"   // B held because something before them is missing, of a flow
	Wait       = "ooo-delay"    // s, of a flow
	// Connections of a flow of MPTCP whose new data is kept back: see MPTCP.
	WindowBlocked = "window-blocked"
	BufferBlocked = "buffer-blocked"
	QueueLength   = "queue-length" // B or packets, of a link
	QueueDelay    = "queue-delay"  // s that a packet waited whose transmission began then, of a link
)

// Series is a quantity over time. A value holds until the next one; there is one for each change, as in the table series.
type Series struct {
	Name      string    `json:"name"`                // "cwnd", "srtt", "throughput", "queue-delay", ...
	Unit      string    `json:"unit"`                // "B", "s", "bit/s", "packets", "connections"
	Flow      string    `json:"flow,omitempty"`      // its name
	Subflow   string    `json:"subflow,omitempty"`   // its name; "": of the whole flow
	Link      string    `json:"link,omitempty"`      // its name
	Direction string    `json:"direction,omitempty"` // "up" or "down", of a link
	Bin       float64   `json:"bin_s,omitempty"`     // width of the intervals, s, if the values are means over intervals
	Thinned   *Thinning `json:"thinned,omitempty"`   // nil: all values are there
	T         []float64 `json:"t"`                   // s, not decreasing
	V         []float64 `json:"v"`                   // in the unit
}

// Kinds of incidents.
const (
	Loss        = "loss"         // fast recovery began; Value is the cwnd before, B
	ECN         = "ecn"          // the peer echoed an ECN mark, and nothing is lost; Value is the cwnd before, B
	Timeout     = "rto"          // RTO expired; Value is the cwnd before, B
	LinkUp      = "link-up"      // both directions
	LinkDown    = "link-down"    // both directions
	Silent      = "link-silent"  // both directions: it loses everything, and nobody is told
	Heard       = "link-heard"   // the end of that
	Change      = "change"       // another event of the scenario; Text has the keys that it sets
	Established = "established"  // the end that sends can send
	SubflowUp   = "subflow-up"   // it can carry data
	SubflowDown = "subflow-down" // it is no more; Text says why, unless it was closed in order
	Stale       = "stale"        // nothing has come on the subflow for several data-level timeouts
	Recovered   = "recovered"    // a stale subflow works again
	Ended       = "ended"        // the connection; Text says why, unless it was closed in order
)

// Incident is something that happened at an instant.
type Incident struct {
	T       float64 `json:"t"`                 // s
	Kind    string  `json:"kind"`              // as in the table incidents
	Flow    string  `json:"flow,omitempty"`    // its name
	Subflow string  `json:"subflow,omitempty"` // its name
	Link    string  `json:"link,omitempty"`    // its name
	Value   float64 `json:"value,omitempty"`   // of loss, ecn and rto: cwnd before, B
	Text    string  `json:"text,omitempty"`    // of change: the keys; of subflow-down and ended: why, unless in order
}

// Sequence has what a subflow sent, as data sequence numbers.
type Sequence struct {
	Flow       string    `json:"flow"`                 // its name
	Subflow    string    `json:"subflow"`              // its name
	Reinjected bool      `json:"reinjected,omitempty"` // was first sent on another subflow
	Thinned    *Thinning `json:"thinned,omitempty"`    // nil: all segments are there
	T          []float64 `json:"t"`                    // s
	DSN        []float64 `json:"dsn"`                  // offset in the stream, B
}

// Reorder is the distribution of the time that data of a flow waited at the receiver for what came before it. The warm-up
// is left out.
type Reorder struct {
	Flow  string    `json:"flow"`    // its name
	Count uint64    `json:"count"`   // of the pieces of data, each as long as it was sent
	Wait  []float64 `json:"wait_s"`  // ascending, s; of many different values those in between are left out
	Below []uint64  `json:"at_most"` // how many pieces waited no longer, for each of these
}

// Transfer is one transfer. Of one that is under way at the end of the run, End and FCT are 0.
type Transfer struct {
	Flow       string  `json:"flow"`           // its name
	Connection int     `json:"connection"`     // index among those of the flow
	From       string  `json:"from"`           // host
	To         string  `json:"to"`             // host
	Paths      string  `json:"paths"`          // of the connection: links joined by +, paths by spaces
	Bytes      uint64  `json:"bytes"`          // size
	Start      float64 `json:"start_s"`        // simulated time, s
	End        float64 `json:"end_s,omitzero"` // simulated time, s; 0: it is under way
	FCT        float64 `json:"fct_s,omitzero"` // flow completion time, s
}

// Done reports whether the transfer is complete.
func (t *Transfer) Done() bool { return t.FCT > 0 }

// Call is what a call of the application interface returned: a value or a text, or an
// error. One that returned several things is several.
type Call struct {
	T          float64 `json:"t"`               // s
	Flow       string  `json:"flow"`            // its name
	Connection int     `json:"connection"`      // index among those of the flow
	End        string  `json:"end"`             // "client" or "server"
	Call       string  `json:"call"`            // name of the function
	Subflow    int     `json:"subflow"`         // ID; -1: of none
	What       string  `json:"what,omitempty"`  // the thing returned
	Unit       string  `json:"unit,omitempty"`  // of the value
	Value      float64 `json:"value,omitempty"` // if it is a number
	Text       string  `json:"text,omitempty"`  // if it is none
	Error      string  `json:"error,omitempty"` // why the call failed
}
