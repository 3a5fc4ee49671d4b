package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpsim/experiment/figure"
)

// docs/results.md is what the code has.
func TestResultsPage(t *testing.T) {
	file, want := filepath.Join(root, "docs", "results.md"), resultsPage(t)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil || string(have) != want {
		t.Errorf("%s is out of date (%v): run go test ./cmd/mpsim -run ResultsPage -update", file, err)
	}
}

// What short runs write is what docs/results.md says, as it is read there: each file is in its first table, each
// table has the columns documented, and each JSON file the fields; and no file is documented that none of them writes.
func TestResultsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "results.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := readResultsPage(string(text))
	factors := []string{"cc", "link.path1.delay"}
	for _, command := range [][]string{
		{"run", "wifi-lte", "--quick", "--pcap", "--pcap-by-node"},
		{"run", "fastclose", "--explain"},
		{"run", "two-path", "--set", "duration=2s", "--set", "expect=[]", "--set", "flow.bulk.scheduler=ecf", "--set", `figure=[{kind="timeline",until="1s"}]`},
		{"run", "file-sizes", "--quick"},
		{"compare", "two-path", "--quick", "--cc", "lia,olia", "--set", "link.path1.delay=10ms,20ms", "--replications", "2"},
		{"compare", "wifi-lte", "--quick", "--cc", "lia,olia", "--replications", "2"},
		{"reproduce", "L9", "--quick"},
	} {
		dir := filepath.Join(t.TempDir(), "result")
		c := rootCommand()
		c.SetArgs(slices.Concat(command, []string{"--quiet", "--out", dir}))
		c.SetOut(new(bytes.Buffer))
		if err := c.ExecuteContext(t.Context()); err != nil {
			t.Fatalf("mpsim %s: %v", strings.Join(command, " "), err)
		}
		err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(dir, file)
			if err != nil {
				return err
			}
			page.check(t, command[0], filepath.ToSlash(name), file, factors)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range page.files {
		if !page.met[name] && name != "thinned.EXT" { // of long runs alone
			t.Errorf("no command has written %s", name)
		}
	}
}

// A documentation is what docs/results.md says.
type documentation struct {
	files map[string]string   // commands that write it
	names map[string][]string // columns or fields, by the title of a part; those of nested types are with the document
	met   map[string]bool     // files
}

var (
	fileRow = regexp.MustCompile("^\\| `([^`]+)` \\| ((?:(?:run|compare|reproduce)(?:, )?)+) \\|")
	nameRow = regexp.MustCompile("^\\| \\*?`([^`]+)`\\*? \\|")
	title   = regexp.MustCompile(`^##+ (?:\w+ of )?(.+)$`)
)

func readResultsPage(text string) *documentation {
	d := &documentation{files: map[string]string{}, names: map[string][]string{}, met: map[string]bool{}}
	part := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := title.FindStringSubmatch(line); m != nil {
			part = m[1]
		} else if m := fileRow.FindStringSubmatch(line); m != nil && part == "" {
			d.files[m[1]] = m[2]
		} else if m := nameRow.FindStringSubmatch(line); m != nil {
			d.names[part] = append(d.names[part], m[1])
		}
	}
	return d
}

// check finds a file that a command has written in the documentation.
func (d *documentation) check(t *testing.T, command, name, file string, factors []string) {
	found := false
	for pattern, commands := range d.files {
		for _, format := range slices.Concat(formatNames(), figure.Formats()) {
			glob := strings.NewReplacer("EXT", format, "PICTURE", format).Replace(pattern)
			if ok, err := path.Match(glob, name); err == nil && ok && slices.Contains(strings.Split(commands, ", "), command) {
				found, d.met[pattern] = true, true
			}
		}
	}
	if !found {
		t.Errorf("%s writes %s, which is not documented", command, name)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	switch path.Ext(name) {
	case ".csv":
		d.checkColumns(t, name, data, factors)
	case ".json":
		d.checkFields(t, name, data)
	}
}

func (d *documentation) checkColumns(t *testing.T, name string, data []byte, factors []string) {
	have, err := csv.NewReader(bytes.NewReader(data)).Read()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	have = slices.DeleteFunc(have, func(column string) bool { return slices.Contains(factors, column) })
	want := slices.DeleteFunc(slices.Clone(d.names[strings.TrimSuffix(name, ".csv")]), func(column string) bool { return column == anyFactor })
	if !slices.Equal(have, want) {
		t.Errorf("%s has the columns %q, documented are %q", name, have, want)
	}
}

func (d *documentation) checkFields(t *testing.T, name string, data []byte) {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for key, x := range v {
				if !slices.Contains(d.names[name], key) && !slices.Contains(d.names["series.json"], key) {
					t.Errorf("%s has a field %s, which is not documented", name, key)
				}
				walk(x)
			}
		}
	}
	walk(v)
}
