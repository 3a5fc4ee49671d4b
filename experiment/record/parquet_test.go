package record

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// read is what hyparquet, a reader that is not ours, finds in a Parquet file.
type read struct {
	Columns  []struct{ Name, Type, Logical string }
	Metadata map[string]string
	Rows     [][]any
}

// typesOf has the type of Parquet of each kind of column, and what it stands for there.
var typesOf = map[Kind][2]string{
	Text: {"BYTE_ARRAY", "STRING"}, Number: {"DOUBLE", ""}, Integer: {"INT64", ""}, Truth: {"BOOLEAN", ""}, Instant: {"INT64", ""},
}

// readParquet has hyparquet read files. The test is skipped where it is not installed.
func readParquet(t *testing.T, files ...[]byte) (list []read) {
	t.Helper()
	_, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat("testdata/node_modules/hyparquet")
	}
	if err != nil {
		if os.Getenv("MPSIM_LONG") != "" {
			t.Fatal(err)
		}
		t.Skipf("Parquet files are not judged: %v (npm ci in experiment/record/testdata installs it)", err)
	}
	args := []string{"testdata/parquet.mjs"}
	for _, f := range files {
		name := filepath.Join(t.TempDir(), "x.parquet")
		if err := os.WriteFile(name, f, 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	var problems bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, problems.String())
	}
	d := json.NewDecoder(bytes.NewReader(out))
	d.UseNumber()
	for range files {
		var r read
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// hard is a result with what formats get wrong: no values, numbers of all sizes, all digits, text of all kinds.
func hard() *Result {
	res := everything()
	res.Scenario, res.Seed = "hard", math.MaxUint64
	res.Flows[0].RTT = Distribution{} // no samples
	res.Flows = append(res.Flows, Flow{Name: "quote \" comma , line\nµ → 漢"})
	s := &res.Series[0]
	s.T = []float64{0, 1e-9, 0.1, 123456.789012345, 1e6 + 1e-9}
	s.V = []float64{1.0 / 3, math.NaN(), math.Inf(-1), -5e-324, math.MaxFloat64}
	res.Series = append(res.Series, Series{Name: "x", Link: "l", T: []float64{1}, V: []float64{0}})
	res.Sequences = append(res.Sequences, Sequence{Flow: "f", T: []float64{1, 2}, DSN: []float64{0, 1 << 53}})
	res.Transfers = append(res.Transfers, Transfer{Bytes: math.MaxInt64}, Transfer{Flow: "f", Bytes: 1<<53 + 1})
	res.Calls = append(res.Calls, Call{Subflow: -1, Error: "refused"})
	for i := range 3000 { // more than one size of anything that is counted in a byte or two
		c := Connection{Flow: strings.Repeat("f", i%300), Connection: i, Opened: float64(i) / 1e9}
		res.Connections = append(res.Connections, c)
	}
	return res
}

// What a reader that is not ours finds in a Parquet file is what encoding/csv finds in the CSV: every value to the
// last digit, and none where there is none.
func TestParquet(t *testing.T) {
	res := hard()
	var files [][]byte
	for i := range Datasets {
		data, err := encodeParquet(&Datasets[i], res)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := encodeParquet(&Datasets[i], res)
		if !bytes.Equal(data, again) {
			t.Errorf("%s: the bytes differ from one time to the next", Datasets[i].Name)
		}
		files = append(files, data)
	}
	for i, got := range readParquet(t, files...) {
		d := &Datasets[i]
		text, err := encodeCSV(d, res)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Rows) != len(lines)-1 {
			t.Fatalf("%s: %d rows, CSV has %d", d.Name, len(got.Rows), len(lines)-1)
		}
		for k, c := range d.Columns {
			x := got.Columns[k]
			if want := typesOf[c.Kind]; x.Type != want[0] || x.Logical != want[1] {
				t.Errorf("%s, %s: %v, want %v", d.Name, c.Name, x, want)
			}
			if want := strings.TrimSuffix(c.Name, "_s"); x.Name != c.Name && x.Name != want+"_ns" {
				t.Errorf("%s: a column %s, want %s", d.Name, x.Name, c.Name)
			}
			for n, row := range got.Rows {
				if cell := lines[n+1][k]; !same(c.Kind, row[k], cell) {
					t.Errorf("%s, row %d, %s: %v in Parquet, %q in CSV", d.Name, n, c.Name, row[k], cell)
				}
			}
		}
		for key, want := range map[string]string{
			"mpsim.schema": "1", "mpsim.table": d.Name, "mpsim.scenario": "hard",
			"mpsim.seed": "18446744073709551615", "mpsim.course_hash": "text",
		} {
			if got.Metadata[key] != want {
				t.Errorf("%s: metadata %s is %q, want %q", d.Name, key, got.Metadata[key], want)
			}
		}
	}
}

// same reports whether a value of a Parquet file, as JSON has it, is that of a cell of CSV.
func same(k Kind, v any, cell string) bool {
	if v == nil || cell == "" {
		return v == nil && cell == ""
	}
	switch v := v.(type) {
	case string: // BigInt ends in n
		whole, isInteger := strings.CutSuffix(v, "n")
		switch {
		case k == Integer:
			return isInteger && whole == cell
		case k == Instant && isInteger:
			seconds, ok := new(big.Rat).SetString(cell)
			return ok && seconds.Mul(seconds, big.NewRat(1e9, 1)).RatString() == whole
		}
		return k == Text && v == cell
	case bool:
		return k == Truth && v == (cell == "true")
	case json.Number:
		a, err := v.Float64()
		b, err2 := json.Number(cell).Float64()
		return k == Number && err == nil && err2 == nil && a == b
	}
	return false
}

// A table without a row is a file, and so is one of several row groups, each with words and levels of its own.
func TestParquetGroups(t *testing.T) {
	const rows, size = 1010, 100
	d := &Dataset{
		Name: "many", Columns: []Column{{"word", "", Text}, {"n", "", Integer}},
		Rows: func(_ *Result, row func(...any)) {
			for i := range rows {
				row([]any{nil, "a", "b"}[i*7/rows%3], i)
			}
		},
	}
	many, err := parquetInGroups(d, new(Result), size)
	if err != nil {
		t.Fatal(err)
	}
	none, err := encodeParquet(dataset("series"), new(Result))
	if err != nil {
		t.Fatal(err)
	}
	got := readParquet(t, none, many)
	if len(got[0].Rows) != 0 || len(got[0].Columns) != len(dataset("series").Columns) {
		t.Errorf("of an empty table %d rows and %d columns", len(got[0].Rows), len(got[0].Columns))
	}
	if len(got[1].Rows) != rows {
		t.Fatalf("%d rows, want %d", len(got[1].Rows), rows)
	}
	for i, r := range got[1].Rows {
		if want := []any{nil, "a", "b"}[i*7/rows%3]; r[0] != want || r[1] != fmt.Sprintf("%dn", i) {
			t.Fatalf("row %d is %v", i, r)
		}
	}
}

// A count that INT64 cannot hold is an error, not another count.
func TestParquetOverflow(t *testing.T) {
	res := &Result{Trace: Trace{Transfers: []Transfer{{Bytes: math.MaxInt64 + 1}}}}
	if _, err := encodeParquet(dataset("transfers"), res); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("error %v, want one of the column bytes", err)
	}
}
