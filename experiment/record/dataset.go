package record

import "slices"

// A Dataset is one table of a result, whatever the format in which it is written: one entry
// of a list, from which files and their documentation come.
type Dataset struct {
	Name    string // of the file, without its ending
	Doc     string // what a row is
	Columns []Column
	// Rows calls row with the cells of each row, which are of the kinds of the columns. Nil, text that is
	// empty and numbers that are not finite stand for no value. The slice is the caller's again afterwards.
	// A table that is not of one run has its rows from elsewhere.
	Rows func(res *Result, row func(cells ...any))
}

// A Column of a table has its unit in its name, as in t_s, or beside it, in a column unit.
type Column struct {
	Name, Doc string
	Kind      Kind
}

// Kind says what the cells of a column are, where they have a value.
type Kind uint8

// The kinds. Text that is empty is no value.
const (
	Text    Kind = iota // a string
	Number              // a float64
	Integer             // an int or a uint64, below 2^63
	Truth               // a bool
	Instant             // simulated time or a span of it, in seconds; whole nanoseconds
)

// Datasets has all tables, in the order of the documentation.
var Datasets = []Dataset{
	{
		"summary", "a metric of the run, a flow, a subflow, or a direction of a link",
		[]Column{
			{"of", "run, flow or link", Text}, {"name", "of the flow or link, or the scenario", Text},
			{"part", "index of the subflow, or up or down; empty: the whole", Text},
			{"metric", "name, as in mpsim list metrics", Text},
			{"unit", "bit/s, B, s; empty: a count or a part of 1", Text},
			{"value", "in that unit; empty: not measured", Number},
		},
		func(res *Result, row func(...any)) {
			cells := make([]any, 6)
			var last Measured // a cell that is as before is not made again: there are hundreds of thousands of rows
			text := func(i int, last *string, now string) {
				if cells[i] == nil || *last != now {
					cells[i], *last = now, now
				}
			}
			res.Summary.each(func(m Measured) {
				text(0, &last.Of, m.Of)
				text(1, &last.Name, m.Name)
				text(2, &last.Part, m.Part)
				text(3, &last.What, m.What)
				text(4, &last.Unit, m.Unit)
				cells[5] = m.Value
				row(cells...)
			})
		},
	},
	{
		"series", "a value of a quantity, which holds until the next one: each change, unless `thinned` names the series",
		[]Column{
			{"series", "the quantity: cwnd, srtt, throughput, queue-delay, ...", Text}, {"flow", "name", Text},
			{"subflow", "name", Text}, {"link", "name", Text},
			{"direction", "of the link: up or down", Text}, {"unit", "B, s, bit/s, packets, connections", Text},
			{"t_s", "simulated time, s", Instant},
			{"value", "in that unit; of throughput and delivered the mean of an interval that begins at t_s, in which the bytes " +
				"of a packet have come since the packet before it, at most a whole interval earlier; of sndbuf and rcvbuf what " +
				"applications write and read between packets is seen at every 1500th part of the run, or a bit more", Number},
		},
		func(res *Result, row func(...any)) {
			for _, s := range res.Series {
				cells := []any{s.Name, s.Flow, s.Subflow, s.Link, s.Direction, s.Unit, nil, nil}
				for i := range s.T {
					cells[6], cells[7] = s.T[i], s.V[i]
					row(cells...)
				}
			}
		},
	},
	{
		"incidents", "something that happened at an instant: an event of the scenario, " +
			"or a turn in the life of the first connection of a flow",
		[]Column{
			{"t_s", "simulated time, s", Instant},
			{"kind", "loss, ecn, rto; established, subflow-up, subflow-down, stale, recovered, ended; " +
				"link-up, link-down, link-silent, link-heard, change", Text},
			{"flow", "name", Text}, {"subflow", "name", Text}, {"link", "name", Text},
			{"value", "of loss, ecn and rto: cwnd before, B", Number},
			{"text", "of change: the keys; of subflow-down and ended: why, unless in order", Text},
		},
		func(res *Result, row func(...any)) {
			for _, m := range res.Incidents {
				row(m.T, m.Kind, m.Flow, m.Subflow, m.Link, m.Value, m.Text)
			}
		},
	},
	{
		"sequence", "a segment that the first connection of a flow sent; of many a sample",
		[]Column{
			{"flow", "name", Text}, {"subflow", "name", Text},
			{"reinjected", "true: first sent on another subflow", Truth}, {"t_s", "simulated time, s", Instant},
			{"dsn_offset_bytes", "of its first byte in the stream, B", Integer},
		},
		func(res *Result, row func(...any)) {
			for _, s := range res.Sequences {
				cells := []any{s.Flow, s.Subflow, s.Reinjected, nil, nil}
				for i := range s.T {
					cells[3], cells[4] = s.T[i], whole(s.DSN[i])
					row(cells...)
				}
			}
		},
	},
	{
		"transfers", "a transfer, complete or under way at the end; of many complete ones a sample",
		[]Column{
			{"flow", "name", Text}, {"connection", "index among those of the flow", Integer},
			{"from", "host", Text}, {"to", "host", Text},
			{"paths", "of the connection: links joined by +, paths by spaces", Text}, {"bytes", "size, B", Integer},
			{"start_s", "simulated time, s", Instant}, {"end_s", "simulated time, s; empty: it is under way", Instant},
			{"fct_s", "flow completion time, s; empty: it is under way", Instant},
		},
		func(res *Result, row func(...any)) {
			for i := range res.Transfers {
				x := &res.Transfers[i]
				row(x.Flow, x.Connection, x.From, x.To, x.Paths, x.Bytes, x.Start, nonzero(x.End), nonzero(x.FCT))
			}
		},
	},
	{
		"reorder", "a step of the distribution of the time that data of a flow waited at the receiver for what came before it; " +
			"of many different times those in between are left out",
		[]Column{
			{"flow", "name", Text}, {"wait_s", "s", Instant},
			{"at_most", "pieces of data, each as long as it was sent, that waited no longer; the warm-up is left out", Integer},
			{"count", "of all pieces", Integer},
		},
		func(res *Result, row func(...any)) {
			for _, x := range res.Reorders {
				cells := []any{x.Flow, nil, nil, x.Count}
				for i := range x.Wait {
					cells[1], cells[2] = x.Wait[i], x.Below[i]
					row(cells...)
				}
			}
		},
	},
	{
		"connections", "a connection of a flow, by goodput; of many a sample",
		[]Column{
			{"flow", "name", Text}, {"connection", "index among those of the flow", Integer},
			{"from", "host", Text}, {"to", "host", Text}, {"opened_s", "simulated time, s", Instant},
			{"established_s", "simulated time at which the end that sends could send, s; empty: never", Instant},
			{"ended_s", "simulated time at which both ends were over, s; empty: they are not", Instant},
			{"error", "why it failed", Text},
			{"goodput_bps", "bit/s; empty: it was over when the warm-up was, or never opened", Number},
		},
		func(res *Result, row func(...any)) {
			for _, x := range res.Connections {
				var goodput any
				if x.Goodput != nil {
					goodput = *x.Goodput
				}
				row(x.Flow, x.Connection, x.From, x.To, x.Opened, nonzero(x.Established), nonzero(x.Ended), x.Error, goodput)
			}
		},
	},
	{
		"api", "what a call of the application interface returned: one thing a row",
		[]Column{
			{"t_s", "simulated time, s", Instant}, {"flow", "name", Text},
			{"connection", "index among those of the flow", Integer}, {"end", "client or server", Text},
			{"call", "name", Text},
			{"subflow", "ID; empty: of none", Integer}, {"what", "the thing returned", Text},
			{"unit", "of the value", Text}, {"value", "if it is a number", Number},
			{"text", "if it is none", Text}, {"error", "why the call failed", Text},
		},
		func(res *Result, row func(...any)) {
			for _, x := range res.Calls {
				var value, subflow any
				if x.What != "" && x.Text == "" && x.Error == "" {
					value = x.Value
				}
				if x.Subflow >= 0 {
					subflow = x.Subflow
				}
				row(x.T, x.Flow, x.Connection, x.End, x.Call, subflow, x.What, x.Unit, value, x.Text, x.Error)
			}
		},
	},
	decisions,
	reasons,
	timeline,
	pauses,
	{
		"thinned", "a series or a list that is not complete; what is not named here has everything",
		[]Column{
			{"table", "name of the table that has it", Text}, {"series", "the quantity, of a series", Text},
			{"flow", "name", Text}, {"subflow", "name", Text},
			{"link", "name", Text}, {"direction", "of the link: up or down", Text},
			{"samples", "before", Integer}, {"kept", "rows that are there", Integer},
			{"interval_s", "of each interval of that width the least, the greatest and the last value are kept " +
				"(throughput and delivered: the mean, as before, over longer intervals), s; empty: one of every so many is", Instant},
		},
		func(res *Result, row func(...any)) {
			for _, p := range res.Parts() {
				var interval any
				if p.Interval > 0 {
					interval = p.Interval
				}
				row(p.Table, p.Series, p.Flow, p.Subflow, p.Link, p.Direction, p.Samples, p.Kept, interval)
			}
		},
	},
}

