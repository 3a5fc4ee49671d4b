package record

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
)

// A File is one file of a result, with slashes in its name.
type File struct {
	Name string
	Data []byte
}

// Files returns the tables and documents of a result. Their bytes depend on the
// result alone.
func Files(res *Result) ([]File, error) {
	list := []File{
		{"summary.csv", summaryCSV(&res.Summary)},
		{"series.csv", SeriesCSV(res.Series)},
	}
	if len(res.Marks) > 0 {
		list = append(list, File{"marks.csv", marksCSV(res.Marks)})
	}
	if len(res.Sequences) > 0 {
		list = append(list, File{"sequence.csv", sequenceCSV(res.Sequences)})
	}
	if len(res.Transfers) > 0 {
		list = append(list, File{"transfers.csv", transfersCSV(res.Transfers)})
	}
	if len(res.Connections) > 0 {
		list = append(list, File{"connections.csv", connectionsCSV(res.Connections)})
	}
	if len(res.Calls) > 0 {
		list = append(list, File{"api.csv", callsCSV(res.Calls)})
	}
	for _, doc := range []struct {
		name string
		of   any
	}{{"summary.json", &res.Summary}, {"series.json", &res.Trace}} {
		data, err := encode(doc.of)
		if err != nil {
			return nil, err
		}
		list = append(list, File{doc.name, data})
	}
	return list, nil
}

// table writes rows of CSV to memory.
type table struct {
	buf bytes.Buffer
	w   *csv.Writer
}

func newTable(header ...string) *table {
	t := &table{}
	t.w = csv.NewWriter(&t.buf)
	t.row(header...)
	return t
}

func (t *table) row(cells ...string) { _ = t.w.Write(cells) } // a bytes.Buffer does not fail

func (t *table) bytes() []byte {
	t.w.Flush()
	return t.buf.Bytes()
}

// number formats x with as few digits as read back to the same number; nothing if it is not finite.
func number(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func summaryCSV(s *Summary) []byte {
	t := newTable("of", "name", "part", "metric", "unit", "value")
	s.each(func(m Measured) { t.row(m.Of, m.Name, m.Part, m.What, m.Unit, number(m.Value)) })
	return t.bytes()
}

// SeriesCSV returns series as a table, a row a point.
func SeriesCSV(list []Series) []byte {
	t := newTable("series", "flow", "subflow", "link", "direction", "unit", "t_s", "value")
	for _, s := range list {
		for i := range s.T {
			t.row(s.Name, s.Flow, s.Subflow, s.Link, s.Direction, s.Unit, number(s.T[i]), number(s.V[i]))
		}
	}
	return t.bytes()
}

func marksCSV(list []Mark) []byte {
	t := newTable("t_s", "kind", "flow", "subflow", "link", "value", "text")
	for _, m := range list {
		t.row(number(m.T), m.Kind, m.Flow, m.Subflow, m.Link, number(m.Value), m.Text)
	}
	return t.bytes()
}

func sequenceCSV(list []Sequence) []byte {
	t := newTable("flow", "subflow", "reinjected", "t_s", "dsn_offset_bytes")
	for _, s := range list {
		for i := range s.T {
			t.row(s.Flow, s.Subflow, strconv.FormatBool(s.Reinjected), number(s.T[i]), number(s.DSN[i]))
		}
	}
	return t.bytes()
}

func transfersCSV(list []Transfer) []byte {
	t := newTable("flow", "start_s", "fct_s", "bytes")
	for _, x := range list {
		t.row(x.Flow, number(x.Start), number(x.FCT), strconv.FormatUint(x.Bytes, 10))
	}
	return t.bytes()
}

func connectionsCSV(list []Connection) []byte {
	t := newTable("flow", "connection", "from", "to", "opened_s", "goodput_bps")
	for _, x := range list {
		t.row(x.Flow, strconv.Itoa(x.Connection), x.From, x.To, number(x.Opened), number(x.Goodput))
	}
	return t.bytes()
}

func callsCSV(list []Call) []byte {
	t := newTable("t_s", "flow", "connection", "end", "call", "subflow", "what", "unit", "value", "text", "error")
	for _, x := range list {
		value, subflow := "", ""
		if x.What != "" && x.Text == "" && x.Error == "" {
			value = number(x.Value)
		}
		if x.Subflow >= 0 {
			subflow = strconv.Itoa(x.Subflow)
		}
		t.row(number(x.T), x.Flow, strconv.Itoa(x.Connection), x.End, x.Call, subflow, x.What, x.Unit, value, x.Text, x.Error)
	}
	return t.bytes()
}
