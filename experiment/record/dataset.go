package record

import "slices"

// A Dataset is one table of a result, whatever the format in which it is written: one entry
// of a list, from which files and their documentation come.
type Dataset struct {
	Name    string // of the file, without its ending
	Doc     string // what a row is
	Columns []Column
	// Rows calls row with the cells of each row. A cell is a string, an int, a uint64, a
	// bool, or a float64; nil and numbers that are not finite stand for no value. The slice
	// is the caller's again afterwards.
	Rows func(res *Result, row func(cells ...any))
}

// A Column of a table has its unit in its name, as in t_s, or beside it, in a column unit.
type Column struct{ Name, Doc string }

// Datasets has all tables, in the order of the documentation.
var Datasets = []Dataset{
	{
		"summary", "a metric of the run, a flow, a subflow, or a direction of a link",
		[]Column{
			{"of", "run, flow or link"}, {"name", "of the flow or link, or the scenario"},
			{"part", "index of the subflow, or up or down; empty: the whole"}, {"metric", "name, as in mpsim list metrics"},
			{"unit", "bit/s, B, s; empty: a count or a part of 1"}, {"value", "in that unit; empty: not measured"},
		},
		func(res *Result, row func(...any)) {
			res.Summary.each(func(m Measured) { row(m.Of, m.Name, m.Part, m.What, m.Unit, m.Value) })
		},
	},
	{
		"series", "a value of a quantity, which holds until the next one",
		[]Column{
			{"series", "the quantity: cwnd, srtt, throughput, queue-delay, ..."}, {"flow", "name"}, {"subflow", "name"}, {"link", "name"},
			{"direction", "of the link: up or down"}, {"unit", "B, s, bit/s, packets"}, {"t_s", "simulated time, s"}, {"value", "in that unit"},
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
		"incidents", "something that happened at an instant: an event of the scenario, a loss, a timeout",
		[]Column{
			{"t_s", "simulated time, s"}, {"kind", "loss, rto, link-down, ..."}, {"flow", "name"}, {"subflow", "name"}, {"link", "name"},
			{"value", "of losses and timeouts: cwnd before, B"}, {"text", "of other events: what changed"},
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
			{"flow", "name"}, {"subflow", "name"}, {"reinjected", "true: first sent on another subflow"}, {"t_s", "simulated time, s"},
			{"dsn_offset_bytes", "of its first byte in the stream, B"},
		},
		func(res *Result, row func(...any)) {
			for _, s := range res.Sequences {
				cells := []any{s.Flow, s.Subflow, s.Reinjected, nil, nil}
				for i := range s.T {
					cells[3], cells[4] = s.T[i], s.DSN[i]
					row(cells...)
				}
			}
		},
	},
	{
		"transfers", "a completed transfer; of many a sample",
		[]Column{{"flow", "name"}, {"start_s", "simulated time, s"}, {"fct_s", "flow completion time, s"}, {"bytes", "size, B"}},
		func(res *Result, row func(...any)) {
			for _, x := range res.Transfers {
				row(x.Flow, x.Start, x.FCT, x.Bytes)
			}
		},
	},
	{
		"connections", "a connection of a flow with several, by goodput; of many a sample",
		[]Column{
			{"flow", "name"}, {"connection", "index among those of the flow"}, {"from", "host"}, {"to", "host"}, {"opened_s", "simulated time, s"},
			{"goodput_bps", "bit/s"},
		},
		func(res *Result, row func(...any)) {
			for _, x := range res.Connections {
				row(x.Flow, x.Connection, x.From, x.To, x.Opened, x.Goodput)
			}
		},
	},
	{
		"api", "what a call of the application interface returned: one thing a row",
		[]Column{
			{"t_s", "simulated time, s"}, {"flow", "name"}, {"connection", "index among those of the flow"}, {"end", "client or server"}, {"call", "name"},
			{"subflow", "ID; empty: of none"}, {"what", "the thing returned"}, {"unit", "of the value"}, {"value", "if it is a number"},
			{"text", "if it is none"}, {"error", "why the call failed"},
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
}

// always are the tables that a result has even if they are empty.
var always = []string{"summary", "series"}

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

// empty reports whether the table has no row.
func (d *Dataset) empty(res *Result) bool {
	empty := true
	d.Rows(res, func(...any) { empty = false })
	return empty
}

// dataset returns the table of a name.
func dataset(name string) *Dataset {
	return &Datasets[slices.IndexFunc(Datasets, func(d Dataset) bool { return d.Name == name })]
}