// whole is the cell of a count that the program keeps as x.
func whole(x float64) any {
	if !isFinite(x) {
		return nil
	}
	return uint64(x)
}

// always are the tables that a result has even if they are empty.
var always = []string{"summary", "series"}

// withCSV are the tables that a command reads: they are written as CSV, whatever else they are written as.
var withCSV = []string{decisions.Name}

// A Format writes tables as files.
type Format struct {
	Name   string // and the ending of its files
	Doc    string
	Encode func(d *Dataset, res *Result) ([]byte, error)
}

var formats []Format

// RegisterFormat adds a format; the file of each calls it in its init. It panics if one is
// incomplete or there is one of its name already.
func RegisterFormat(f Format) {
	if f.Name == "" || f.Doc == "" || f.Encode == nil || FormatOf(f.Name) != nil {
		panic("record: the format " + f.Name + " is incomplete, or there already")
	}
	formats = append(formats, f)
}

// Formats returns all formats.
func Formats() []Format { return formats }

// FormatOf returns the format of a name, or nil.
func FormatOf(name string) *Format {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &formats[i]
}

// count returns the number of rows of the table.
func (d *Dataset) count(res *Result) (n int) {
	d.Rows(res, func(...any) { n++ })
	return n
}

// nonzero returns x, or no value in place of 0.
func nonzero(x float64) any {
	if x == 0 {
		return nil
	}
	return x
}

// dataset returns the table of a name.
func dataset(name string) *Dataset {
	return &Datasets[slices.IndexFunc(Datasets, func(d Dataset) bool { return d.Name == name })]
}
