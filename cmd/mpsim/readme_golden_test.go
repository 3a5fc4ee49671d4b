package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "make the table and the figures of the README again")

// trailing is the space with which tables fill their last column.
var trailing = regexp.MustCompile(`(?m) +$`)

// The table and the figures of the README are those of its first commands.
// This is asked in long runs alone: any change of the model may change them.
func TestReadmeResult(t *testing.T) {
	if !*update && os.Getenv("MPSIM_LONG") != "1" {
		t.Skip("MPSIM_LONG is not 1")
	}
	readme := filepath.Join(root, "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	compared, differences := forReadme(t, "compare", "shared-bottleneck", "--cc", "lia,olia,balia,reno", "--metric", "goodput")
	ran, table := forReadme(t, "run", "wifi-lte")
	tables := [][]byte{differences, table, toldInReadme(t)}
	now := regexp.MustCompile("(?s)```text\n.*?```").ReplaceAllFunc(text, func(old []byte) []byte {
		if len(tables) == 0 {
			return old
		}
		block := slices.Concat([]byte("```text\n"), trailing.ReplaceAll(tables[0], nil), []byte("```"))
		tables = tables[1:]
		return block
	})
	check(t, readme, text, now)
	for _, flow := range []string{"mptcp", "tcp"} {
		checkFigure(t, "compare-"+flow, filepath.Join(compared, "figures", "bars-"+flow+".png"))
	}
	checkFigure(t, "wifi-lte-throughput", filepath.Join(ran, "figures", "throughput.png"))
	checkFigure(t, "wifi-lte-rtt", filepath.Join(ran, "figures", "rtt.png"))
	windows, _ := forReadme(t, "run", "papers/KD")
	checkFigure(t, "kd-cwnd", filepath.Join(windows, "figures", "cwnd.png"))
	outages, _ := forReadme(t, "run", "outages") // in the page of the language
	checkFigure(t, "outages", filepath.Join(outages, "figures", "throughput.png"))
	atlas, _ := forReadme(t, "run", "schedulers-atlas")
	checkFigure(t, "schedulers-atlas", filepath.Join(atlas, "figures", "regions.png"))
	blocked, _ := forReadme(t, "run", "head-of-line")
	checkFigure(t, "timeline", filepath.Join(blocked, "figures", "timeline.png"))
	boxes, _ := forReadme(t, "run", "mbox-matrix")
	checkFigure(t, "mbox-matrix", filepath.Join(boxes, "figures", "matrix.png"))
}

// forReadme carries out a command on a shipped scenario and returns its result and what it printed.
func forReadme(t *testing.T, command, scenario string, options ...string) (out string, table []byte) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "result")
	var b bytes.Buffer
	c := rootCommand()
	c.SetOut(&b)
	c.SetErr(io.Discard)
	c.SetArgs(append([]string{command, filepath.Join(root, "scenarios", scenario+".toml"), "--quiet", "--out", out}, options...))
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out, b.Bytes()
}

// toldInReadme returns what the README shows of decisions of its scenario.
func toldInReadme(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	file, out := filepath.Join(dir, "mine.toml"), filepath.Join(dir, "mine")
	if err := os.WriteFile(file, []byte(blocks(t, root, "README.md", "toml")[0]), 0o666); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, command := range [][]string{
		{"run", file, "--set", "flow.bulk.scheduler=blest", "--set", "flow.bulk.tcp.receive_buffer=300kB", "--explain", "--quiet", "--out", out},
		{"explain", out, "--at", "1.5s"},
	} {
		b.Reset()
		c := rootCommand()
		c.SetOut(&b)
		c.SetErr(io.Discard)
		c.SetArgs(command)
		if err := c.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// checkFigure compares a figure of docs with the one just drawn.
func checkFigure(t *testing.T, name, drawn string) {
	t.Helper()
	file := filepath.Join(root, "docs", name+".png")
	old, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	now, err := os.ReadFile(drawn)
	if err != nil {
		t.Fatal(err)
	}
	check(t, file, old, now)
}

// check compares a file with what it should be, or rewrites it.
func check(t *testing.T, file string, old, now []byte) {
	t.Helper()
	switch {
	case bytes.Equal(old, now):
	case *update:
		if err := os.WriteFile(file, now, 0o666); err != nil {
			t.Error(err)
		}
	default:
		t.Errorf("%s is out of date; make golden makes it again", file)
	}
}
