package record

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// What a spreadsheet cannot hold is in a format for programs, too.
func TestUsualFormats(t *testing.T) {
	for rows, want := range map[int]string{0: "csv", 1048576: "csv", 1048577: "csv parquet"} {
		if got := strings.Join(usual(rows), " "); got != want {
			t.Errorf("%d rows: %s, want %s", rows, got, want)
		}
	}
}

// Each cell is of the kind of its column, or has no value.
func TestKinds(t *testing.T) {
	res := everything()
	for _, d := range Datasets {
		d.Rows(res, func(cells ...any) {
			if len(cells) != len(d.Columns) {
				t.Fatalf("%s: %d cells for %d columns", d.Name, len(cells), len(d.Columns))
			}
			for i, c := range d.Columns {
				ok := false
				switch cells[i].(type) {
				case nil:
					ok = true
				case string:
					ok = c.Kind == Text
				case float64:
					ok = c.Kind == Number || c.Kind == Instant
				case int, uint64:
					ok = c.Kind == Integer
				case bool:
					ok = c.Kind == Truth
				}
				if !ok || (c.Kind == Instant) != strings.HasSuffix(c.Name, "_s") {
					t.Errorf("%s, %s: a %T in a column of kind %d", d.Name, c.Name, cells[i], c.Kind)
				}
			}
		})
	}
}

// Each row has a cell for each column, and each format has the same rows: of each table those
// of CSV, read by encoding/csv, are those of JSON Lines, read by encoding/json.
func TestFormats(t *testing.T) {
	res := everything()
	res.Series[0].V[0] = 1.0 / 3
	for i := range Datasets {
		d := &Datasets[i]
		files := map[string][]byte{}
		for _, f := range Formats()[:2] { // others have tests of their own
			data, err := f.Encode(d, res)
			if err != nil {
				t.Fatal(err)
			}
			files[f.Name] = data
		}
		lines, err := csv.NewReader(bytes.NewReader(files["csv"])).ReadAll()
		if err != nil || len(lines) < 2 {
			t.Fatalf("%s.csv: %d lines, %v", d.Name, len(lines), err)
		}
		objects := json.NewDecoder(bytes.NewReader(files["jsonl"]))
		objects.UseNumber()
		for _, line := range lines[1:] {
			row := map[string]any{}
			if err := objects.Decode(&row); err != nil {
				t.Fatalf("%s.jsonl: %v", d.Name, err)
			}
			for k, name := range lines[0] {
				got := ""
				if row[name] != nil {
					got = fmt.Sprint(row[name])
				}
				if got != line[k] {
					t.Errorf("%s, %s: %q in JSON Lines, %q in CSV", d.Name, name, got, line[k])
				}
			}
		}
		if objects.More() {
			t.Errorf("%s.jsonl has more rows than the CSV", d.Name)
		}
	}
}
