package record

import (
	"bytes"
	"encoding/json"
	"fmt"
)

func init() {
	RegisterFormat(Format{"jsonl", "JSON Lines: an object a row; no value is null, and numbers and truth values are such", encodeJSONL})
}

// encodeJSONL writes a table as objects, their keys in the order of the columns.
func encodeJSONL(d *Dataset, res *Result) ([]byte, error) {
	var b bytes.Buffer
	var failed error
	d.Rows(res, func(cells ...any) {
		for i, c := range cells {
			if x, ok := c.(float64); c == "" || ok && !isFinite(x) {
				c = nil
			}
			data, err := json.Marshal(c)
			if err != nil {
				failed = err
			}
			fmt.Fprintf(&b, "%c%q:", "{,"[min(i, 1)], d.Columns[i].Name)
			b.Write(data)
		}
		b.WriteString("}\n")
	})
	return b.Bytes(), failed
}
