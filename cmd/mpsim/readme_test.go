package main

import (
	"encoding/json"
	"go/format"
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

// blocks returns the code blocks of a document at the root, of one language.
func blocks(t *testing.T, document, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
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
	for _, text := range blocks(t, "README.md", "toml") {
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
		if f := res.Flows[0]; f.Goodput == 0 || len(f.Subflows) != 2 {
			t.Errorf("%s gets %g bit/s on %d subflows", f.Name, f.Goodput, len(f.Subflows))
		}
	}
}

// Every command of the documents has the arguments and options that mpsim takes.
func TestDocumentedCommands(t *testing.T) {
	commands := regexp.MustCompile(`(?m)^(?:go run \./cmd/)?mpsim .*`)
	for _, document := range []string{"README.md", "CONTRIBUTING.md"} {
		n := 0
		for _, block := range blocks(t, document, "sh") {
			for _, line := range commands.FindAllString(block, -1) {
				n++
				_, words, _ := strings.Cut(line, "mpsim ")
				c, rest, err := rootCommand().Find(strings.Fields(words))
				if err == nil {
					err = c.ParseFlags(rest)
				}
				if err == nil {
					err = c.ValidateArgs(c.Flags().Args())
				}
				if err != nil || !c.HasParent() {
					t.Errorf("%s: %s: %v", document, line, err)
				}
			}
		}
		if n == 0 {
			t.Errorf("%s has no command", document)
		}
	}
}

// The controller of CONTRIBUTING.md compiles as it stands there, passes the battery of tests
// and its own, and runs in a scenario as it says.
func TestContributingController(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles package cc and the command")
	}
	code := blocks(t, "CONTRIBUTING.md", "go")
	replace := map[string]string{}
	for i, name := range []string{"scalable.go", "scalable_test.go"} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(code[i]), 0o666); err != nil {
			t.Fatal(err)
		}
		place, err := filepath.Abs(filepath.Join(root, "cc", name))
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
	out := command("test", "-overlay", list, "-run", "TestBattery/scalable|TestScalable", "-v", "./cc")
	for _, name := range []string{"TestBattery/scalable/", "TestScalableRecovery "} {
		if !strings.Contains(out, "--- PASS: "+name) {
			t.Errorf("%sdid not pass:\n%s", name, out)
		}
	}
	command("run", "-overlay", list, "./cmd/mpsim", "validate", "two-path", "--set", `flow.bulk.cc={kind="scalable",gain=0.02}`)
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
