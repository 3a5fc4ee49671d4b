package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var update = flag.Bool("update", false, "make the table and the figures of the README again")

// trailing is the space with which tables fill their last column.
var trailing = regexp.MustCompile(`(?m) +$`)

// The table and the figures of the README are those of its first command.
// This is asked in long runs alone: any change of the model may change them.
func TestReadmeResult(t *testing.T) {
	if !*update && os.Getenv("MPSIM_LONG") != "1" {
		t.Skip("MPSIM_LONG is not 1")
	}
	out, table := runForReadme(t, "wifi-lte")
	readme := filepath.Join(root, "README.md")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	block := append(append([]byte("```text\n"), trailing.ReplaceAll(table, nil)...), "```"...)
	now := regexp.MustCompile("(?s)```text\n.*?```").ReplaceAllLiteral(text, block)
	check(t, readme, text, now)
	checkFigure(t, "wifi-lte-throughput", filepath.Join(out, "figures", "throughput.png"))
	checkFigure(t, "wifi-lte-rtt", filepath.Join(out, "figures", "rtt.png"))
	out, _ = runForReadme(t, "mbox-matrix")
	checkFigure(t, "mbox-matrix", filepath.Join(out, "figures", "matrix.png"))
}

// runForReadme runs a shipped scenario and returns its result and what was printed.
func runForReadme(t *testing.T, scenario string) (out string, table []byte) {
	t.Helper()
	out = t.TempDir()
	var b bytes.Buffer
	c := rootCommand()
	c.SetOut(&b)
	c.SetArgs([]string{"run", filepath.Join(root, "scenarios", scenario+".toml"), "--quiet", "--out", out})
	if err := c.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out, b.Bytes()
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
