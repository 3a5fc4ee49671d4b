package record

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
)

func init() {
	RegisterFormat(Format{"csv", "RFC 4180, with a line of names; no value is an empty cell, and numbers have as few digits as read back to the same", encodeCSV})
}

// encodeCSV writes a table as lines.
func encodeCSV(d *Dataset, res *Result) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	line := make([]string, len(d.Columns))
	for i, c := range d.Columns {
		line[i] = c.Name
	}
	err := w.Write(line)
	d.Rows(res, func(cells ...any) {
		for i, c := range cells {
			line[i] = cell(c)
		}
		if err == nil {
			err = w.Write(line)
		}
	})
	w.Flush()
	return b.Bytes(), err
}

// cell writes a cell of a table.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return number(v)
	}
	panic("record: a cell of no kind that tables have")
}

// number formats x with as few digits as read back to the same number; nothing if it is not finite.
func number(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// SeriesCSV returns series as a table, a row a point.
func SeriesCSV(list []Series) []byte {
	data, err := encodeCSV(dataset("series"), &Result{Trace: Trace{Series: list}})
	if err != nil {
		panic(err) // memory takes everything
	}
	return data
}
