package experiment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// small returns a result with one series, and the scenario that it is of.
func small() (text, *record.Result) {
	res := &record.Result{}
	res.Scenario, res.Seed, res.Duration, res.Hash = "small", 7, 1, "00ff"
	res.Flows = []record.Flow{{Name: "f", Protocol: "tcp", CC: "reno"}}
	res.Series = []record.Series{{Name: record.SRTT, Unit: "s", Flow: "f", T: []float64{0, 0.5}, V: []float64{0.01, 0.02}}}
	sc := text{
		source: []byte("name = \"small\"\n"),
		beside: []record.File{{Name: "traces/a.down", Data: []byte("1\n")}},
		draw:   []figure.Request{{Name: "rtt"}, {Name: "fct-cdf"}, {Name: "rtt", Title: "again"}},
	}
	return sc, res
}

// tree returns the names of all files below dir with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A result directory holds what the manifest names, and is the same, byte for
// byte, when it is written again; only timing.json tells the two apart.
func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results", "small")
	sc, res := small()
	var first map[string]string
	for _, wall := range []time.Duration{time.Second, 2 * time.Second} {
		var skipped []string
		err := write(t.Context(), dir, sc, res, WriteOptions{Wall: wall, Warn: func(err error) { skipped = append(skipped, err.Error()) }})
		if err != nil {
			t.Fatal(err)
		}
		if len(skipped) != 1 || !strings.Contains(skipped[0], "no transfer was completed") {
			t.Errorf("skipped %q; want fct-cdf", skipped)
		}
		files := tree(t, dir)
		var m record.Manifest
		if err := json.Unmarshal([]byte(files[record.ManifestName]), &m); err != nil {
			t.Fatal(err)
		}
		if len(m.Files)+2 != len(files) {
			t.Errorf("the manifest names %d files; there are %d and itself and the timing", len(m.Files), len(files)-2)
		}
		for _, f := range m.Files {
			if sum := sha256.Sum256([]byte(files[f.Name])); hex.EncodeToString(sum[:]) != f.SHA256 {
				t.Errorf("the manifest has a wrong checksum of %s", f.Name)
			}
		}
		for _, name := range []string{
			"scenario.toml", "traces/a.down", "summary.csv", "summary.json", "series.csv", "series.json",
			"figures/rtt.png", "figures/rtt.svg", "figures/rtt.pdf", "figures/rtt-2.png",
		} {
			if files[name] == "" {
				t.Errorf("no %s", name)
			}
		}
		if first == nil {
			first = files
			continue
		}
		for name, data := range files {
			if same := data == first[name]; same == (name == record.TimingName) {
				t.Errorf("%s: same as before is %v", name, same)
			}
		}
	}
	if list, _ := os.ReadDir(filepath.Dir(dir)); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}

// A figure that cannot be drawn costs nothing but itself: the others, and all numbers, are there.
func TestWriteWithoutFigure(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	sc, res := small()
	if err := write(t.Context(), dir, sc, res, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	sc.draw = append([]figure.Request{{Name: "queue", Kind: ghost(t)}, {Name: "sequence", Width: 1000}}, sc.draw...)
	err := write(t.Context(), dir, sc, res, WriteOptions{})
	var undrawn *FigureError
	if !errors.As(err, &undrawn) || !strings.Contains(err.Error(), `no link "ghost"`) || !strings.Contains(err.Error(), "a width of 1000 in") {
		t.Fatalf("got %v", err)
	}
	after := tree(t, dir)
	for name := range before {
		if _, ok := after[name]; !ok {
			t.Errorf("%s is gone", name)
		}
	}
	if !strings.Contains(after[record.ManifestName], "ghost") {
		t.Error("the manifest does not say which figure was skipped")
	}
}

// What is interrupted while figures are drawn writes nothing, and leaves an older result alone.
func TestWriteInterrupted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	sc, res := small()
	if err := write(t.Context(), dir, sc, res, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	before := tree(t, filepath.Dir(dir))
	for _, checks := range []int{0, 1, 2, 5} { // how often it may go on before the interruption
		ctx := &interrupted{Context: t.Context(), left: checks}
		res.Scenario = "another"
		if err := write(ctx, dir, sc, res, WriteOptions{}); !errors.Is(err, context.Canceled) || errors.As(err, new(*FigureError)) {
			t.Errorf("after %d checks: got %v", checks, err)
		}
		if ctx.left >= 0 {
			t.Errorf("it looked no more than %d times", checks)
		}
		if !maps.Equal(tree(t, filepath.Dir(dir)), before) {
			t.Errorf("after %d checks: the result is another", checks)
		}
	}
}

// interrupted is a context that ends once it has been looked at some times.
type interrupted struct {
	context.Context
	left int
}

// Err implements context.Context.
func (c *interrupted) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// ghost is a figure of the queue of a link that the result does not have.
func ghost(t *testing.T) figure.Kind {
	t.Helper()
	s, err := scenarios.Load("wifi-lte", `link.wifi.name=ghost`, `flow=[{name="f",from="server",to="phone"}]`, `event=[]`, `expect=[]`,
		`figure=[{kind="queue",links=["ghost"]}]`)
	if err != nil {
		t.Fatal(err)
	}
	return s.Figures[0].Model.Look()
}

// A result that cannot be written leaves the older one alone.
func TestWriteFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "small")
	sc, res := small()
	if err := write(t.Context(), dir, sc, res, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	sc.beside = append(sc.beside, record.File{Name: "scenario.toml"}) // twice
	if err := write(t.Context(), dir, sc, res, WriteOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("got %v", err)
	}
	after := tree(t, dir)
	for name := range before {
		if before[name] != after[name] {
			t.Errorf("%s changed", name)
		}
	}
	if list, _ := os.ReadDir(filepath.Dir(dir)); len(list) != 1 {
		t.Errorf("left behind: %v", list)
	}
}
