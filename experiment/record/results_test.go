package record

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/results.md")

// resultsPage is docs/results.md.
func resultsPage() string {
	var b strings.Builder
	b.WriteString("# The files of a result\n\nEach table of a result is a file of its name, in each format that `mpsim run --format` names.\nWithout it that is CSV and, for a table of more than 1 048 576 rows, Parquet beside it. Tables but `summary` and `series` are left out where they have no row.\n\n")
	b.WriteString("| format | is |\n|---|---|\n")
	for _, f := range Formats() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Name, f.Doc)
	}
	b.WriteString("\n`summary.json` and `series.json` have the same with the names of the program, in SI units; a number that was\nnot measured is null.\n")
	for _, d := range Datasets {
		fmt.Fprintf(&b, "\n## %s\n\nA row is %s.\n\n| column | holds |\n|---|---|\n", d.Name, d.Doc)
		for _, c := range d.Columns {
			fmt.Fprintf(&b, "| `%s` | %s |\n", c.Name, c.Doc)
		}
	}
	b.WriteString("\n## Metrics\n\nWhat `summary` has, and `[[expect]]`, targets, sweeps and `mpsim compare --metric` can name. Where nothing else is\nsaid, the warm-up is left out. Metrics of flows that name protocols are of those alone.\n\n")
	b.WriteString("| metric | of | unit | is | no value with | protocols |\n|---|---|---|---|---|---|\n")
	for _, m := range Metrics() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", m.Name, m.Where(), m.Unit, m.Doc, m.None, strings.Join(m.Only, ", "))
	}
	return b.String()
}

// docs/results.md is what the code has.
func TestResultsPage(t *testing.T) {
	const file = "../../docs/results.md"
	if *update {
		if err := os.WriteFile(file, []byte(resultsPage()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil || string(have) != resultsPage() {
		t.Errorf("%s is out of date (%v): run go test ./experiment/record -update", file, err)
	}
}

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
