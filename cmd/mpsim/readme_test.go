package main

import (
	"encoding/json"
	"go/format"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mpsim/experiment"
	"mpsim/scenarios"
)

// root is the directory of the module.
const root = "../.."

// blocks returns the code blocks of a document in a directory, of one language.
func blocks(t *testing.T, dir, document, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, document))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?s)\n```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	if len(found) == 0 {
		t.Fatalf("%s has no block of %s", document, language)
	}
	return found
}

// The scenario of the README has ten lines and runs.
func TestReadmeScenario(t *testing.T) {
	for _, text := range blocks(t, root, "README.md", "toml") {
		if n := strings.Count(text, "\n"); n != 10 {
			t.Errorf("%d lines", n)
		}
		s, err := scenarios.Parse("mine.toml", []byte(text), nil, "duration=2s")
		if err != nil {
			t.Fatal(err)
		}
		res, err := experiment.Run(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		if f := res.Flows[0]; *f.Goodput == 0 || len(f.Subflows) != 2 {
			t.Errorf("%s gets %g bit/s on %d subflows", f.Name, *f.Goodput, len(f.Subflows))
		}
	}
}

// Every command of the documents and of the help runs where the files that it names are, and meets its expectations.
// Comparisons have their short form; those that reproduce papers are read alone: they take minutes, and what is short
// may miss its targets.
func TestDocumentedCommands(t *testing.T) {
	there, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	all := documented(t)
	t.Chdir(t.TempDir())
	if err := os.Symlink(filepath.Join(there, "scenarios"), "scenarios"); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	mine := blocks(t, there, "README.md", "toml")[0] + lawOfMine
	for _, d := range all {
		t.Run(d.line, func(t *testing.T) {
			for _, name := range []string{"mine.toml", "my.toml"} { // as written before each command but new
				os.Remove(name)
				if !strings.Contains(d.line, "mpsim new") {
					if err := os.WriteFile(name, []byte(mine), 0o666); err != nil {
						t.Fatal(err)
					}
				}
			}
			c := rootCommand()
			c.SetOut(io.Discard)
			c.SetErr(io.Discard)
			c.SetIn(strings.NewReader(mine))
			c.SetArgs(append(splitWords(d.line), briefly(d.line)...))
			err := c.ExecuteContext(t.Context())
			if exitCode(err) != exitOK {
				t.Errorf("%s: %s: %v", d.where, d.line, err)
			}
		})
	}
}

// lawOfMine makes the scenario of the README one that can be reproduced.
const lawOfMine = `
[[target]]
id = "both paths"
of = "the sum of two links"
value = "goodput(bulk) / 30e6"
evidence = "derived"
max = 1
because = "no more than the links carry"
`

// briefly returns options that make a command take less time.
func briefly(line string) []string {
	switch {
	case strings.Contains(line, "compare"):
		return []string{"--quick", "--quiet", "--replications", "2"}
	case strings.Contains(line, "schedulers-atlas"):
		return []string{"--quick", "--quiet"}
	case strings.Contains(line, "mpsim run"):
		return []string{"--quiet", "--figures", "svg"}
	case strings.Contains(line, "reproduce") && !strings.Contains(line, "--list") && !strings.Contains(line, "L9") && !strings.Contains(line, "mine"):
		return []string{"--list"}
	case strings.Contains(line, "reproduce"):
		return []string{"--quick", "--quiet"}
	}
	return nil
}

// addedByExample finds commands that name what the worked examples of CONTRIBUTING.md add: see TestContributing.
var addedByExample = regexp.MustCompile(`scalable|reserve|efficiency|tsv|inflight`)

// A command is a line of a document or of a help text.
type command struct{ where, line string }

// documented returns the commands of all documents and help texts.
func documented(t *testing.T) (list []command) {
	t.Helper()
	line := regexp.MustCompile(`(?m)^(?:    |  )?(?:go run \./cmd/)?(mpsim .*)`)
	add := func(where, text string) {
		n := len(list)
		for _, m := range line.FindAllStringSubmatch(text, -1) {
			if m[1] = strings.TrimSpace(m[1]); !addedByExample.MatchString(m[1]) {
				list = append(list, command{where, m[1]})
			}
		}
		if len(list) == n {
			t.Errorf("%s has no command", where)
		}
	}
	for _, document := range []string{"README.md", "CONTRIBUTING.md"} {
		add(document, "\n"+strings.Join(blocks(t, root, document, "sh"), "\n"))
	}
	text, err := os.ReadFile(filepath.Join(root, "scenarios/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	add("scenarios/README.md", strings.Join(regexp.MustCompile(`(?m)^    mpsim .*`).FindAllString(string(text), -1), "\n"))
	for _, c := range rootCommand().Commands() {
		if c.Example != "" {
			add("mpsim "+c.Name()+" -h", c.Example)
		}
	}
	return list
}

// splitWords splits a command as a shell does, without its comment and what it reads.
func splitWords(line string) (list []string) {
	line, _, _ = strings.Cut(line, " #")
	line, _, _ = strings.Cut(line, " <")
	for _, w := range regexp.MustCompile(`(?:'[^']*'|[^\s'])+`).FindAllString(line, -1) {
		list = append(list, strings.ReplaceAll(w, "'", ""))
	}
	return list[1:]
}

// examples are the files of CONTRIBUTING.md, in their order there.
var examples = []string{
	"cc/scalable.go", "cc/scalable_test.go",
	"sched/reserve.go", "sched/reserve_test.go",
	"experiment/record/metric_efficiency.go", "experiment/record/metric_efficiency_test.go",
	"experiment/record/tsv.go", "experiment/record/tsv_test.go",
	"experiment/figure/inflight.go", "experiment/figure/inflight_test.go",
}

// The worked examples of CONTRIBUTING.md compile as they stand there, pass the tests of all
// parts of their kind and their own, and can be named as it says.
func TestContributing(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the command")
	}
	code := blocks(t, root, "CONTRIBUTING.md", "go")
	if len(code) != len(examples) {
		t.Fatalf("%d files of Go, want %d", len(code), len(examples))
	}
	dir, replace := t.TempDir(), map[string]string{}
	for i, name := range examples {
		file := filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(file, []byte(code[i]), 0o666); err != nil {
			t.Fatal(err)
		}
		place, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		replace[place] = file
		if formatted, err := format.Source([]byte(code[i])); err != nil || string(formatted) != code[i] {
			t.Errorf("%s is not formatted: %v", name, err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(list, overlay, 0o666); err != nil {
		t.Fatal(err)
	}
	command := func(words ...string) string {
		c := exec.CommandContext(t.Context(), "go", words...)
		c.Dir = root
		out, err := c.CombinedOutput()
		if err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(words, " "), err, out)
		}
		return string(out)
	}
	out := command("test", "-overlay", list, "-run", "TestBattery/(scalable|reserve)|TestScalable|TestReserve|TestMetrics|TestEfficiency|TestTSV|TestInflight|TestNothingToDraw|TestBytes",
		"-v", "./cc", "./sched", "./experiment/record", "./experiment/figure")
	for _, name := range []string{"TestBattery/scalable/", "TestScalableRecovery ", "TestBattery/reserve/", "TestReserve ", "TestMetricsWithoutSamples ", "TestEfficiency ", "TestTSV ", "TestInflight ", "TestNothingToDraw ", "TestBytes "} {
		if !strings.Contains(out, "--- PASS: "+name) {
			t.Errorf("%sdid not pass:\n%s", name, out)
		}
	}
	command("run", "-overlay", list, "./cmd/mpsim", "validate", "two-path", "--set", `flow.bulk.cc={kind="scalable",gain=0.02}`,
		"--set", `flow.bulk.scheduler={kind="reserve",patience="5ms"}`,
		"--set", `expect=[{metric="efficiency",flow="bulk",subflow=0,min=0.9}]`, "--set", `figure=[{kind="inflight",until="5s",log="y"}]`)
}

// What the documents link to is there.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`(?:\]\(|src=")([^)"#:]+)[)"#]`)
	for _, document := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md", "scenarios/README.md"} {
		text, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(document), m[1])); err != nil {
				t.Errorf("%s: %v", document, err)
			}
		}
	}
}
